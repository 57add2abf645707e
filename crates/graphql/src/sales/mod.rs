mod close_reasons;
mod deliveries;
mod exchange_rates;
mod lead_assignment_rules;
mod lead_forms;
mod lead_scoring_rules;
mod leads;
mod opportunities;
mod orders;
mod parts;
mod payments;
mod pipelines;
mod price_book_entries;
mod price_books;
mod prices;
mod product_costs;
mod products;
mod quotes;
mod stages;

use async_graphql::MergedObject;

pub use close_reasons::CloseReason;
pub use deliveries::Delivery;
pub use leads::Lead;
pub use opportunities::Opportunity;
pub use orders::Order;
pub use payments::Payment;
pub use pipelines::Pipeline;
pub use price_book_entries::PriceBookEntry;
pub use price_books::PriceBook;
pub use products::Product;
pub use quotes::Quote;
pub use stages::PipelineStage;

/// What can be asked of products, prices, pipelines, opportunities and orders.
#[derive(Default, MergedObject)]
pub struct SalesQuery(
    OrderingQuery,
    products::ProductQuery,
    product_costs::ProductCostQuery,
    price_books::PriceBookQuery,
    price_book_entries::PriceBookEntryQuery,
    prices::PriceQuery,
    pipelines::PipelineQuery,
    stages::PipelineStageQuery,
    close_reasons::CloseReasonQuery,
    exchange_rates::ExchangeRateQuery,
    leads::LeadQuery,
    lead_scoring_rules::LeadScoringRuleQuery,
    lead_assignment_rules::LeadAssignmentRuleQuery,
    lead_forms::LeadFormQuery,
    opportunities::OpportunityQuery,
);

/// What can be asked of quotes and of what becomes of them.
#[derive(Default, MergedObject)]
pub struct OrderingQuery(
    quotes::QuoteQuery,
    orders::OrderQuery,
    deliveries::DeliveryQuery,
    payments::PaymentQuery,
);

/// What can be done with products, prices, pipelines, opportunities and orders.
#[derive(Default, MergedObject)]
pub struct SalesMutation(
    OrderingMutation,
    products::ProductMutation,
    product_costs::ProductCostMutation,
    price_books::PriceBookMutation,
    price_book_entries::PriceBookEntryMutation,
    pipelines::PipelineMutation,
    stages::PipelineStageMutation,
    close_reasons::CloseReasonMutation,
    exchange_rates::ExchangeRateMutation,
    leads::LeadMutation,
    lead_scoring_rules::LeadScoringRuleMutation,
    lead_assignment_rules::LeadAssignmentRuleMutation,
    lead_forms::LeadFormMutation,
    opportunities::OpportunityMutation,
);

/// What can be done with quotes and with what becomes of them.
#[derive(Default, MergedObject)]
pub struct OrderingMutation(
    quotes::QuoteMutation,
    orders::OrderMutation,
    deliveries::DeliveryMutation,
    payments::PaymentMutation,
);
