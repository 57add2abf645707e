mod batches;
mod events;
mod exports;
mod history;
pub(crate) mod imports;
mod mappings;
mod sync;
mod webhook_deliveries;
mod webhook_endpoints;

use super::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    batches::routes(to);
    events::routes(to);
    history::routes(to);
    sync::routes(to);
    imports::routes(to);
    mappings::routes(to);
    exports::routes(to);
    webhook_endpoints::routes(to);
    webhook_deliveries::routes(to);
}
