//! Plays: what is to be done when something comes up with a customer, and what came of it.

/// What a play does.
pub mod action;
/// Plays.
pub mod play;
/// What came of them.
pub mod play_run;
/// What they wait for.
pub mod trigger;
