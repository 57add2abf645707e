use async_graphql::{Context, Object, Result};
use rapport_domain::sales::prices::{self, PriceRequest, ResolvedPrices};

use crate::rows::ContextExt;

#[derive(Default)]
pub struct PriceQuery;

#[Object]
impl PriceQuery {
    /// What products cost a customer, or everybody, on a day, and why.
    async fn resolve_prices(
        &self,
        ctx: &Context<'_>,
        input: PriceRequest,
    ) -> Result<ResolvedPrices> {
        Ok(prices::resolve(ctx.me()?, &input).await?)
    }
}
