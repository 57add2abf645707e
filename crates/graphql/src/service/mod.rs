mod agents;
mod agreements;
mod assets;
mod attachments;
mod canned_answers;
mod clocks;
mod complaint_causes;
mod complaints;
mod entitlements;
mod escalation;
mod mailboxes;
mod messages;
mod promises;
mod queues;
mod requests;
mod routing;
mod service_plans;
mod service_policies;
mod sites;
mod statuses;
mod survey_responses;
mod surveys;

use async_graphql::MergedObject;

pub use agreements::Agreement;
pub use assets::Asset;
pub use attachments::Attachment;
pub use complaint_causes::ComplaintCause;
pub use complaints::Complaint;
pub use entitlements::Entitlement;
pub use messages::RequestMessage;
pub use promises::Promise;
pub use queues::Queue;
pub use requests::ServiceRequest;
pub use sites::Site;
pub use survey_responses::SurveyResponse;
pub use surveys::Survey;

/// What can be asked of service requests.
#[derive(Default, MergedObject)]
pub struct ServiceQuery(
    requests::ServiceRequestQuery,
    WritingQuery,
    statuses::ServiceStatusQuery,
    queues::QueueQuery,
    service_policies::ServicePolicyQuery,
    clocks::ServiceClockQuery,
    EntitledQuery,
    SatisfactionQuery,
    AssignmentQuery,
);

/// What can be asked of who gets service requests.
#[derive(Default, MergedObject)]
pub struct AssignmentQuery(
    agents::ServiceAgentQuery,
    routing::ServiceRoutingRuleQuery,
    escalation::ServiceEscalationRuleQuery,
);

/// What can be asked of what is written about service requests.
#[derive(Default, MergedObject)]
pub struct WritingQuery(
    messages::RequestMessageQuery,
    attachments::AttachmentQuery,
    canned_answers::CannedAnswerQuery,
    mailboxes::MailboxQuery,
);

/// What can be asked of sites, assets, agreements and entitlements.
#[derive(Default, MergedObject)]
pub struct EntitledQuery(
    sites::SiteQuery,
    assets::AssetQuery,
    agreements::AgreementQuery,
    entitlements::EntitlementQuery,
    service_plans::ServicePlanQuery,
);

/// What can be done with service requests.
#[derive(Default, MergedObject)]
pub struct ServiceMutation(
    requests::ServiceRequestMutation,
    WritingMutation,
    statuses::ServiceStatusMutation,
    queues::QueueMutation,
    service_policies::ServicePolicyMutation,
    EntitledMutation,
    SatisfactionMutation,
    AssignmentMutation,
);

/// What can be done about who gets service requests.
#[derive(Default, MergedObject)]
pub struct AssignmentMutation(
    agents::ServiceAgentMutation,
    routing::ServiceRoutingRuleMutation,
    escalation::ServiceEscalationRuleMutation,
);

/// What can be done with what is written about service requests.
#[derive(Default, MergedObject)]
pub struct WritingMutation(
    messages::RequestMessageMutation,
    attachments::AttachmentMutation,
    canned_answers::CannedAnswerMutation,
    mailboxes::MailboxMutation,
);

/// What can be done with sites, assets, agreements and entitlements.
#[derive(Default, MergedObject)]
pub struct EntitledMutation(
    sites::SiteMutation,
    assets::AssetMutation,
    agreements::AgreementMutation,
    entitlements::EntitlementMutation,
    service_plans::ServicePlanMutation,
);

/// What can be asked of complaints, promises and surveys.
#[derive(Default, MergedObject)]
pub struct SatisfactionQuery(
    complaint_causes::ComplaintCauseQuery,
    complaints::ComplaintQuery,
    promises::PromiseQuery,
    surveys::SurveyQuery,
    survey_responses::SurveyResponseQuery,
);

/// What can be done with complaints, promises and surveys.
#[derive(Default, MergedObject)]
pub struct SatisfactionMutation(
    complaint_causes::ComplaintCauseMutation,
    complaints::ComplaintMutation,
    promises::PromiseMutation,
    surveys::SurveyMutation,
    survey_responses::SurveyResponseMutation,
);
