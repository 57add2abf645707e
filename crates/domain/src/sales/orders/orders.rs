use async_graphql::InputObject;
use rapport_entity::{
    Currency, Custom, Date, ExternalId, Source, Tags, Text, Versioned,
    customers::customer,
    identity::user,
    sales::{
        order::{
            self, ActiveModel, Column, DeliveryStatus, Entity, Model, Order, PaymentStatus, Status,
        },
        order_line::{self, OrderLine},
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, IntoActiveValue,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    lines::{NewOrderLine, draft_lines, lines_in, lines_of, total},
    progress::Progress,
    states::{call_off, check_becomes, is_under_way, judge},
};
use crate::{
    customers::Parties,
    kernel::{
        Create, Ctx, Delete, Error, Expected, Faults, Listing, Page, Patch, Read, Result, Tx,
        Update, patched,
    },
    number,
    records::{self, Known},
    sales::amounts::LineAmounts,
};

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
    /// Values of the workspace's custom fields.
    pub custom: Option<Custom>,
    /// Words that the record is marked with.
    pub tags: Option<Tags>,
    /// What was bought: 1 to 200 lines.
    #[schema(min_items = 1, max_items = 200)]
    pub lines: Vec<NewOrderLine>,
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
    /// Where the order stands: one of its `next`.
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
    /// Values of the workspace's custom fields: those that are left out stay, null clears one.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Custom)]
    pub custom: Option<Custom>,
    /// Words that the record is marked with: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Tags)]
    pub tags: Option<Tags>,
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

/// Orders with their lines, in the order of the rows.
pub(crate) async fn with_their_lines(ctx: &Ctx, rows: Vec<Model>) -> Result<Vec<OrderWithLines>> {
    let ids: Vec<order::Id> = rows.iter().map(|row| row.id).collect();
    let mut lines = lines_of(ctx, &ids).await?;
    let lined = rows.into_iter().map(|row| {
        let lines = lines.remove(&row.id).unwrap_or_default();
        with_lines(row, lines)
    });
    Ok(lined.collect())
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
    ctx.tx(async |tx| create_in(tx, new, None).await).await
}

async fn create_in(tx: &Tx<'_>, new: NewOrder, known: Option<Known>) -> Result<OrderWithLines> {
    let currency = new.currency.clone().unwrap_or_else(|| tx.actor().currency.clone());
    let mut faults = Faults::default();
    let parties =
        Parties { customer: Some(new.customer_id), owner: new.owner_id, ..Parties::default() };
    parties.judge(tx, Parties::default(), &mut faults).await?;
    let id = new.id.unwrap_or_default();
    // A repeated create takes no new number, and its day is the day it was made for.
    let there = records::made_before::<Entity>(tx, new.id).await?;
    let lines = draft_lines(tx, id, &new.lines, &[], &currency, &mut faults).await?;
    let LineAmounts { net, tax } = total(&lines, &currency, &mut faults);
    faults.check()?;
    let ordered_on = match new.ordered_on.or(there.as_ref().map(|there| there.ordered_on)) {
        Some(day) => day,
        None => tx.today()?,
    };
    let number = match &there {
        Some(there) => there.number.clone(),
        None => numbers(tx, 1).await?.next().unwrap_or_default(),
    };
    let (source, external_id) = known.unzip();
    let row = ActiveModel {
        number: Set(number),
        customer_id: Set(new.customer_id),
        owner_id: new.owner_id.map_or(NotSet, |owner| Set(Some(owner))),
        status: Set(new.status.unwrap_or_default()),
        ordered_on: Set(ordered_on),
        currency: Set(currency),
        total_minor: Set(net),
        tax_minor: Set(tax),
        quote_id: Set(None),
        delivery_status: Set(DeliveryStatus::None),
        payment_status: Set(PaymentStatus::None),
        paid_minor: Set(0),
        source: Set(source),
        external_id: Set(external_id),
        description: Set(new.description),
        custom: Set(new.custom.unwrap_or_default()),
        tags: Set(new.tags.unwrap_or_default()),
        ..Default::default()
    };
    insert(tx, new.id.is_some(), id, row, lines).await
}

/// Changes an order.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Invalid`]; [`Error::Conflict`] names what was delivered or paid that does
/// not fit, and says what the order may become.
pub async fn update(
    ctx: &Ctx,
    id: order::Id,
    expected: Expected,
    patch: OrderPatch,
) -> Result<OrderWithLines> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        change(tx, &before, patch, Faults::default()).await
    })
    .await
}

async fn change(
    tx: &Tx<'_>,
    before: &Model,
    patch: OrderPatch,
    mut faults: Faults,
) -> Result<OrderWithLines> {
    let owner = patch.owner_id.as_set().copied();
    let parties = Parties { customer: patch.customer_id, owner, ..Parties::default() };
    parties.judge(tx, Parties::default(), &mut faults).await?;
    let old = lines_in(tx, before.id).await?;
    let lines = match &patch.lines {
        Some(lines) => {
            draft_lines(tx, before.id, lines, &old, &before.currency, &mut faults).await?
        }
        None => old.clone(),
    };
    let amounts = total(&lines, &before.currency, &mut faults);
    let after = patched::<Entity>(before, changes(patch, amounts))?;
    let next = before.status.next();
    check_becomes("order", (before.status, after.status), next, &mut faults);
    let progress = match is_under_way(before) {
        true => Progress::of(tx, before.id).await?,
        false => Progress::default(),
    };
    judge(&progress, (before, &old), (&after, &lines), &mut faults);
    faults.check()?;
    let row = save(tx, before, after, &old, &lines, progress).await?;
    Ok(with_lines(row, lines))
}

