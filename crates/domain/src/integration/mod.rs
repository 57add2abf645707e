//! What connects us with other systems: the feed of events, webhooks, imports and exports, and requests that may be
//! repeated.

pub mod cloud_event;
pub mod events;
pub mod exports;
pub mod files;
pub mod history;
pub mod idempotency;
pub mod imports;
mod inert;
pub mod jobs;
pub mod mappings;
pub mod objects;
pub mod sync;
pub mod upkeep;
pub mod webhooks;
pub mod writes;
