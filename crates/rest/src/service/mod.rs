mod business_calendars;
mod service_policies;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    business_calendars::routes(to);
    service_policies::routes(to);
}