/// Makes the order that another system knows by this id, or changes it: what is left out, or null, stays as it is. The flag
/// says whether it was made.
///
/// # Errors
/// As [`create`] and [`update`]; [`Error::Refused`] where the order is deleted here.
pub async fn upsert(
    ctx: &Ctx,
    source: Source,
    external_id: ExternalId,
    expected: Expected,
    new: NewOrder,
) -> Result<(OrderWithLines, bool)> {
    let known = (source, external_id);
    let once = || upsert_once(ctx, known.clone(), expected.clone(), new.clone());
    records::made_or_changed(once).await
}

async fn upsert_once(
    ctx: &Ctx,
    known: Known,
    expected: Expected,
    new: NewOrder,
) -> Result<(OrderWithLines, bool)> {
    ctx.tx(async |tx| {
        let by = Condition::all()
            .add(Column::Source.eq(known.0.clone()))
            .add(Column::ExternalId.eq(known.1.clone()));
        let Some(found) = records::known_by::<Entity>(tx, by).await? else {
            return Ok((create_in(tx, new, Some(known)).await?, true));
        };
        let before = tx.can::<Entity, Update>()?.lock(found.id, expected).await?;
        let mut faults = Faults::default();
        if new.currency.as_ref().is_some_and(|currency| *currency != before.currency) {
            faults.conflict("/currency", "stays as it is");
        }
        Ok((change(tx, &before, new.into(), faults).await?, false))
    })
    .await
}

impl From<NewOrder> for OrderPatch {
    fn from(new: NewOrder) -> Self {
        Self {
            customer_id: Some(new.customer_id),
            owner_id: new.owner_id.into(),
            status: new.status,
            ordered_on: new.ordered_on,
            description: new.description.into(),
            custom: new.custom,
            tags: new.tags,
            lines: Some(new.lines),
        }
    }
}

/// Saves an order that was locked, with its lines: they are replaced where they differ. What follows from its progress
/// follows.
pub(crate) async fn save(
    tx: &Tx<'_>,
    before: &Model,
    after: Model,
    old: &[order_line::Model],
    lines: &[order_line::Model],
    progress: Progress,
) -> Result<Model> {
    let progress = call_off(tx, (before.status, after.status), progress).await?;
    let after = match is_under_way(before) {
        true => progress.mark(after, lines),
        false => after,
    };
    if lines != old {
        let rows = tx.rows::<order_line::Entity>();
        rows.delete(Condition::all().add(order_line::Column::OrderId.eq(before.id))).await?;
        rows.insert(lines).await?;
    }
    let also = [("lines", json!(shown(old, before)), json!(shown(lines, &after)))];
    tx.can::<Entity, Update>()?.save(before, after, "updated", &also).await
}

/// Deletes an order so that it can be restored.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where something of it is delivered or paid, or is to be.
pub async fn delete(ctx: &Ctx, id: order::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = tx.can::<Entity, Delete>()?.delete(id, expected).await?;
        match is_under_way(&deleted) {
            false => Ok(deleted),
            true => Err(Error::Refused("there are deliveries or payments: cancel it".to_owned())),
        }
    })
    .await
}

/// Makes an order whose lines are known, with the next number.
pub(in crate::sales) async fn place(
    tx: &Tx<'_>,
    id: order::Id,
    row: ActiveModel,
    lines: Vec<order_line::Model>,
) -> Result<OrderWithLines> {
    let number = numbers(tx, 1).await?.next().unwrap_or_default();
    insert(tx, false, id, ActiveModel { number: Set(number), ..row }, lines).await
}

/// An order that is there, with its lines, as it is in the transaction.
pub(in crate::sales) async fn whole(tx: &Tx<'_>, row: Model) -> Result<OrderWithLines> {
    let lines = lines_in(tx, row.id).await?;
    Ok(with_lines(row, lines))
}

/// The numbers of the next orders.
pub(crate) async fn numbers(tx: &Tx<'_>, count: usize) -> Result<impl Iterator<Item = String>> {
    let first = number::reserve(tx, "order", count as i64).await?;
    Ok((first..).take(count).map(|n| format!("O-{n}")))
}

fn changes(patch: OrderPatch, amounts: LineAmounts) -> ActiveModel {
    ActiveModel {
        customer_id: patch.customer_id.map_or(NotSet, Set),
        owner_id: patch.owner_id.into_active_value(),
        status: patch.status.map_or(NotSet, Set),
        ordered_on: patch.ordered_on.map_or(NotSet, Set),
        description: patch.description.into_active_value(),
        custom: patch.custom.map_or(NotSet, Set),
        tags: patch.tags.map_or(NotSet, Set),
        total_minor: Set(amounts.net),
        tax_minor: Set(amounts.tax),
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

fn shown(lines: &[order_line::Model], order: &Model) -> Vec<OrderLine> {
    lines.iter().map(|line| OrderLine::new(line.clone(), &order.currency)).collect()
}

fn with_lines(row: Model, lines: Vec<order_line::Model>) -> OrderWithLines {
    let lines = shown(&lines, &row);
    OrderWithLines { order: row.into(), lines }
}
