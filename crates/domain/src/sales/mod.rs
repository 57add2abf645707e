//! What is sold and how: products, pipelines, opportunities, orders.

pub(crate) mod amounts;
mod becoming;
/// What bundles are made of.
pub mod bundles;
/// Why opportunities are won or lost.
pub mod close_reasons;
mod drafts;
/// What currencies are worth.
pub mod exchange_rates;
pub mod leads;
pub mod opportunities;
pub mod orders;
pub mod pipelines;
/// The prices in price books.
pub mod price_book_entries;
/// Price books.
pub mod price_books;
/// What something costs somebody.
pub mod prices;
/// What products cost us.
pub mod product_costs;
/// Products.
pub mod products;
pub mod quotes;
