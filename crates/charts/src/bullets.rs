use rapport_domain::Result;

use super::{
    canvas::{Canvas, Heading, MARGIN, Side, WIDTH, draw, empty},
    theme::{Colours, Theme},
    words::shortened,
};

/// A bar that is held against a mark: a bullet graph (S. Few, Information Dashboard Design, 2006).
#[derive(Clone, Debug)]
pub struct Bullet {
    /// What it stands for.
    pub name: String,
    /// How long the bar is.
    pub length: f64,
    /// How long it may become.
    pub outlook: f64,
    /// Where the mark is.
    pub mark: Option<f64>,
    /// What is said of it.
    pub note: String,
}

/// How high a bar is with its name.
const ROW: i32 = 40;

/// How high the line is that says what is what.
const LEGEND: i32 = 24;

/// How strong the outlook is.
const WEAK: f64 = 0.35;

/// Bars and their marks, the longest as wide as there is room.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn bullets(heading: &Heading, bullets: &[Bullet], theme: Theme) -> Result<String> {
    let longest = bullets.iter().map(Bullet::longest).fold(0.0, f64::max);
    if longest <= 0.0 {
        return empty(heading, theme);
    }
    draw(heading, LEGEND + ROW * bullets.len() as i32, theme, |canvas, top| {
        legend(canvas, top)?;
        let places = (0..).map(|n| top + LEGEND + ROW * n);
        bullets.iter().zip(places).try_for_each(|(bullet, y)| bullet.draw(canvas, y, longest))
    })
}

/// What is what.
fn legend(canvas: &Canvas<'_>, y: i32) -> Result<()> {
    let Colours { shown, ink, muted, .. } = canvas.colours;
    canvas.block((MARGIN, y + 3), (MARGIN + 10, y + 13), shown, 1.0)?;
    canvas.text("actual", (MARGIN + 14, y + 8), 11, muted, Side::Right)?;
    canvas.block((MARGIN + 84, y + 3), (MARGIN + 94, y + 13), shown, WEAK)?;
    canvas.text("weighted forecast", (MARGIN + 98, y + 8), 11, muted, Side::Right)?;
    canvas.block((MARGIN + 224, y + 1), (MARGIN + 227, y + 15), ink, 1.0)?;
    canvas.text("target", (MARGIN + 231, y + 8), 11, muted, Side::Right)
}

impl Bullet {
    fn longest(&self) -> f64 {
        self.length.max(self.outlook).max(self.mark.unwrap_or(0.0))
    }

    fn draw(&self, canvas: &Canvas<'_>, y: i32, longest: f64) -> Result<()> {
        let colours = canvas.colours;
        let room = 50_usize.saturating_sub(self.note.chars().count());
        let name = shortened(&self.name, room.max(12));
        canvas.text(&name, (MARGIN, y + 8), 12, colours.ink, Side::Right)?;
        canvas.text(&self.note, (WIDTH - MARGIN, y + 8), 12, colours.muted, Side::Left)?;
        let end = |length: f64| {
            let all = f64::from(WIDTH - 2 * MARGIN);
            let long = all * (length / longest).max(0.0);
            // What there is little of is seen too.
            MARGIN + (long.round() as i32).max(i32::from(long > 0.0))
        };
        let (above, below) = (y + 20, y + 30);
        canvas.block((MARGIN, above), (WIDTH - MARGIN, below), colours.grid, WEAK)?;
        canvas.block((MARGIN, above), (end(self.outlook), below), colours.shown, WEAK)?;
        canvas.block((MARGIN, above), (end(self.length), below), colours.shown, 1.0)?;
        let Some(mark) = self.mark else { return Ok(()) };
        let at = end(mark);
        canvas.block((at - 3, above - 3), (at, below + 3), colours.ink, 1.0)
    }
}
