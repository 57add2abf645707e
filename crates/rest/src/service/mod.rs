mod agreements;
mod assets;
mod attachments;
mod business_calendars;
mod canned_answers;
mod clocks;
mod coverage;
mod entitlements;
mod mailboxes;
mod messages;
mod queues;
mod requests;
mod service_plans;
mod service_policies;
mod statuses;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    assets::routes(to);
    agreements::routes(to);
    entitlements::routes(to);
    coverage::routes(to);
    service_plans::routes(to);
    requests::routes(to);
    messages::routes(to);
    attachments::routes(to);
    canned_answers::routes(to);
    mailboxes::routes(to);
    statuses::routes(to);
    queues::routes(to);
    business_calendars::routes(to);
    service_policies::routes(to);
    clocks::routes(to);
}
