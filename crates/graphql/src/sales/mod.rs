mod orders;
mod products;

use async_graphql::MergedObject;
use orders::{OrderMutation, OrderQuery};
use products::{ProductMutation, ProductQuery};

pub use orders::Order;
pub use products::Product;

/// What can be asked of products and orders.
#[derive(Default, MergedObject)]
pub struct SalesQuery(ProductQuery, OrderQuery);

/// What can be done with products and orders.
#[derive(Default, MergedObject)]
pub struct SalesMutation(ProductMutation, OrderMutation);
