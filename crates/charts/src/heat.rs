use rapport_domain::Result;

use super::{
    canvas::{Canvas, Heading, MARGIN, Side, WIDTH, draw, empty},
    theme::Theme,
};

/// A row of cells.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it stands for.
    pub name: String,
    /// What is said of it.
    pub note: String,
    /// Its cells, each from 0 to 1.
    pub cells: Vec<f64>,
}

/// How high a row is.
const ROW: i32 = 20;

/// How wide the names and notes of rows are.
const NAMES: i32 = 92;

/// The strongest cell; on a stronger one text could not be read.
const STRONGEST: f64 = 0.6;

/// The least width in which a cell has room for its number.
const ROOM: i32 = 18;

/// Where cells are.
#[derive(Clone, Copy)]
struct Grid {
    top: i32,
    cell: i32,
}

/// Cells, the stronger the more. Columns are numbered from `first` on.
///
/// # Errors
/// [`Error::Internal`](rapport_domain::Error::Internal).
pub fn heat(
    heading: &Heading,
    axis: &str,
    first: usize,
    rows: &[Row],
    theme: Theme,
) -> Result<String> {
    let columns = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    if columns == 0 {
        return empty(heading, theme);
    }
    let cell = (WIDTH - 2 * MARGIN - NAMES) / columns as i32;
    draw(heading, ROW * (rows.len() as i32 + 2), theme, |canvas, top| {
        let grid = Grid { top, cell };
        let muted = canvas.colours.muted;
        canvas.text(axis, (grid.left(0), top + 6), 11, muted, Side::Right)?;
        let has_room = |column: &usize| cell >= ROOM || (first + column).is_multiple_of(6);
        for column in (0..columns).filter(has_room) {
            let at = (grid.left(column) + cell / 2, top + ROW + 6);
            canvas.text(&(first + column).to_string(), at, 10, muted, Side::Middle)?;
        }
        rows.iter().enumerate().try_for_each(|(n, row)| grid.row(canvas, n, row))
    })
}

impl Grid {
    fn left(self, column: usize) -> i32 {
        MARGIN + NAMES + self.cell * column as i32
    }

    fn row(self, canvas: &Canvas<'_>, n: usize, row: &Row) -> Result<()> {
        let (y, colours) = (self.top + ROW * (n as i32 + 2), canvas.colours);
        canvas.text(&row.name, (MARGIN, y + 8), 11, colours.ink, Side::Right)?;
        let before = MARGIN + NAMES - 6;
        canvas.text(&row.note, (before, y + 8), 10, colours.muted, Side::Left)?;
        for (column, value) in row.cells.iter().enumerate() {
            let (x, strength) = (self.left(column), value.clamp(0.0, 1.0) * STRONGEST);
            let corner = (x + self.cell - 1, y + ROW - 2);
            canvas.block((x, y - 1), corner, colours.grid, 0.35)?;
            canvas.block((x, y - 1), corner, colours.shown, strength)?;
            if self.cell >= ROOM {
                let number = format!("{:.0}", value * 100.0);
                let middle = (x + self.cell / 2, y + 8);
                let size = if number.len() > 2 { 8 } else { 10 };
                canvas.text(&number, middle, size, colours.ink, Side::Middle)?;
            }
        }
        Ok(())
    }
}
