//! Skeleton.

/// The live stream of events.
pub mod events;
