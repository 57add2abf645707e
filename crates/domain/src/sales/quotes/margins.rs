use std::collections::HashMap;

use async_graphql::SimpleObject;
use rapport_entity::{
    Currency, Date, Money,
    sales::{
        product, product_cost, quote,
        quote_line::Model as Line,
        quote_margin::{Column, Entity, Model},
    },
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::kernel::{Ctx, Read, Result, Tx};

/// What is left of a quote once it is paid what its products cost.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct QuoteMargin {
    /// The quote.
    pub quote_id: quote::Id,
    /// What its products cost, as far as that is known.
    pub cost: Money,
    /// The quote's amount without that.
    pub margin: Money,
    /// The margin in percent of the amount; null where that is nothing.
    pub margin_rate: Option<f64>,
    /// Whether it is known of every line what its product costs in the quote's currency.
    pub complete: bool,
}

/// What is left of a quote, by what its products cost on the day that its lines were last changed.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound); [`Error::Forbidden`](crate::Error::Forbidden) for whoever may not know
/// what products cost.
pub async fn get(ctx: &Ctx, id: quote::Id) -> Result<QuoteMargin> {
    ctx.can::<product_cost::Entity, Read>()?;
    let quote = ctx.can::<quote::Entity, Read>()?.one(id).await?;
    let its = Entity::find().filter(Column::QuoteId.eq(id));
    let row = ctx.rows::<Entity>().all(its).await?.pop();
    let (cost, margin) = row.as_ref().map_or((0, 0), |row| (row.cost_minor, row.margin_minor));
    let money = |minor| Money::from_minor(minor, quote.currency.clone());
    Ok(QuoteMargin {
        quote_id: id,
        cost: money(cost),
        margin: money(margin),
        margin_rate: row.as_ref().and_then(|row| row.margin_rate),
        complete: row.is_some_and(|row| row.complete),
    })
}

/// Reckons anew what is left of a quote whose lines are new or changed, whoever changes them.
pub(super) async fn save(tx: &Tx<'_>, of: &quote::Model, lines: &[Line]) -> Result<()> {
    let rows = tx.rows::<Entity>();
    rows.delete(Condition::all().add(Column::QuoteId.eq(of.id))).await?;
    let costs = costs(tx, lines, &of.currency, tx.today()?).await?;
    rows.insert(&[reckoned(tx, of, lines, &costs)]).await
}

/// What the products of lines cost on a day, in minor units.
async fn costs(
    tx: &Tx<'_>,
    lines: &[Line],
    currency: &Currency,
    day: Date,
) -> Result<HashMap<product::Id, i64>> {
    use product_cost::Column::{Currency as In, ProductId, ValidFrom};
    let ids: Vec<Uuid> = lines.iter().filter_map(|line| Some(line.product_id?.uuid())).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let begun = Condition::all().add(In.eq(currency.clone())).add(ValidFrom.lte(day));
    let costs = tx.entailed::<product_cost::Entity, Read>();
    let latest = costs.latest_each_of(ProductId, &ids, ValidFrom, 1, begun).await?;
    Ok(latest.into_iter().map(|cost| (cost.product_id, cost.cost_minor)).collect())
}

fn reckoned(
    tx: &Tx<'_>,
    of: &quote::Model,
    lines: &[Line],
    costs: &HashMap<product::Id, i64>,
) -> Model {
    let cost = |line: &Line| line.quantity.times(*costs.get(&line.product_id?)?);
    let known: Vec<Option<i64>> = lines.iter().map(cost).collect();
    let sum: i128 = known.iter().flatten().map(|cost| i128::from(*cost)).sum();
    let bounded = Money::in_bounds(sum, &of.currency);
    let cost_minor = bounded.unwrap_or(0);
    let margin_minor = of.amount_minor.saturating_sub(cost_minor);
    let rate = margin_minor as f64 / of.amount_minor as f64 * 100.0;
    Model {
        workspace_id: of.workspace_id,
        quote_id: of.id,
        currency: of.currency.clone(),
        cost_minor,
        margin_minor,
        margin_rate: (of.amount_minor > 0).then_some(rate),
        complete: bounded.is_some() && known.iter().all(Option::is_some),
        created_at: tx.now(),
    }
}
