//! Answers that are written once and sent often.

/// Answers.
pub mod answers;
mod placeholders;
/// Answers as they are sent.
pub mod rendering;

pub use answers::{CannedAnswerPatch, NewCannedAnswer};
