//! Sales that may be made: opportunities, what belongs to them, and what becomes of them.

/// Copies of opportunities.
pub mod cloning;
/// Winning, losing, reopening.
pub mod closing;
mod importing;
mod inputs;
/// Moves from stage to stage.
pub mod moves;
/// Opportunities.
pub mod opportunities;
pub mod parts;
pub mod periods;
mod saving;
mod stalls;
pub mod ways;

pub(crate) use importing::{as_it_is, imported, save_imported};
pub(crate) use parts::{Parts, parts_of_many};
pub(crate) use saving::{give, stage_due_at};
pub use stalls::Stalls;

#[cfg(test)]
mod tests;
