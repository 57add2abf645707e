mod approvals;
mod rules;

use async_graphql::MergedObject;

pub use approvals::Approval;

/// What can be asked of approvals.
#[derive(Default, MergedObject)]
pub struct ApprovalsQuery(rules::ApprovalRuleQuery, approvals::ApprovalQuery);

/// What can be done with approvals.
#[derive(Default, MergedObject)]
pub struct ApprovalsMutation(rules::ApprovalRuleMutation, approvals::ApprovalMutation);
