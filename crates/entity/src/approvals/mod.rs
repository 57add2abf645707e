//! Who must agree before something is done.

/// Approvals.
pub mod approval;
/// What needs approval.
pub mod approval_rule;
#[doc(hidden)]
pub mod approver;
