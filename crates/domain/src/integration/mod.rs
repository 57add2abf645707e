//! What connects us with other systems: the live stream of events, webhooks, and imports.

pub mod cloud_event;
/// The live stream of events.
pub mod events;
pub mod imports;
