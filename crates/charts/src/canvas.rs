use plotters::{
    coord::Shift,
    drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea},
    element::{PathElement, Rectangle, Text},
    prelude::SVGBackend,
    style::{
        Color, IntoFont, RGBColor, TextStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};
use rapport_domain::{Error, Result};

use super::{
    theme::{Colours, Theme},
    words::{shortened, within_xml},
};

/// How wide every chart is, in pixels: a telephone's width. It can be shown larger.
pub const WIDTH: i32 = 360;

/// What is left free on both sides.
pub const MARGIN: i32 = 12;

/// Where what is below the title begins.
const TOP: i32 = 56;

/// plotters takes heights of lines for the sizes of letters.
const LINE: f64 = 1.24;

/// An area that is being drawn on.
pub type Area<'s> = DrawingArea<SVGBackend<'s>, Shift>;

/// Something to draw on.
pub struct Canvas<'s> {
    /// The whole of it.
    pub area: Area<'s>,
    /// In these colours.
    pub colours: Colours,
}

/// On which side of a place text stands.
#[derive(Clone, Copy, Debug)]
pub enum Side {
    /// It begins there.
    Right,
    /// It is centred there.
    Middle,
    /// It ends there.
    Left,
}

/// What a chart says of itself.
#[derive(Clone, Debug)]
pub struct Heading {
    /// What is shown.
    pub title: String,
    /// Of what.
    pub subtitle: String,
}

/// Draws a chart that is so high below its heading.
///
/// # Errors
/// [`Error::Internal`].
pub fn draw(
    heading: &Heading,
    height: i32,
    theme: Theme,
    paint: impl FnOnce(&Canvas<'_>, i32) -> Result<()>,
) -> Result<String> {
    let mut svg = String::new();
    let size = (WIDTH as u32, (TOP + height + MARGIN).unsigned_abs());
    let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    let canvas = Canvas { area, colours: theme.colours() };
    canvas.area.fill(&canvas.colours.paper).map_err(failed)?;
    let ink = canvas.colours.ink;
    canvas.text(&shortened(&heading.title, 40), (MARGIN, 18), 15, ink, Side::Right)?;
    let muted = canvas.colours.muted;
    canvas.text(&shortened(&heading.subtitle, 56), (MARGIN, 38), 11, muted, Side::Right)?;
    paint(&canvas, TOP)?;
    canvas.area.present().map_err(failed)?;
    drop(canvas);
    Ok(titled(svg, heading, theme))
}

/// A chart of nothing.
///
/// # Errors
/// [`Error::Internal`].
pub fn empty(heading: &Heading, theme: Theme) -> Result<String> {
    draw(heading, 64, theme, |canvas, top| {
        let muted = canvas.colours.muted;
        canvas.text("There is nothing to show yet.", (WIDTH / 2, top + 28), 13, muted, Side::Middle)
    })
}

/// The chart with its name, for those who cannot see it, and its style sheet.
fn titled(svg: String, heading: &Heading, theme: Theme) -> String {
    let Some((tag, rest)) = svg.split_once('>') else { return svg };
    let name = within_xml(&format!("{}. {}", heading.title, heading.subtitle));
    let style = theme.style().unwrap_or_default();
    format!("{tag} role=\"img\"><title>{name}</title>{style}{rest}")
}

/// Drawing into a text does not fail.
pub fn failed<E: std::error::Error + Send + Sync>(err: DrawingAreaErrorKind<E>) -> Error {
    Error::internal(format!("a chart cannot be drawn: {err}"))
}

impl Canvas<'_> {
    /// Writes text at a height, centred on it.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn text(
        &self,
        text: &str,
        at: (i32, i32),
        size: i32,
        colour: RGBColor,
        side: Side,
    ) -> Result<()> {
        let across = match side {
            Side::Right => HPos::Left,
            Side::Middle => HPos::Center,
            Side::Left => HPos::Right,
        };
        let font = ("sans-serif", f64::from(size) * LINE).into_font();
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(across, VPos::Center));
        let text = Text::new(text.to_owned(), at, style);
        self.area.draw(&text).map_err(failed)
    }

    /// Fills a rectangle, from one corner to the other.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn block(
        &self,
        from: (i32, i32),
        to: (i32, i32),
        colour: RGBColor,
        strength: f64,
    ) -> Result<()> {
        let block = Rectangle::new([from, to], colour.mix(strength).filled());
        self.area.draw(&block).map_err(failed)
    }

    /// Draws a thin line.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn line(&self, from: (i32, i32), to: (i32, i32), colour: RGBColor) -> Result<()> {
        let line = PathElement::new(vec![from, to], colour.stroke_width(1));
        self.area.draw(&line).map_err(failed)
    }
}
