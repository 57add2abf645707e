//! What is sold and how: products, pipelines, opportunities, orders.

/// Why opportunities are won or lost.
pub mod close_reason;
/// What currencies are worth.
pub mod exchange_rate;
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
/// Pipelines.
pub mod pipeline;
/// The stages of pipelines.
pub mod pipeline_stage;
/// Products.
pub mod product;
