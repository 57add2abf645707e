//! What something costs somebody on a day: the price books that are for them, and the products' own prices.

mod answer;
mod basis;
mod choice;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use async_graphql::InputObject;
use rapport_entity::{Currency, Date, Quantity, customers::customer, sales::product};
use serde::Deserialize;
use utoipa::ToSchema;

pub use answer::{PriceOrigin, ResolvedPrice, ResolvedPrices};
pub(crate) use basis::{Basis, prices_for};

use super::orders::lines::MAX_LINES;
use crate::kernel::{Ctx, Error, Faults, Read, Result, day_of};

/// What prices are asked for.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PriceRequest {
    /// Who would buy; the prices for everybody where left out.
    pub customer_id: Option<customer::Id>,
    /// The currency of all prices; the workspace's where left out.
    pub currency: Option<Currency>,
    /// The day on which the prices hold, in the workspace's time zone; today where left out.
    pub priced_on: Option<Date>,
    /// What would be bought: 1 to 200 lines.
    #[schema(min_items = 1, max_items = 200)]
    pub lines: Vec<PriceRequestLine>,
}

/// A product that a price is asked for.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PriceRequestLine {
    /// The product.
    pub product_id: product::Id,
    /// How many; one where left out. Lines of the same product are not added up.
    pub quantity: Option<Quantity>,
}

/// What products cost a customer on a day, line by line: as many queries for one line as for all.
///
/// # Errors
/// [`Error::Forbidden`] without leave to read price books, their prices and products, and the customers where one is
/// named; [`Error::Conflict`] names the customer and every product that is not there.
pub async fn resolve(ctx: &Ctx, asked: &PriceRequest) -> Result<ResolvedPrices> {
    if asked.lines.is_empty() || asked.lines.len() > MAX_LINES {
        return Err(Error::invalid("/lines", format!("must be 1 to {MAX_LINES}")));
    }
    let mut faults = Faults::default();
    if let Some(id) = asked.customer_id
        && ctx.can::<customer::Entity, Read>()?.live(&[id]).await?.is_empty()
    {
        faults.conflict("/customerId", "is no customer");
    }
    let products = products_of(ctx, &asked.lines).await?;
    let mut wanted = Vec::with_capacity(asked.lines.len());
    for (n, line) in asked.lines.iter().enumerate() {
        match products.get(&line.product_id) {
            Some(product) => wanted.push((product, line.quantity.unwrap_or(Quantity::ONE))),
            None => faults.conflict(format!("/lines/{n}/productId"), "is no product"),
        }
    }
    faults.check()?;
    let basis = basis_of(ctx, asked)?;
    let lines = prices_for(ctx, &basis, &wanted).await?;
    let Basis { customer, currency, day } = basis;
    Ok(ResolvedPrices { customer_id: customer, currency, priced_on: day, lines })
}

async fn products_of(
    ctx: &Ctx,
    lines: &[PriceRequestLine],
) -> Result<HashMap<product::Id, product::Model>> {
    let ids: Vec<product::Id> = lines.iter().map(|line| line.product_id).collect();
    let products = ctx.can::<product::Entity, Read>()?.live(&ids).await?;
    Ok(products.into_iter().map(|product| (product.id, product)).collect())
}

fn basis_of(ctx: &Ctx, asked: &PriceRequest) -> Result<Basis> {
    let today = || day_of(ctx.database().clock().now(), ctx.actor()).try_into();
    let day = asked.priced_on.map_or_else(today, Ok).map_err(Error::internal)?;
    let currency = asked.currency.clone().unwrap_or_else(|| ctx.actor().currency.clone());
    Ok(Basis { customer: asked.customer_id, currency, day })
}
