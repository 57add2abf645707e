//! Service: what customers have of us, what they are promised, what they ask.

/// What customers are promised for a time.
pub mod agreements;
/// What customers have of us.
pub mod assets;
/// What customers may ask of us.
pub mod entitlements;
/// What products carry.
pub mod service_plans;
