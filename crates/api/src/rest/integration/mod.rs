mod events;
mod history;
mod sync;
mod webhook_deliveries;
mod webhook_endpoints;

use super::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    events::routes(to);
    history::routes(to);
    sync::routes(to);
    webhook_endpoints::routes(to);
    webhook_deliveries::routes(to);
}
