mod close_reasons;
mod exchange_rates;
mod opportunities;
mod orders;
mod pipelines;
mod price_book_entries;
mod price_books;
mod prices;
mod product_costs;
mod products;
mod stages;

use crate::Routes;

pub fn routes(to: &mut Routes<'_, '_>) {
    products::routes(to);
    product_costs::routes(to);
    price_books::routes(to);
    price_book_entries::routes(to);
    prices::routes(to);
    pipelines::routes(to);
    stages::routes(to);
    close_reasons::routes(to);
    exchange_rates::routes(to);
    opportunities::routes(to);
    orders::routes(to);
}
