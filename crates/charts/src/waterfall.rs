use plotters::style::RGBColor;
use rapport_domain::Result;

use super::{
    canvas::{Canvas, Heading, MARGIN, Side, WIDTH, draw, empty},
    theme::{Colours, Theme},
    words::shortened,
};

/// A step from one sum to another.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it stands for.
    pub name: String,
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Whether it is a sum, and no change of one.
    pub is_sum: bool,
    /// What is said of it.
    pub note: String,
}

/// How high a step is with its name.
const ROW: i32 = 40;

/// Steps from one sum to another, each beginning where the one before ends.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn waterfall(heading: &Heading, steps: &[Step], theme: Theme) -> Result<String> {
    let ends = || steps.iter().flat_map(|step| [step.from, step.to]);
    let (least, most) = (ends().fold(0.0, f64::min), ends().fold(0.0, f64::max));
    if most <= least {
        return empty(heading, theme);
    }
    draw(heading, ROW * steps.len() as i32, theme, |canvas, top| {
        let colours = canvas.colours;
        let x = |value: f64| {
            let all = f64::from(WIDTH - 2 * MARGIN);
            MARGIN + (all * (value - least) / (most - least)).round() as i32
        };
        for (n, step) in steps.iter().enumerate() {
            let y = top + ROW * n as i32;
            let (left, right) = (x(step.from.min(step.to)), x(step.from.max(step.to)));
            let (above, below) = (y + 18, y + 30);
            if n + 1 < steps.len() {
                canvas.line((x(step.to), below), (x(step.to), above + ROW), colours.grid)?;
            }
            canvas.block((left, above), (right.max(left + 1), below), step.colour(colours), 1.0)?;
        }
        steps.iter().enumerate().try_for_each(|(n, step)| step.write(canvas, top + ROW * n as i32))
    })
}

impl Step {
    fn colour(&self, colours: Colours) -> RGBColor {
        match (self.is_sum, self.to >= self.from) {
            (true, _) => colours.shown,
            (false, true) => colours.more,
            (false, false) => colours.less,
        }
    }

    /// Its name and note, on paper, so that no line goes through them.
    fn write(&self, canvas: &Canvas<'_>, y: i32) -> Result<()> {
        let (colours, right) = (canvas.colours, WIDTH - MARGIN);
        let wide = |text: &str| 7 * text.chars().count() as i32;
        let name = shortened(&self.name, 34);
        let corner = (MARGIN + wide(&name), y + 16);
        canvas.block((MARGIN, y), corner, colours.paper, 1.0)?;
        canvas.block((right - wide(&self.note), y), (right, y + 16), colours.paper, 1.0)?;
        canvas.text(&name, (MARGIN, y + 8), 12, colours.ink, Side::Right)?;
        canvas.text(&self.note, (right, y + 8), 12, colours.muted, Side::Left)
    }
}
