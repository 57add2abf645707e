mod close_reasons;
mod deliveries;
mod exchange_rates;
mod lead_assignment_rules;
mod lead_form_submissions;
mod lead_forms;
mod lead_scoring_rules;
mod leads;
mod opportunities;
mod orders;
mod payments;
mod pipelines;
mod price_book_entries;
mod price_books;
mod prices;
mod product_costs;
mod products;
mod quote_links;
mod quotes;
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
    leads::routes(to);
    lead_scoring_rules::routes(to);
    lead_assignment_rules::routes(to);
    lead_forms::routes(to);
    lead_form_submissions::routes(to);
    opportunities::routes(to);
    quotes::routes(to);
    quote_links::routes(to);
    orders::routes(to);
    deliveries::routes(to);
    payments::routes(to);
}
