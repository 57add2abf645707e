//! The event log: what happened, in the order in which it was committed, and how far its readers have come.

/// Events.
pub mod event;
/// Readers of the log.
pub mod reader;
