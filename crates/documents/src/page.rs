//! Pages: what stands on them is gathered first, so that each can say how many there are, and written then.

use std::collections::HashMap;

use anyhow::{Result, anyhow};
use krilla::{
    Document,
    color::rgb,
    geom::{PathBuilder, Point, Rect, Size, Transform},
    image::Image,
    metadata::Metadata,
    num::NormalizedF32,
    page::PageSettings,
    paint::Fill,
    surface::Surface,
    text::{Font, GlyphId, KrillaGlyph},
};
use parley::layout::Run;

use crate::text::{Block, Color, Style, Writer};

/// A4, in points.
pub const WIDTH: f32 = 595.28;
pub const HEIGHT: f32 = 841.89;
/// What is free on all sides.
pub const MARGIN: f32 = 50.0;
/// How wide text may be.
pub const TEXT: f32 = WIDTH - 2.0 * MARGIN;
/// Where the foot begins.
const FOOT: f32 = HEIGHT - 62.0;

/// Something on a page.
enum Item {
    Text { block: Box<Block>, x: f32, y: f32 },
    Bar { x: f32, y: f32, width: f32, height: f32, color: Color },
    Picture { image: Image, x: f32, y: f32, width: f32, height: f32 },
}

/// Paper that is written from top to bottom; when a page is full, another begins.
pub struct Paper {
    pub writer: Writer,
    pages: Vec<Vec<Item>>,
    /// How far down the page is full.
    pub y: f32,
}

impl Paper {
    pub fn new() -> Self {
        Self { writer: Writer::new(), pages: vec![Vec::new()], y: MARGIN }
    }

    fn put(&mut self, item: Item) {
        if let Some(page) = self.pages.last_mut() {
            page.push(item);
        }
    }

    /// Whether so much fits on the page.
    pub fn fits(&self, height: f32) -> bool {
        self.y + height <= FOOT - 8.0
    }

    /// Goes on with another page.
    pub fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = MARGIN;
    }

    /// Leaves some space.
    pub fn skip(&mut self, height: f32) {
        self.y += height;
    }

    /// Puts laid out text somewhere.
    pub fn text_at(&mut self, block: Block, x: f32, y: f32) {
        self.put(Item::Text { block: Box::new(block), x, y });
    }

    /// Puts text somewhere, and says how high it is.
    pub fn write_at(&mut self, text: &str, style: Style, (x, y, width): (f32, f32, f32)) -> f32 {
        let block = self.writer.block(text, style, width);
        let height = block.height();
        self.text_at(block, x, y);
        height
    }

    /// Writes text over the whole width. What is too long for the page goes on on the next, paragraph by paragraph.
    pub fn write(&mut self, text: &str, style: Style) {
        for paragraph in text.lines() {
            if paragraph.trim().is_empty() {
                self.skip(style.size * 0.7);
                continue;
            }
            let block = self.writer.block(paragraph, style, TEXT);
            let height = block.height();
            if !self.fits(height) {
                self.turn();
            }
            self.text_at(block, MARGIN, self.y);
            self.skip(height);
        }
    }

    /// Draws a bar, or a line where it is thin.
    pub fn bar(&mut self, (x, y, width, height): (f32, f32, f32, f32), color: Color) {
        self.put(Item::Bar { x, y, width, height, color });
    }

    /// Puts a picture somewhere, no larger than its place; says how high it is.
    pub fn picture(&mut self, image: Image, (x, y): (f32, f32), most: (f32, f32)) -> f32 {
        let (width, height) = image.size();
        let (width, height) = (width as f32, height as f32);
        let scale = (most.0 / width).min(most.1 / height).min(1.0);
        let (width, height) = (width * scale, height * scale);
        self.put(Item::Picture { image, x, y, width, height });
        height
    }

    /// Writes the foot of every page.
    fn write_feet(&mut self, footer: Option<&str>, name: &str) {
        let style = Style::PLAIN.sized(7.5).grey();
        let count = self.pages.len();
        for n in 0..count {
            let numbered = format!("{name} · Page {} of {count}", n + 1);
            let number = self.writer.block(&numbered, style.right(), 160.0);
            let text = footer.map(|footer| self.writer.block(footer, style, TEXT - 180.0));
            let Some(page) = self.pages.get_mut(n) else { continue };
            let color = Color(222, 226, 230);
            page.push(Item::Bar { x: MARGIN, y: FOOT, width: TEXT, height: 0.5, color });
            let x = WIDTH - MARGIN - 160.0;
            page.push(Item::Text { block: Box::new(number), x, y: FOOT + 6.0 });
            if let Some(block) = text {
                page.push(Item::Text { block: Box::new(block), x: MARGIN, y: FOOT + 6.0 });
            }
        }
    }

    /// The paper as PDF.
    pub fn finish(mut self, name: &str, author: &str, footer: Option<&str>) -> Result<Vec<u8>> {
        self.write_feet(footer, name);
        let mut document = Document::new();
        let metadata = Metadata::new().title(name.to_owned()).authors(vec![author.to_owned()]);
        document.set_metadata(metadata);
        let mut fonts = HashMap::new();
        for items in &self.pages {
            let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| anyhow!("no page"))?;
            let mut page = document.start_page_with(size);
            let mut surface = page.surface();
            for item in items {
                draw(&mut surface, item, &mut fonts)?;
            }
            surface.finish();
            page.finish();
        }
        document.finish().map_err(|err| anyhow!("{err:?}"))
    }
}

