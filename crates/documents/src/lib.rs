//! Papers as PDF: text is laid out by parley, pages are written by krilla.

mod fonts;
mod money;
mod page;
mod quote;
mod table;
#[cfg(test)]
mod tests;
mod text;

pub use fonts::add_fonts;
pub use quote::quote;
