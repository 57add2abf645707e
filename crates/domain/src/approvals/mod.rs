//! Who must agree before something is done: one mechanism for everything that can need approval.

mod approvers;
mod course;
mod deadlines;
/// Agreeing, or not.
pub mod decisions;
/// Asking for approval.
pub mod requests;
/// What needs approval, and whose.
pub mod rules;
mod saving;
mod subjects;

pub use deadlines::ApprovalDeadlines;
pub(crate) use requests::{Standing, lapse, standing_of};
pub(crate) use rules::naming;
pub(crate) use subjects::Of;
