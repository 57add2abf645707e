//! What connects us with other systems: the feed of events, webhooks, imports, and requests that may be repeated.

pub mod cloud_event;
pub mod events;
pub mod history;
pub mod idempotency;
pub mod imports;
pub mod sync;
pub mod upkeep;
pub mod webhooks;
pub mod writes;
