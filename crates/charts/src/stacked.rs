use rapport_domain::Result;

use super::{
    canvas::{Canvas, Heading, MARGIN, Side, WIDTH, draw, empty},
    theme::Theme,
    words::{compact, shortened},
};

/// So many parts a bar has.
const PARTS: usize = 4;

/// How strong each part is.
const STRENGTHS: [f64; PARTS] = [1.0, 0.65, 0.4, 0.2];

/// A bar of parts, one after the other, that lies under its name.
#[derive(Clone, Debug)]
pub struct Stack {
    /// What it stands for.
    pub name: String,
    /// How long the parts are.
    pub parts: [f64; PARTS],
    /// What is said of it.
    pub note: String,
}

/// How high a bar is with its name and the lengths of its parts.
const ROW: i32 = 50;

/// How high the line is that says what the parts are.
const LEGEND: i32 = 24;

/// Bars of parts, the longest as wide as there is room.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn stacked(
    heading: &Heading,
    names: [&str; PARTS],
    stacks: &[Stack],
    theme: Theme,
) -> Result<String> {
    let longest = stacks.iter().map(Stack::length).fold(0.0, f64::max);
    if longest <= 0.0 {
        return empty(heading, theme);
    }
    draw(heading, LEGEND + ROW * stacks.len() as i32, theme, |canvas, top| {
        legend(canvas, names, top)?;
        let places = (0..).map(|n| top + LEGEND + ROW * n);
        stacks.iter().zip(places).try_for_each(|(stack, y)| stack.draw(canvas, y, longest))
    })
}

/// What the parts are.
fn legend(canvas: &Canvas<'_>, names: [&str; PARTS], y: i32) -> Result<()> {
    let colours = canvas.colours;
    let wide = (WIDTH - 2 * MARGIN) / PARTS as i32;
    let places = (0..).map(|n| MARGIN + wide * n);
    for ((name, strength), x) in names.into_iter().zip(STRENGTHS).zip(places) {
        canvas.block((x, y + 3), (x + 10, y + 13), colours.shown, strength)?;
        canvas.text(name, (x + 14, y + 8), 11, colours.muted, Side::Right)?;
    }
    Ok(())
}

impl Stack {
    fn length(&self) -> f64 {
        self.parts.iter().map(|part| part.max(0.0)).sum()
    }

    fn draw(&self, canvas: &Canvas<'_>, y: i32, longest: f64) -> Result<()> {
        let colours = canvas.colours;
        let name = shortened(&self.name, 20);
        canvas.text(&name, (MARGIN, y + 8), 12, colours.ink, Side::Right)?;
        canvas.text(&self.note, (WIDTH - MARGIN, y + 8), 12, colours.muted, Side::Left)?;
        let x = |length: f64| {
            MARGIN + (f64::from(WIDTH - 2 * MARGIN) * length / longest).round() as i32
        };
        let mut at = 0.0;
        for (part, strength) in self.parts.iter().map(|part| part.max(0.0)).zip(STRENGTHS) {
            canvas.block((x(at), y + 18), (x(at + part), y + 28), colours.shown, strength)?;
            at += part;
        }
        let parts = self.parts.map(compact).join(" · ");
        canvas.text(&parts, (MARGIN, y + 38), 11, colours.muted, Side::Right)
    }
}
