mod business_calendars;
mod notifications;
mod tasks;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    business_calendars::routes(to);
    tasks::routes(to);
    notifications::routes(to);
}
