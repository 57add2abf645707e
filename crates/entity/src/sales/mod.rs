//! What is sold and how: products, pipelines, opportunities, orders.

/// What sales are looked at by.
pub mod analysis;
pub mod bundle_component;
/// Why opportunities are won or lost.
pub mod close_reason;
/// Goods on their way to customers, or back.
pub mod delivery;
pub mod delivery_line;
/// What currencies are worth.
pub mod exchange_rate;
/// What people hold forecasts to be.
pub mod forecast_adjustment;
/// Leads.
pub mod lead;
/// Who gets leads.
pub mod lead_assignment_rule;
/// Forms that leads come in by.
pub mod lead_form;
#[doc(hidden)]
pub mod lead_form_submission;
/// What leads are rated by.
pub mod lead_scoring_rule;
/// Opportunities.
pub mod opportunity;
pub mod opportunity_competitor;
pub mod opportunity_contact;
pub mod opportunity_line;
pub mod opportunity_member;
pub mod opportunity_period;
/// Orders.
pub mod order;
pub mod order_line;
/// Money paid for orders, or paid back.
pub mod payment;
/// Pipelines.
pub mod pipeline;
/// The stages of pipelines.
pub mod pipeline_stage;
/// Price books.
pub mod price_book;
/// The prices in price books.
pub mod price_book_entry;
/// Products.
pub mod product;
/// What products cost us.
pub mod product_cost;
/// Quotes.
pub mod quote;
pub mod quote_line;
#[doc(hidden)]
pub mod quote_margin;
/// What is to be reached.
pub mod target;
