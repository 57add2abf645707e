//! The event log: what happened, in the order in which it was committed, and how far its readers have come.

/// Events.
pub mod event;
/// What was done, as people read it.
pub mod history;
/// Readers of the log.
pub mod reader;
