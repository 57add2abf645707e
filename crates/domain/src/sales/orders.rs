use std::collections::HashMap;

use async_graphql::InputObject;
use rapport_entity::{
    Currency, Date, Money, Name, Quantity, Text, Versioned,
    customers::customer,
    identity::user,
    sales::{
        order::{self, ActiveModel, Column, Entity, Model, Order, Status},
        order_line::{self, OrderLine},
        product,
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, DbBackend, EntityTrait, IntoActiveValue, QueryFilter, QueryOrder,
    Select,
    sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::number;
use crate::{
    kernel::{
        Create, Ctx, Error, Expected, Faults, Listing, Page, Patch, Read, Result, Tx, Update,
        database::is_one_of, patched,
    },
    records,
};

/// The most lines an order has.
pub const MAX_LINES: usize = 200;

/// An order with its lines.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderWithLines {
    /// The order.
    #[serde(flatten)]
    pub order: Order,
    /// What was bought.
    #[schema(max_items = 200)]
    pub lines: Vec<OrderLine>,
}

impl Versioned for OrderWithLines {
    fn id(&self) -> Uuid {
        self.order.id.uuid()
    }

    fn version(&self) -> i32 {
        self.order.version
    }
}

/// An order to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOrder {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<order::Id>,
    /// Who bought.
    pub customer_id: customer::Id,
    /// The user who sold; the caller where left out.
    pub owner_id: Option<user::Id>,
    /// Where the order stands; placed where left out.
    pub status: Option<Status>,
    /// The day it was placed, in the workspace's time zone; today where left out.
    pub ordered_on: Option<Date>,
    /// The currency of all amounts; the workspace's where left out.
    pub currency: Option<Currency>,
    /// Anything worth knowing.
    pub description: Option<Text>,
    /// What was bought: 1 to 200 lines.
    #[schema(min_items = 1, max_items = 200)]
    pub lines: Vec<NewOrderLine>,
}

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

/// What to change of an order: what is left out stays, null clears. Lines are replaced as a whole.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrderPatch {
    /// Who bought.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = customer::Id)]
    pub customer_id: Option<customer::Id>,
    /// The user who sold.
    #[serde(default)]
    #[schema(value_type = Option<user::Id>)]
    pub owner_id: Patch<user::Id>,
    /// Where the order stands.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Status)]
    pub status: Option<Status>,
    /// The day it was placed.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Date)]
    pub ordered_on: Option<Date>,
    /// Anything worth knowing.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// What was bought: 1 to 200 lines.
    #[schema(min_items = 1, max_items = 200)]
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<NewOrderLine>)]
    pub lines: Option<Vec<NewOrderLine>>,
}

/// A page of orders with their lines: two queries, however many orders.
///
/// # Errors
/// [`Error::Invalid`] names everything in the listing that is wrong.
pub async fn list(ctx: &Ctx, listing: &Listing) -> Result<Page<OrderWithLines>> {
    let page = ctx.can::<Entity, Read>()?.page(listing).await?;
    let ids: Vec<order::Id> = page.items.iter().map(|row| row.id).collect();
    let mut lines = lines_of(ctx, &ids).await?;
    Ok(page.map(|row| with_lines(row.clone(), lines.remove(&row.id).unwrap_or_default())))
}

/// One order with its lines.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(ctx: &Ctx, id: order::Id) -> Result<OrderWithLines> {
    let row = ctx.can::<Entity, Read>()?.one(id).await?;
    let mut lines = lines_of(ctx, &[id]).await?;
    Ok(with_lines(row, lines.remove(&id).unwrap_or_default()))
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

/// The latest orders of each of some customers, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn latest_of(ctx: &Ctx, customers: &[customer::Id], limit: u64) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = customers.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?
        .latest_each(Column::CustomerId, &keys, Column::OrderedOn, limit)
        .await
}

/// Makes an order.
///
/// # Errors
/// [`Error::Invalid`] names every member that is wrong.
pub async fn create(ctx: &Ctx, new: NewOrder) -> Result<OrderWithLines> {
    ctx.tx(async |tx| {
        let currency = new.currency.clone().unwrap_or_else(|| tx.actor().currency.clone());
        let mut faults = Faults::default();
        check_references(tx, Some(new.customer_id), new.owner_id, &mut faults).await?;
        let id = new.id.unwrap_or_default();
        let lines = draft_lines(tx, id, &new.lines, &currency, &mut faults).await?;
        let total_minor = total(&lines, &currency, &mut faults);
        faults.check()?;
        let ordered_on = match new.ordered_on {
            Some(day) => day,
            None => today(tx)?,
        };
        let row = ActiveModel {
            number: Set(numbers(tx, 1).await?.next().unwrap_or_default()),
            customer_id: Set(new.customer_id),
            owner_id: new.owner_id.map_or(NotSet, |owner| Set(Some(owner))),
            status: Set(new.status.unwrap_or_default()),
            ordered_on: Set(ordered_on),
            currency: Set(currency),
            total_minor: Set(total_minor),
            description: Set(new.description),
            ..Default::default()
        };
        insert(tx, new.id.is_some(), id, row, lines).await
    })
    .await
}

