mod agents;
mod agreements;
mod assets;
mod business_calendars;
mod clocks;
mod entitlements;
mod messages;
mod queues;
mod requests;
mod routing;
mod service_plans;
mod service_policies;
mod statuses;

use async_graphql::MergedObject;

pub use agreements::Agreement;
pub use assets::Asset;
pub use entitlements::Entitlement;
pub use messages::RequestMessage;
pub use queues::Queue;
pub use requests::ServiceRequest;

/// What can be asked of service requests.
#[derive(Default, MergedObject)]
pub struct ServiceQuery(
    requests::ServiceRequestQuery,
    messages::RequestMessageQuery,
    statuses::ServiceStatusQuery,
    queues::QueueQuery,
    business_calendars::BusinessCalendarQuery,
    service_policies::ServicePolicyQuery,
    clocks::ServiceClockQuery,
    AssignmentQuery,
    PromiseQuery,
);

/// What can be asked of who gets service requests.
#[derive(Default, MergedObject)]
pub struct AssignmentQuery(agents::ServiceAgentQuery, routing::ServiceRoutingRuleQuery);

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
    messages::RequestMessageMutation,
    statuses::ServiceStatusMutation,
    queues::QueueMutation,
    business_calendars::BusinessCalendarMutation,
    service_policies::ServicePolicyMutation,
    AssignmentMutation,
    PromiseMutation,
);

/// What can be done about who gets service requests.
#[derive(Default, MergedObject)]
pub struct AssignmentMutation(agents::ServiceAgentMutation, routing::ServiceRoutingRuleMutation);

/// What can be done with assets, agreements and entitlements.
#[derive(Default, MergedObject)]
pub struct PromiseMutation(
    assets::AssetMutation,
    agreements::AgreementMutation,
    entitlements::EntitlementMutation,
    service_plans::ServicePlanMutation,
);
