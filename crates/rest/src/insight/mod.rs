mod adjustments;
mod analysis;
mod charted;
mod compliance;
mod forecast;
mod sales;
mod segments;
mod service;
mod targets;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    analysis::routes(to);
    segments::routes(to);
    sales::routes(to);
    compliance::routes(to);
    forecast::routes(to);
    adjustments::routes(to);
    targets::routes(to);
    service::routes(to);
}