/// Changes an order.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Invalid`].
pub async fn update(
    ctx: &Ctx,
    id: order::Id,
    expected: Expected,
    patch: OrderPatch,
) -> Result<OrderWithLines> {
    ctx.tx(async |tx| {
        let orders = tx.can::<Entity, Update>()?;
        let before = orders.lock(id, expected).await?;
        let owner = patch.owner_id.as_set().copied();
        let mut faults = Faults::default();
        check_references(tx, patch.customer_id, owner, &mut faults).await?;
        let old = lines_in(tx, id).await?;
        let lines = match &patch.lines {
            Some(lines) => draft_lines(tx, id, lines, &before.currency, &mut faults).await?,
            None => old.clone(),
        };
        let total_minor = total(&lines, &before.currency, &mut faults);
        faults.check()?;
        let after = patched::<Entity>(&before, changes(patch, total_minor))?;
        let row = save(tx, &before, after, &old, &lines).await?;
        Ok(with_lines(row, lines))
    })
    .await
}

/// Saves an order that was locked, with its lines: they are replaced where they differ.
pub(crate) async fn save(
    tx: &Tx<'_>,
    before: &Model,
    after: Model,
    old: &[order_line::Model],
    lines: &[order_line::Model],
) -> Result<Model> {
    if lines != old {
        let rows = tx.rows::<order_line::Entity>();
        rows.delete(Condition::all().add(order_line::Column::OrderId.eq(before.id))).await?;
        rows.insert(lines).await?;
    }
    let also = [("lines", json!(shown(old, before)), json!(shown(lines, &after)))];
    tx.can::<Entity, Update>()?.save(before, after, "updated", &also).await
}

/// The numbers of the next orders.
pub(crate) async fn numbers(tx: &Tx<'_>, count: usize) -> Result<impl Iterator<Item = String>> {
    let first = number::reserve(tx, "order", count as i64).await?;
    Ok((first..).take(count).map(|n| format!("O-{n}")))
}

fn changes(patch: OrderPatch, total_minor: i64) -> ActiveModel {
    ActiveModel {
        customer_id: patch.customer_id.map_or(NotSet, Set),
        owner_id: patch.owner_id.into_active_value(),
        status: patch.status.map_or(NotSet, Set),
        ordered_on: patch.ordered_on.map_or(NotSet, Set),
        description: patch.description.into_active_value(),
        total_minor: Set(total_minor),
        ..Default::default()
    }
}

/// Brings a deleted order back.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn restore(ctx: &Ctx, id: order::Id) -> Result<OrderWithLines> {
    records::restore::<Entity>(ctx, id).await?;
    get(ctx, id).await
}

/// A repeated create finds its order there; what it would have made must be the same, lines included.
async fn insert(
    tx: &Tx<'_>,
    repeatable: bool,
    id: order::Id,
    row: ActiveModel,
    lines: Vec<order_line::Model>,
) -> Result<OrderWithLines> {
    let there = if repeatable { lines_in(tx, id).await? } else { Vec::new() };
    if !there.is_empty() && there != lines {
        return Err(Error::Duplicate("a record with this id already exists".to_owned()));
    }
    let row = tx.can::<Entity, Create>()?.insert(Some(id), row).await?;
    if there.is_empty() {
        tx.rows::<order_line::Entity>().insert(&lines).await?;
    }
    Ok(with_lines(row, lines))
}

async fn lines_in(tx: &Tx<'_>, id: order::Id) -> Result<Vec<order_line::Model>> {
    let query = order_line::Entity::find()
        .filter(order_line::Column::OrderId.eq(id))
        .order_by_asc(order_line::Column::Position);
    tx.rows::<order_line::Entity>().all(query).await
}

/// The day it is in the workspace.
fn today(tx: &Tx<'_>) -> Result<Date> {
    let day = tx.now().with_timezone(&tx.actor().time_zone.rules()).date_naive();
    day.try_into().map_err(Error::internal)
}

async fn check_references(
    tx: &Tx<'_>,
    customer: Option<customer::Id>,
    owner: Option<user::Id>,
    faults: &mut Faults,
) -> Result<()> {
    if let Some(id) = customer
        && tx.can::<customer::Entity, Read>()?.many(&[id]).await?.is_empty()
    {
        faults.conflict("/customerId", "is no customer");
    }
    if let Some(id) = owner
        && tx.can::<user::Entity, Read>()?.many(&[id]).await?.is_empty()
    {
        faults.conflict("/ownerId", "is no user of this workspace");
    }
    Ok(())
}

/// The lines as they will be stored: names and prices that are left out are the product's.
async fn draft_lines(
    tx: &Tx<'_>,
    order: order::Id,
    lines: &[NewOrderLine],
    currency: &Currency,
    faults: &mut Faults,
) -> Result<Vec<order_line::Model>> {
    if lines.is_empty() || lines.len() > MAX_LINES {
        faults.invalid("/lines", format!("must have 1 to {MAX_LINES} lines"));
        return Ok(Vec::new());
    }
    let ids: Vec<product::Id> = lines.iter().filter_map(|line| line.product_id).collect();
    let products = tx.can::<product::Entity, Read>()?.many(&ids).await?;
    let products: HashMap<product::Id, product::Model> =
        products.into_iter().map(|product| (product.id, product)).collect();
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

fn shown(lines: &[order_line::Model], order: &Model) -> Vec<OrderLine> {
    lines.iter().map(|line| OrderLine::new(line.clone(), &order.currency)).collect()
}

fn with_lines(row: Model, lines: Vec<order_line::Model>) -> OrderWithLines {
    let lines = shown(&lines, &row);
    OrderWithLines { order: row.into(), lines }
}
