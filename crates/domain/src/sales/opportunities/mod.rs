//! Sales that may be made: opportunities, what belongs to them, and what becomes of them.

/// Copies of opportunities.
pub mod cloning;
/// Winning, losing, reopening.
pub mod closing;
/// Moves from stage to stage.
pub mod moves;
/// Opportunities.
pub mod opportunities;
pub mod parts;
pub mod periods;
mod saving;
mod stalls;
pub mod ways;

pub use stalls::Stalls;
