mod close_reasons;
mod exchange_rates;
mod opportunities;
mod orders;
mod parts;
mod pipelines;
mod products;
mod stages;

use async_graphql::MergedObject;

pub use close_reasons::CloseReason;
pub use opportunities::Opportunity;
pub use orders::Order;
pub use pipelines::Pipeline;
pub use products::Product;
pub use stages::PipelineStage;

/// What can be asked of products, pipelines, opportunities and orders.
#[derive(Default, MergedObject)]
pub struct SalesQuery(
    products::ProductQuery,
    pipelines::PipelineQuery,
    stages::PipelineStageQuery,
    close_reasons::CloseReasonQuery,
    exchange_rates::ExchangeRateQuery,
    opportunities::OpportunityQuery,
    orders::OrderQuery,
);

/// What can be done with products, pipelines, opportunities and orders.
#[derive(Default, MergedObject)]
pub struct SalesMutation(
    products::ProductMutation,
    pipelines::PipelineMutation,
    stages::PipelineStageMutation,
    close_reasons::CloseReasonMutation,
    exchange_rates::ExchangeRateMutation,
    opportunities::OpportunityMutation,
    orders::OrderMutation,
);
