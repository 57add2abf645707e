//! Assets: what customers have of us, and what became of it.

/// Assets.
#[expect(clippy::module_inception, reason = "each part of the business has its records so")]
pub mod assets;
mod parts;
/// What became of assets.
pub mod steps;

pub(in crate::service) use parts::site_of;
