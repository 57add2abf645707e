use async_graphql::{Enum, SimpleObject};
use rapport_entity::{
    Currency, Date, Money, Percentage, Quantity,
    customers::customer,
    sales::{price_book, price_book_entry, product},
};
use serde::Serialize;
use utoipa::ToSchema;

/// What products cost somebody on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct ResolvedPrices {
    /// Who would buy; null where it was asked for everybody.
    pub customer_id: Option<customer::Id>,
    /// The currency of all prices.
    pub currency: Currency,
    /// The day on which the prices hold.
    pub priced_on: Date,
    /// The prices, line by line as they were asked for.
    #[schema(max_items = 200)]
    pub lines: Vec<ResolvedPrice>,
}

/// What a product costs somebody on a day, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct ResolvedPrice {
    /// The product.
    pub product_id: product::Id,
    /// How many.
    pub quantity: Quantity,
    /// What one costs; null where there is no price in this currency.
    pub unit_price: Option<Money>,
    /// The product's own price; null where that is in another currency.
    pub list_price: Option<Money>,
    /// What one costs us on the day; null where nothing is known in this currency, and for whoever may not read what
    /// products cost.
    pub unit_cost: Option<Money>,
    /// Where the price comes from; null where there is none.
    pub origin: Option<PriceOrigin>,
    /// The price book that the price is in.
    pub price_book_id: Option<price_book::Id>,
    /// The price in it.
    pub price_book_entry_id: Option<price_book_entry::Id>,
    /// From how many on that price holds.
    pub minimum_quantity: Option<Quantity>,
    /// The discount, in percent, that a seller may give without approval: the price says, or else its price book, or
    /// else the product. Null where there is no limit.
    pub discount_limit: Option<Percentage>,
    /// The tax on the product, in percent; null where nothing is said of it.
    pub tax_rate: Option<Percentage>,
    /// Why it is this price, in words.
    #[schema(max_length = 400)]
    pub reason: String,
}

/// Where a price comes from. What stands further up comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum PriceOrigin {
    /// From a price book for this customer.
    CustomerPriceBook,
    /// From a price book for a segment that the customer is in.
    SegmentPriceBook,
    /// From a price book for everybody.
    PriceBook,
    /// It is the product's own price.
    ListPrice,
}
