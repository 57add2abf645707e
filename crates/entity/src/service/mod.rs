//! Service: what customers have of us, what they are promised, what they ask.

/// What customers are promised for a time.
pub mod agreement;
/// What customers have of us.
pub mod asset;
pub mod asset_step;
/// What customers may ask of us.
pub mod entitlement;
/// What products carry.
pub mod service_plan;
