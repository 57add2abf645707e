use rapport_domain::Result;

use super::{
    canvas::{Canvas, Heading, MARGIN, Side, WIDTH, draw, empty},
    theme::Theme,
    words::shortened,
};

/// A bar that lies under its name.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What it stands for.
    pub name: String,
    /// How long it is.
    pub length: f64,
    /// How much of it is strong, from 0 to 1.
    pub part: f64,
    /// What is said of it.
    pub note: String,
}

/// How high a bar is with its name.
const ROW: i32 = 36;

/// How strong what is not strong is.
const WEAK: f64 = 0.35;

/// Bars, the longest as wide as there is room.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn bars(heading: &Heading, bars: &[Bar], theme: Theme) -> Result<String> {
    let longest = bars.iter().map(|bar| bar.length).fold(0.0, f64::max);
    if longest <= 0.0 {
        return empty(heading, theme);
    }
    draw(heading, ROW * bars.len() as i32, theme, |canvas, top| {
        let places = (0..).map(|n| top + ROW * n);
        bars.iter().zip(places).try_for_each(|(bar, y)| bar.draw(canvas, y, longest))
    })
}

impl Bar {
    fn draw(&self, canvas: &Canvas<'_>, y: i32, longest: f64) -> Result<()> {
        let colours = canvas.colours;
        let room = 50_usize.saturating_sub(self.note.chars().count());
        let name = shortened(&self.name, room.max(12));
        canvas.text(&name, (MARGIN, y + 8), 12, colours.ink, Side::Right)?;
        canvas.text(&self.note, (WIDTH - MARGIN, y + 8), 12, colours.muted, Side::Left)?;
        let end = |part: f64| {
            let all = f64::from(WIDTH - 2 * MARGIN);
            let long = all * (self.length / longest).max(0.0) * part;
            // What there is little of is seen too.
            MARGIN + (long.round() as i32).max(i32::from(long > 0.0))
        };
        let (above, below) = (y + 18, y + 28);
        canvas.block((MARGIN, above), (WIDTH - MARGIN, below), colours.grid, WEAK)?;
        canvas.block((MARGIN, above), (end(1.0), below), colours.shown, WEAK)?;
        canvas.block((MARGIN, above), (end(self.part), below), colours.shown, 1.0)
    }
}
