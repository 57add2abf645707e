//! Agreements: what customers are promised for a time, and what becomes of it when that ends.

/// Agreements.
#[expect(clippy::module_inception, reason = "each part of the business has its records so")]
pub mod agreements;
mod endings;

pub use endings::AgreementEndings;
