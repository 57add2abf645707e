//! Text, laid out: broken into lines no wider than its place, from right to left where it is written so.

use std::borrow::Cow;

use parley::{
    FontContext, Layout, LayoutContext,
    layout::Alignment,
    style::{FontFamily, FontFamilyName, FontWeight, LineHeight, OverflowWrap, StyleProperty},
};

use crate::fonts::Fonts;

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// The height of letters, in points.
    pub size: f32,
    pub bold: bool,
    pub color: Color,
    pub align: Align,
}

/// Where lines stand in their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Where writing begins.
    Start,
    Right,
}

/// Red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color(pub u8, pub u8, pub u8);

pub const INK: Color = Color(33, 37, 41);
pub const GREY: Color = Color(108, 117, 125);
pub const RED: Color = Color(176, 42, 55);

impl Style {
    /// Plain text.
    pub const PLAIN: Self = Self { size: 9.5, bold: false, color: INK, align: Align::Start };

    pub const fn sized(self, size: f32) -> Self {
        Self { size, ..self }
    }

    pub const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub const fn grey(self) -> Self {
        Self { color: GREY, ..self }
    }

    pub const fn right(self) -> Self {
        Self { align: Align::Right, ..self }
    }
}

/// Text that is laid out.
pub struct Block {
    pub text: String,
    pub layout: Layout<()>,
    pub color: Color,
}

impl Block {
    /// How high it is, in points.
    pub fn height(&self) -> f32 {
        self.layout.height()
    }
}

/// Lays text out.
pub struct Writer {
    fonts: FontContext,
    families: Vec<String>,
    context: LayoutContext<()>,
}

impl Writer {
    pub fn new() -> Self {
        let Fonts { context: fonts, families } = Fonts::now();
        Self { fonts, families, context: LayoutContext::new() }
    }

    /// Text in a place so wide, in points.
    pub fn block(&mut self, text: &str, style: Style, width: f32) -> Block {
        let families: Vec<FontFamilyName<'_>> =
            self.families.iter().map(|name| FontFamilyName::named(name)).collect();
        let text = printable(text);
        let mut builder = self.context.ranged_builder(&mut self.fonts, &text, 1.0, false);
        builder.push_default(StyleProperty::FontFamily(FontFamily::List(Cow::Owned(families))));
        builder.push_default(StyleProperty::LineHeight(LineHeight::FontSizeRelative(1.35)));
        builder.push_default(StyleProperty::FontSize(style.size));
        // A word that is wider than its place is broken anywhere.
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::Anywhere));
        if style.bold {
            builder.push_default(StyleProperty::FontWeight(FontWeight::BOLD));
        }
        let mut layout = builder.build(&text);
        layout.break_all_lines(Some(width));
        let align = match style.align {
            Align::Start => Alignment::Start,
            Align::Right => Alignment::Right,
        };
        layout.align(align, parley::layout::AlignmentOptions::default());
        Block { text, layout, color: style.color }
    }
}

/// The text without what cannot be printed.
fn printable(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\t', "    ");
    text.chars().filter(|c| *c == '\n' || !c.is_control()).collect()
}
