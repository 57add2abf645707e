//! What connects us with other systems.

/// Answers to requests that may be repeated.
pub mod idempotency_key;
