//! What is sold and how: products, pipelines, opportunities, orders.

pub(crate) mod amounts;
/// Why opportunities are won or lost.
pub mod close_reasons;
/// What currencies are worth.
pub mod exchange_rates;
/// The lines of orders.
pub mod lines;
mod number;
pub mod opportunities;
/// Orders and their lines.
pub mod orders;
pub mod pipelines;
/// Products.
pub mod products;
