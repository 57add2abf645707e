//! Segments: customers of whom a rule holds, and the reader of the log that keeps track of them.

mod changes;
mod dependencies;
mod evaluation;
mod follower;
mod membership;
/// Scores.
pub mod scores;
/// Segments.
pub mod segments;
#[cfg(test)]
mod tests;

pub(crate) use dependencies::named;
pub use follower::Follower;
pub(crate) use follower::NAME as READER;
