use std::collections::HashMap;

use async_graphql::InputObject;
use rapport_entity::{
    Currency, Money, Name, Quantity,
    sales::{order, order_line, product},
};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, Select, sea_query::Expr,
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::kernel::{Ctx, Faults, Read, Result, Tx, database::is_one_of};

/// The most lines an order has.
pub const MAX_LINES: usize = 200;

/// A line of an order to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOrderLine {
    /// The product, where it is one of ours.
    pub product_id: Option<product::Id>,
    /// What was bought, in words; the product's name where left out.
    pub description: Option<Name>,
    /// How many; one where left out.
    pub quantity: Option<Quantity>,
    /// What one costs; the product's price where left out, which must then be in the order's currency.
    pub unit_price: Option<Money>,
}

/// The lines of some orders that the caller has been shown, in their order.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn lines_of(
    ctx: &Ctx,
    orders: &[order::Id],
) -> Result<HashMap<order::Id, Vec<order_line::Model>>> {
    if orders.is_empty() {
        return Ok(HashMap::new());
    }
    let query = lines_query(orders, ctx.database().backend());
    Ok(by_order(ctx.rows::<order_line::Entity>().all(query).await?))
}

/// The lines of some orders, as they are in a transaction.
pub(crate) async fn lines_of_many(
    tx: &Tx<'_>,
    orders: &[order::Id],
) -> Result<HashMap<order::Id, Vec<order_line::Model>>> {
    if orders.is_empty() {
        return Ok(HashMap::new());
    }
    let query = lines_query(orders, tx.backend());
    Ok(by_order(tx.rows::<order_line::Entity>().all(query).await?))
}

fn lines_query(orders: &[order::Id], backend: DbBackend) -> Select<order_line::Entity> {
    let ids: Vec<Uuid> = orders.iter().map(|id| id.uuid()).collect();
    order_line::Entity::find()
        .filter(is_one_of(Expr::col(order_line::Column::OrderId), &ids, backend))
        .order_by_asc(order_line::Column::Position)
}

fn by_order(lines: Vec<order_line::Model>) -> HashMap<order::Id, Vec<order_line::Model>> {
    let mut orders: HashMap<order::Id, Vec<order_line::Model>> = HashMap::new();
    for line in lines {
        orders.entry(line.order_id).or_default().push(line);
    }
    orders
}

/// The lines of one order, in their order.
pub(super) async fn lines_in(tx: &Tx<'_>, id: order::Id) -> Result<Vec<order_line::Model>> {
    let query = order_line::Entity::find()
        .filter(order_line::Column::OrderId.eq(id))
        .order_by_asc(order_line::Column::Position);
    tx.rows::<order_line::Entity>().all(query).await
}

/// The lines as they will be stored: names and prices that are left out are the product's.
pub(super) async fn draft_lines(
    tx: &Tx<'_>,
    order: order::Id,
    lines: &[NewOrderLine],
    until_now: &[order_line::Model],
    currency: &Currency,
    faults: &mut Faults,
) -> Result<Vec<order_line::Model>> {
    if lines.is_empty() || lines.len() > MAX_LINES {
        faults.invalid("/lines", format!("must have 1 to {MAX_LINES} lines"));
        return Ok(Vec::new());
    }
    let ids: Vec<product::Id> = lines.iter().filter_map(|line| line.product_id).collect();
    let products = tx.can::<product::Entity, Read>()?.many(&ids).await?;
    // A deleted product is no longer sold; an order that has it keeps it.
    let is_kept = |id| until_now.iter().any(|line| line.product_id == Some(id));
    let products: HashMap<product::Id, product::Model> = products
        .into_iter()
        .filter(|product| product.deleted_at.is_none() || is_kept(product.id))
        .map(|product| (product.id, product))
        .collect();
    let mut drafted = Vec::with_capacity(lines.len());
    for (n, line) in lines.iter().enumerate() {
        let product = line.product_id.map(|id| products.get(&id));
        drafted.extend(draft_line(tx, order, n, line, product, currency, faults));
    }
    Ok(drafted)
}

/// A line as it will be stored, where nothing is wrong with it.
pub(crate) fn draft_line(
    tx: &Tx<'_>,
    order: order::Id,
    n: usize,
    line: &NewOrderLine,
    product: Option<Option<&product::Model>>,
    currency: &Currency,
    faults: &mut Faults,
) -> Option<order_line::Model> {
    let at = |member: &str| format!("/lines/{n}/{member}");
    if product == Some(None) {
        faults.conflict(at("productId"), "is no product");
        return None;
    }
    let product = product.flatten();
    let description = line.description.clone().or_else(|| product.map(|p| p.name.clone()));
    if description.is_none() {
        faults.conflict(at("description"), "is needed where there is no product");
    }
    let price = unit_price(line, product, currency);
    let price = price.map_err(|why| faults.conflict(at("unitPrice"), why)).ok()?;
    let quantity = line.quantity.unwrap_or(Quantity::ONE);
    let amount = quantity.times(price).and_then(|a| Money::in_bounds(a.into(), currency));
    if amount.is_none() {
        faults.conflict(at("quantity"), "makes an amount of more than ten whole digits");
    }
    Some(order_line::Model {
        workspace_id: tx.actor().workspace,
        order_id: order,
        position: n as i32 + 1,
        product_id: line.product_id,
        description: description?,
        quantity,
        unit_price_minor: price,
        amount_minor: amount?,
    })
}

fn unit_price(
    line: &NewOrderLine,
    product: Option<&product::Model>,
    currency: &Currency,
) -> Result<i64, String> {
    match (&line.unit_price, product) {
        (Some(price), _) if price.currency == *currency => price.minor().map_err(|e| e.to_string()),
        (Some(_), _) => Err(format!("must be in the order's currency, {currency}")),
        (None, Some(product)) if product.currency == *currency => Ok(product.price_minor),
        (None, Some(_)) => Err(format!("is needed: the product has no price in {currency}")),
        (None, None) => Err("is needed where there is no product".to_owned()),
    }
}

/// The sum of the lines, which must have at most ten whole digits, as every amount of money.
pub(crate) fn total(lines: &[order_line::Model], currency: &Currency, faults: &mut Faults) -> i64 {
    let total: i128 = lines.iter().map(|line| i128::from(line.amount_minor)).sum();
    Money::in_bounds(total, currency).unwrap_or_else(|| {
        faults.conflict("/lines", "add up to more than ten whole digits");
        0
    })
}
