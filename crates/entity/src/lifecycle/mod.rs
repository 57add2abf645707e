//! Where customers stand with us: stages, how they came there, whom we lost and who came back.

pub mod lifecycle_move;
/// Stages.
pub mod lifecycle_stage;
pub mod lifecycle_sweep;
/// Losses.
pub mod loss;
/// Reasons of losses.
pub mod loss_reason;
/// Win-backs.
pub mod winback;
/// Win-back programmes.
pub mod winback_programme;
