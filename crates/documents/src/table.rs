//! Tables, whose head stands on every page that they go on to.

use crate::{
    page::{MARGIN, Paper, TEXT},
    text::{Block, Color, Style},
};

const SHADE: Color = Color(241, 243, 245);
const LINE: Color = Color(222, 226, 230);
const PADDING: f32 = 4.0;

/// A column.
pub struct Column {
    pub head: &'static str,
    /// How wide it is, in points.
    pub width: f32,
    pub style: Style,
}

/// A table that is being written.
pub struct Table {
    columns: Vec<Column>,
}

impl Table {
    /// Writes the head. The first column that has no width takes what the others leave.
    pub fn begin(paper: &mut Paper, mut columns: Vec<Column>) -> Self {
        let taken: f32 = columns.iter().map(|column| column.width).sum();
        if let Some(rest) = columns.iter_mut().find(|column| column.width == 0.0) {
            rest.width = TEXT - taken;
        }
        let table = Self { columns };
        table.head(paper);
        table
    }

    fn head(&self, paper: &mut Paper) {
        let cells: Vec<String> = self.columns.iter().map(|column| column.head.to_owned()).collect();
        let blocks = self.laid_out(paper, &cells, |style| style.sized(8.0).bold());
        let height = tallest(&blocks);
        paper.bar((MARGIN, paper.y, TEXT, height + 2.0 * PADDING), SHADE);
        self.put(paper, blocks);
        paper.skip(height + 2.0 * PADDING);
    }

    /// Writes a row, on another page where it does not fit on this one.
    pub fn row(&self, paper: &mut Paper, cells: &[String]) {
        let blocks = self.laid_out(paper, cells, |style| style);
        let height = tallest(&blocks) + 2.0 * PADDING;
        if !paper.fits(height) {
            paper.turn();
            self.head(paper);
        }
        self.put(paper, blocks);
        paper.skip(height);
        paper.bar((MARGIN, paper.y, TEXT, 0.5), LINE);
    }

    fn laid_out(
        &self,
        paper: &mut Paper,
        cells: &[String],
        style: fn(Style) -> Style,
    ) -> Vec<Block> {
        let cells = self.columns.iter().zip(cells);
        let block = |(column, cell): (&Column, &String)| {
            paper.writer.block(cell, style(column.style), column.width - 2.0 * PADDING)
        };
        cells.map(block).collect()
    }

    fn put(&self, paper: &mut Paper, blocks: Vec<Block>) {
        let mut x = MARGIN;
        for (column, block) in self.columns.iter().zip(blocks) {
            paper.text_at(block, x + PADDING, paper.y + PADDING);
            x += column.width;
        }
    }
}

fn tallest(blocks: &[Block]) -> f32 {
    blocks.iter().map(Block::height).fold(0.0, f32::max)
}
