//! Plays: what is to be done when something comes up with a customer. A reader of the log, and the passing of time, make a
//! run of each occasion; a run that is due is carried out by whichever node comes first, in one transaction with what it
//! does (ADR 17).

mod actions;
mod check;
mod dates;
/// Whom plays would have been played for.
pub mod dry_run;
mod due;
mod history;
mod hours;
/// Plays.
#[expect(clippy::module_inception, reason = "each part of the business has its records so")]
pub mod plays;
mod reader;
mod runner;
mod runs;
#[cfg(test)]
mod tests;

pub(crate) use plays::{naming_segment, naming_stage};
pub(crate) use reader::Plays;
pub use runner::Runner;
pub(crate) use runs::prune;
