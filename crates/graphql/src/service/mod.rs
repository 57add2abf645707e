mod business_calendars;
mod service_policies;

use async_graphql::MergedObject;

/// What can be asked of service.
#[derive(Default, MergedObject)]
pub struct ServiceQuery(
    business_calendars::BusinessCalendarQuery,
    service_policies::ServicePolicyQuery,
);

/// What can be done in service.
#[derive(Default, MergedObject)]
pub struct ServiceMutation(
    business_calendars::BusinessCalendarMutation,
    service_policies::ServicePolicyMutation,
);
