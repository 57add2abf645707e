mod agents;
mod agreements;
mod assets;
mod business_calendars;
mod clocks;
mod complaint_causes;
mod complaints;
mod coverage;
mod entitlements;
mod messages;
mod promises;
mod queues;
mod requests;
mod routing;
mod service_plans;
mod service_policies;
mod statuses;
mod survey_links;
mod survey_page;
mod survey_responses;
mod surveys;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    assets::routes(to);
    agreements::routes(to);
    entitlements::routes(to);
    coverage::routes(to);
    service_plans::routes(to);
    requests::routes(to);
    messages::routes(to);
    statuses::routes(to);
    queues::routes(to);
    agents::routes(to);
    routing::routes(to);
    business_calendars::routes(to);
    service_policies::routes(to);
    clocks::routes(to);
    complaint_causes::routes(to);
    complaints::routes(to);
    promises::routes(to);
    surveys::routes(to);
    survey_responses::routes(to);
    survey_links::routes(to);
    survey_page::routes(to);
}
