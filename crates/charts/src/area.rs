use plotters::{
    element::{PathElement, Polygon},
    style::Color,
};
use rapport_domain::Result;

use super::{
    canvas::{Heading, MARGIN, Side, WIDTH, draw, empty, failed},
    theme::Theme,
    words::compact,
};

/// What is shown of one place on the line.
#[derive(Clone, Debug)]
pub struct Point {
    /// What it stands for.
    pub name: String,
    /// How high it is.
    pub height: f64,
}

/// How high the area is.
const HEIGHT: i32 = 180;

/// How high what is written below it is.
const BELOW: i32 = 20;

/// How wide the numbers beside it are.
const NUMBERS: i32 = 40;

/// A line, and the area below it. The least number is 0.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn area(heading: &Heading, points: &[Point], theme: Theme) -> Result<String> {
    let highest = points.iter().map(|point| point.height).fold(0.0, f64::max);
    if highest <= 0.0 || points.len() < 2 {
        return empty(heading, theme);
    }
    let step = step(highest);
    let steps = (highest / step).ceil();
    let (left, right) = (MARGIN + NUMBERS, WIDTH - MARGIN);
    draw(heading, HEIGHT + BELOW, theme, |canvas, top| {
        let colours = canvas.colours;
        let bottom = top + HEIGHT;
        let y = |height: f64| {
            bottom - (f64::from(HEIGHT - 8) * height.max(0.0) / (steps * step)).round() as i32
        };
        for n in 0..=steps as i32 {
            let at = y(step * f64::from(n));
            canvas.line((left, at), (right, at), colours.grid)?;
            let number = compact(step * f64::from(n));
            canvas.text(&number, (left - 6, at), 10, colours.muted, Side::Left)?;
        }
        let x = |n: usize| {
            let part = n as f64 / (points.len() - 1) as f64;
            left + (f64::from(right - left) * part).round() as i32
        };
        let line: Vec<(i32, i32)> =
            points.iter().enumerate().map(|(n, point)| (x(n), y(point.height))).collect();
        let mut whole = line.clone();
        whole.extend([(right, bottom), (left, bottom)]);
        canvas.area.draw(&Polygon::new(whole, colours.shown.mix(0.2))).map_err(failed)?;
        canvas.area.draw(&PathElement::new(line, colours.shown.stroke_width(2))).map_err(failed)?;
        let below = bottom + 14;
        let name = |n: usize| points.get(n).map_or("", |point| point.name.as_str());
        let (middle, last) = (points.len() / 2, points.len() - 1);
        canvas.text(name(0), (left, below), 10, colours.muted, Side::Right)?;
        if last > 7 {
            canvas.text(name(middle), (x(middle), below), 10, colours.muted, Side::Middle)?;
        }
        canvas.text(name(last), (right, below), 10, colours.muted, Side::Left)
    })
}

/// A round step, of which three to six make a number, and which is at least 1.
fn step(highest: f64) -> f64 {
    let power = 10_f64.powf((highest / 3.0).log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0].map(|step| step * power);
    let fits = |step: &f64| highest / step <= 6.0;
    steps.into_iter().find(fits).unwrap_or(10.0 * power).ceil().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        let steps = [1.0, 5.0, 9.0, 40.0, 995.0, 12_345.0, 1e9].map(step);
        assert_eq!(steps, [1.0, 1.0, 2.0, 10.0, 200.0, 2500.0, 200_000_000.0]);
    }
}
