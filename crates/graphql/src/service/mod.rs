mod agreements;
mod assets;
mod attachments;
mod business_calendars;
mod canned_answers;
mod clocks;
mod entitlements;
mod mailboxes;
mod messages;
mod queues;
mod requests;
mod service_plans;
mod service_policies;
mod statuses;

use async_graphql::MergedObject;

pub use agreements::Agreement;
pub use assets::Asset;
pub use attachments::Attachment;
pub use entitlements::Entitlement;
pub use messages::RequestMessage;
pub use queues::Queue;
pub use requests::ServiceRequest;

/// What can be asked of service requests.
#[derive(Default, MergedObject)]
pub struct ServiceQuery(
    requests::ServiceRequestQuery,
    WritingQuery,
    statuses::ServiceStatusQuery,
    queues::QueueQuery,
    business_calendars::BusinessCalendarQuery,
    service_policies::ServicePolicyQuery,
    clocks::ServiceClockQuery,
    PromiseQuery,
);

/// What can be asked of what is written about service requests.
#[derive(Default, MergedObject)]
pub struct WritingQuery(
    messages::RequestMessageQuery,
    attachments::AttachmentQuery,
    canned_answers::CannedAnswerQuery,
    mailboxes::MailboxQuery,
);

/// What can be asked of assets, agreements and entitlements.
#[derive(Default, MergedObject)]
pub struct PromiseQuery(
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
    business_calendars::BusinessCalendarMutation,
    service_policies::ServicePolicyMutation,
    PromiseMutation,
);

/// What can be done with what is written about service requests.
#[derive(Default, MergedObject)]
pub struct WritingMutation(
    messages::RequestMessageMutation,
    attachments::AttachmentMutation,
    canned_answers::CannedAnswerMutation,
    mailboxes::MailboxMutation,
);

/// What can be done with assets, agreements and entitlements.
#[derive(Default, MergedObject)]
pub struct PromiseMutation(
    assets::AssetMutation,
    agreements::AgreementMutation,
    entitlements::EntitlementMutation,
    service_plans::ServicePlanMutation,
);
