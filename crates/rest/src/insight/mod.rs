mod analysis;
mod charted;
mod forecast;
mod sales;
mod segments;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    analysis::routes(to);
    segments::routes(to);
    sales::routes(to);
    forecast::routes(to);
}
