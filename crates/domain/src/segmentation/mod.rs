//! Segments: customers of whom a rule holds, and the reader of the log that keeps track of them.

mod causes;
mod differences;
mod evaluation;
mod kinds;
mod levels;
/// Customers who are put into segments, or kept out of them, by hand.
pub mod listings;
/// Who is in a segment, and was.
pub mod members;
mod membership;
mod naming;
/// Whom a rule would select.
pub mod preview;
mod reader;
mod references;
mod rules;
/// Scores.
pub mod scores;
/// Segments.
pub mod segments;
mod snapshots;
#[cfg(test)]
mod tests;
mod waiting;
/// How far membership has read.
pub mod watermark;
/// Why somebody is, or is not, in a segment.
pub mod why;

pub(crate) use evaluation::prepare;
pub(crate) use reader::Segments;
pub(crate) use references::check_all_named;
