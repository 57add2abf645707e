//! What connects us with other systems.

/// Answers to requests that may be repeated.
pub mod idempotency_key;
/// What was sent to webhook endpoints.
pub mod webhook_delivery;
/// Where webhooks are sent.
pub mod webhook_endpoint;
pub mod webhook_lease;
