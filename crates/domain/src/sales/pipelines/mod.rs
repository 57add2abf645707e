//! Ways of selling: pipelines and their stages, what must hold of opportunities that go through them, and how they stand.

pub mod board;
pub(crate) mod criteria;
pub(crate) mod defaults;
/// Pipelines.
pub mod pipelines;
/// The stages of pipelines.
pub mod stages;
