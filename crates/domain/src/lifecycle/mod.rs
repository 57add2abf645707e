//! The lifecycle of customers: the stages they are in, how they move, and how they are lost and won back.

mod automatic;
pub(crate) mod defaults;
pub mod figures;
pub mod history;
/// Losses.
pub mod losses;
/// Moves from stage to stage.
pub mod moves;
mod order;
/// Win-back programmes.
pub mod programmes;
/// Reasons of losses.
pub mod reasons;
/// Stages.
pub mod stages;
/// Win-backs.
pub mod winbacks;

pub(crate) use automatic::Lifecycle;
pub(crate) use order::is_back;
