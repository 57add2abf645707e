use std::collections::HashMap;

use async_graphql::InputObject;
use rapport_entity::{
    Currency, Money, Name, Percentage, Quantity,
    sales::{order, order_line, product},
};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, Select, sea_query::Expr,
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    kernel::{Ctx, Faults, Read, Result, Tx, database::is_one_of},
    records::grouped,
    sales::amounts::LineAmounts,
};

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
    /// What is taken off, in percent; nothing where left out.
    pub discount: Option<Percentage>,
    /// The tax on it, in percent; the product's where left out, or else none.
    pub tax_rate: Option<Percentage>,
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
    Ok(grouped(ctx.rows::<order_line::Entity>().all(query).await?, |line| line.order_id))
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
    Ok(grouped(tx.rows::<order_line::Entity>().all(query).await?, |line| line.order_id))
}

fn lines_query(orders: &[order::Id], backend: DbBackend) -> Select<order_line::Entity> {
    let ids: Vec<Uuid> = orders.iter().map(|id| id.uuid()).collect();
    order_line::Entity::find()
        .filter(is_one_of(Expr::col(order_line::Column::OrderId), &ids, backend))
        .order_by_asc(order_line::Column::Position)
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
    let discount = line.discount.unwrap_or(Percentage::ZERO);
    let tax_rate = line.tax_rate.or(product.and_then(|product| product.tax_rate));
    let tax_rate = tax_rate.unwrap_or(Percentage::ZERO);
    let amounts = LineAmounts::of(quantity, price, discount, tax_rate, currency);
    if amounts.is_none() {
        faults.conflict(at("quantity"), "makes an amount of more than ten whole digits");
    }
    let LineAmounts { net, tax } = amounts?;
    Some(order_line::Model {
        workspace_id: tx.actor().workspace,
        order_id: order,
        position: n as i32 + 1,
        product_id: line.product_id,
        description: description?,
        quantity,
        unit_price_minor: price,
        discount,
        tax_rate,
        amount_minor: net,
        tax_minor: tax,
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

/// The sum of the lines and of the tax on them, which must have at most ten whole digits, as every amount of money.
pub(crate) fn total(
    lines: &[order_line::Model],
    currency: &Currency,
    faults: &mut Faults,
) -> LineAmounts {
    let sum = |of: fn(&order_line::Model) -> i64| -> i128 {
        lines.iter().map(|line| i128::from(of(line))).sum()
    };
    let (net, tax) = (sum(|line| line.amount_minor), sum(|line| line.tax_minor));
    let bounded = |minor| Money::in_bounds(minor, currency);
    match (bounded(net), bounded(tax), bounded(net + tax)) {
        (Some(net), Some(tax), Some(_)) => LineAmounts { net, tax },
        _ => {
            faults.conflict("/lines", "add up to more than ten whole digits");
            LineAmounts { net: 0, tax: 0 }
        }
    }
}
