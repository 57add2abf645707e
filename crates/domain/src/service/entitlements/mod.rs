//! Entitlements: what customers may ask of us, by agreements and by what they bought.

/// Whether something is covered, before work starts.
pub mod coverage;
/// Entitlements.
#[expect(clippy::module_inception, reason = "each part of the business has its records so")]
pub mod entitlements;
mod given;
mod giving;
mod judged;

pub(crate) use giving::ServicePlans;
