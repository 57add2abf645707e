//! What customers turn to us with: service requests, their statuses and messages, and the queues that they wait in.

pub(crate) mod defaults;
/// Where requests wait for somebody.
pub mod queues;
pub mod requests;
/// Where requests may stand.
pub mod statuses;