/// The fonts in the paper, by what parley knows them by.
type Known = HashMap<(u64, u32), Font>;

fn draw(surface: &mut Surface<'_>, item: &Item, fonts: &mut Known) -> Result<()> {
    match item {
        Item::Text { block, x, y } => draw_text(surface, block, (*x, *y), fonts)?,
        Item::Bar { x, y, width, height, color } => {
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(*x, *y, *width, *height) {
                path.push_rect(rect);
            }
            surface.set_fill(Some(filled(*color)));
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
        Item::Picture { image, x, y, width, height } => {
            if let Some(size) = Size::from_wh(*width, *height) {
                surface.push_transform(&Transform::from_translate(*x, *y));
                surface.draw_image(image.clone(), size);
                surface.pop();
            }
        }
    }
    Ok(())
}

fn filled(Color(red, green, blue): Color) -> Fill {
    let color = rgb::Color::new(red, green, blue);
    Fill { paint: color.into(), opacity: NormalizedF32::ONE, rule: Default::default() }
}

fn draw_text(
    surface: &mut Surface<'_>,
    block: &Block,
    (left, top): (f32, f32),
    fonts: &mut Known,
) -> Result<()> {
    surface.set_fill(Some(filled(block.color)));
    for line in block.layout.lines() {
        let metrics = line.metrics();
        let mut x = left + metrics.offset;
        for run in line.runs() {
            let font = font_of(&run, fonts)?;
            let (glyphs, advance) = glyphs_of(&run);
            let start = Point::from_xy(x, top + metrics.baseline);
            surface.draw_glyphs(start, &glyphs, font, &block.text, run.font_size(), false);
            x += advance;
        }
    }
    Ok(())
}

fn font_of(run: &Run<'_, ()>, fonts: &mut Known) -> Result<Font> {
    let font = run.font().clone();
    let index = font.index;
    let (data, id) = font.data.into_raw_parts();
    if let Some(known) = fonts.get(&(id, index)) {
        return Ok(known.clone());
    }
    let font = Font::new(data.into(), index).ok_or_else(|| anyhow!("a font cannot be read"))?;
    fonts.insert((id, index), font.clone());
    Ok(font)
}

/// The letters of a run, and how far they go.
fn glyphs_of(run: &Run<'_, ()>) -> (Vec<KrillaGlyph>, f32) {
    let size = run.font_size();
    let mut glyphs: Vec<KrillaGlyph> = Vec::new();
    let mut advance = 0.0;
    for cluster in run.visual_clusters() {
        if cluster.is_ligature_continuation() {
            // It has no letters of its own.
            if let Some(glyph) = glyphs.last_mut() {
                glyph.text_range.end = cluster.text_range().end;
            }
            continue;
        }
        for glyph in cluster.glyphs() {
            let (id, range) = (GlyphId::new(glyph.id), cluster.text_range());
            let (x, y) = (glyph.x / size, glyph.y / size);
            glyphs.push(KrillaGlyph::new(id, glyph.advance / size, x, y, 0.0, range, None));
            advance += glyph.advance;
        }
    }
    (glyphs, advance)
}
