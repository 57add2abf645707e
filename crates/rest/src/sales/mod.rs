mod close_reasons;
mod exchange_rates;
mod opportunities;
mod orders;
mod pipelines;
mod products;
mod stages;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    products::routes(to);
    pipelines::routes(to);
    stages::routes(to);
    close_reasons::routes(to);
    exchange_rates::routes(to);
    opportunities::routes(to);
    orders::routes(to);
}
