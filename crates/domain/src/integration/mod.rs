//! What connects us with other systems: the live stream of events, and imports.

/// The live stream of events.
pub mod events;
pub mod imports;
