//! Segments: customers of whom a rule holds, and the reader of the log that keeps track of them.

mod differences;
mod evaluation;
mod levels;
mod membership;
mod reader;
mod rules;
/// Scores.
pub mod scores;
/// Segments.
pub mod segments;
#[cfg(test)]
mod tests;

pub(crate) use evaluation::prepare;
pub(crate) use reader::Segments;
