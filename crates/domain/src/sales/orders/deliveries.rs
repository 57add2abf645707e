use std::collections::HashMap;

use async_graphql::InputObject;
use rapport_entity::{
    Date, ExternalId, Moment, Name, Quantity, Source, Text, Versioned,
    sales::{
        delivery::{self, ActiveModel, Column, Delivery, Entity, Kind, Model, Status},
        delivery_line::{self, DeliveryLine},
        order,
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, EntityTrait, IntoActiveValue, QueryFilter, QueryOrder,
    sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    packing::{Load, packed},
    progress::{Progress, Shipment},
    states::check_becomes,
    whole::{Whole, check_order},
};
use crate::{
    kernel::{
        Create, Ctx, Error, Expected, Faults, Listing, Page, Patch, Read, Result, Tx, Update,
        database::is_one_of, patched,
    },
    number,
    records::{self, Known, grouped},
};

/// A delivery, with what is in it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryWithLines {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: Delivery,
    /// What is in it.
    #[schema(max_items = 200)]
    pub lines: Vec<DeliveryLine>,
}

impl Versioned for DeliveryWithLines {
    fn id(&self) -> Uuid {
        self.delivery.id.uuid()
    }

    fn version(&self) -> i32 {
        self.delivery.version
    }
}

/// So many of a line of the order.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDeliveryLine {
    /// The position of the line in the order, from 1.
    #[schema(minimum = 1, maximum = 200)]
    pub line: i32,
    /// How many of it; all that are left where left out.
    pub quantity: Option<Quantity>,
}

/// A delivery or a return to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDelivery {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<delivery::Id>,
    /// The order whose goods they are: it must be placed or completed.
    pub order_id: order::Id,
    /// Which way they go; to the customer where left out.
    pub kind: Option<Kind>,
    /// Where it stands; planned where left out.
    pub status: Option<Status>,
    /// What is in it; everything that is left to be delivered, or that the customer has, where left out.
    #[schema(min_items = 1, max_items = 200)]
    pub lines: Option<Vec<NewDeliveryLine>>,
    /// Who carries them.
    pub carrier: Option<Name>,
    /// The carrier's number for them.
    pub tracking_code: Option<Name>,
    /// Why they come back.
    pub reason: Option<Text>,
    /// The day on which they are to arrive, in the workspace's time zone.
    pub planned_on: Option<Date>,
    /// When they were shipped; now where left out and they are.
    pub shipped_at: Option<Moment>,
    /// When they arrived; now where left out and they have.
    pub delivered_at: Option<Moment>,
}

/// What to change of a delivery: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeliveryPatch {
    /// Where it stands: one of its `next`.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Status)]
    pub status: Option<Status>,
    /// What is in it: these lines, and no others. Only while it is planned.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<NewDeliveryLine>, min_items = 1, max_items = 200)]
    pub lines: Option<Vec<NewDeliveryLine>>,
    /// Who carries them.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    pub carrier: Patch<Name>,
    /// The carrier's number for them.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    pub tracking_code: Patch<Name>,
    /// Why they come back.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub reason: Patch<Text>,
    /// The day on which they are to arrive, in the workspace's time zone.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub planned_on: Patch<Date>,
    /// When they were shipped.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Moment)]
    pub shipped_at: Option<Moment>,
    /// When they arrived.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Moment)]
    pub delivered_at: Option<Moment>,
}

impl From<NewDelivery> for DeliveryPatch {
    fn from(new: NewDelivery) -> Self {
        Self {
            status: new.status,
            lines: new.lines,
            carrier: new.carrier.into(),
            tracking_code: new.tracking_code.into(),
            reason: new.reason.into(),
            planned_on: new.planned_on.into(),
            shipped_at: new.shipped_at,
            delivered_at: new.delivered_at,
        }
    }
}

/// A page of deliveries, with what is in them: two queries, however many.
///
/// # Errors
/// [`Error::Invalid`] names everything in the listing that is wrong.
pub async fn list(ctx: &Ctx, listing: &Listing) -> Result<Page<DeliveryWithLines>> {
    let page = ctx.can::<Entity, Read>()?.page(listing).await?;
    let ids: Vec<delivery::Id> = page.items.iter().map(|row| row.id).collect();
    let mut lines = lines_of(ctx, &ids).await?;
    Ok(page.map(|row| with_lines(row.clone(), lines.remove(&row.id).unwrap_or_default())))
}

/// One delivery, with what is in it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(ctx: &Ctx, id: delivery::Id) -> Result<DeliveryWithLines> {
    let row = ctx.can::<Entity, Read>()?.one(id).await?;
    let mut lines = lines_of(ctx, &[id]).await?;
    Ok(with_lines(row, lines.remove(&id).unwrap_or_default()))
}

/// What is in some deliveries that the caller has been shown.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn lines_of(
    ctx: &Ctx,
    deliveries: &[delivery::Id],
) -> Result<HashMap<delivery::Id, Vec<delivery_line::Model>>> {
    if deliveries.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = deliveries.iter().map(|id| id.uuid()).collect();
    let id = Expr::col(delivery_line::Column::DeliveryId);
    let theirs = delivery_line::Entity::find()
        .filter(is_one_of(id, &ids, ctx.database().backend()))
        .order_by_asc(delivery_line::Column::Line);
    let lines = ctx.rows::<delivery_line::Entity>().all(theirs).await?;
    Ok(grouped(lines, |line| line.delivery_id))
}

/// The deliveries and returns of some orders that the caller may read, the oldest first.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn of_orders(ctx: &Ctx, orders: &[order::Id]) -> Result<HashMap<order::Id, Vec<Model>>> {
    let ids: Vec<Uuid> = orders.iter().map(|id| id.uuid()).collect();
    let theirs = is_one_of(Expr::col(Column::OrderId), &ids, ctx.database().backend());
    let mut rows = ctx.can::<Entity, Read>()?.matching_even_deleted(theirs.into()).await?;
    rows.sort_by_key(|row| (row.created_at, row.id));
    Ok(grouped(rows, |row| row.order_id))
}

/// Makes a delivery or a return. The order's `deliveryStatus` follows; an order of which the customer has everything is
/// completed.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`] name every member that is wrong; [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewDelivery) -> Result<DeliveryWithLines> {
    ctx.tx(async |tx| {
        let whole = Whole::lock(tx, new.order_id).await?;
        create_in(tx, whole, new, None).await
    })
    .await
}

async fn create_in(
    tx: &Tx<'_>,
    whole: Whole,
    new: NewDelivery,
    known: Option<Known>,
) -> Result<DeliveryWithLines> {
    let deliveries = tx.can::<Entity, Create>()?;
    let id = new.id.unwrap_or_default();
    let kind = new.kind.unwrap_or_default();
    let there = records::made_before(tx, new.id).await?;
    let mut faults = Faults::default();
    if there.is_none() {
        check_order(&whole.order, &mut faults);
    }
    let others = whole.progress.clone().with_shipment(id, None);
    let load = Load { id, kind, ordered: &whole.lines, others: &others };
    let lines = packed(tx, load, new.lines.as_deref(), &mut faults);
    let (source, external_id) = known.unzip();
    let row = ActiveModel {
        number: Set(there.as_ref().map(|there: &Model| there.number.clone()).unwrap_or_default()),
        order_id: Set(new.order_id),
        customer_id: Set(whole.order.customer_id),
        kind: Set(kind),
        status: Set(new.status.unwrap_or_default()),
        carrier: Set(new.carrier),
        tracking_code: Set(new.tracking_code),
        reason: Set(new.reason),
        planned_on: Set(new.planned_on),
        shipped_at: Set(new.shipped_at),
        delivered_at: Set(new.delivered_at),
        source: Set(source),
        external_id: Set(external_id),
        ..Default::default()
    };
    let mut row = dated(tx, deliveries.complete(Some(id), row)?, there.as_ref(), &mut faults);
    faults.check()?;
    if there.is_some() {
        let made = deliveries.insert(Some(id), row).await?;
        return same(made, whole.progress, lines);
    }
    let (name, letter) = match kind {
        Kind::Delivery => ("delivery", 'D'),
        Kind::Return => ("return", 'R'),
    };
    row.number = format!("{letter}-{}", number::reserve(tx, name, 1).await?);
    let made = deliveries.insert(Some(id), row).await?;
    tx.rows::<delivery_line::Entity>().insert(&lines).await?;
    let now = Shipment { row: made.clone(), lines: lines.clone() };
    whole.follow(tx, |progress| progress.with_shipment(id, Some(now))).await?;
    Ok(with_lines(made, lines))
}

/// A repeated create finds its delivery there, with the same lines.
fn same(
    made: Model,
    progress: Progress,
    lines: Vec<delivery_line::Model>,
) -> Result<DeliveryWithLines> {
    let there = progress.shipments.into_iter().find(|shipment| shipment.row.id == made.id);
    match there.is_some_and(|there| there.lines == lines) {
        true => Ok(with_lines(made, lines)),
        false => Err(Error::Duplicate("a record with this id already exists".to_owned())),
    }
}

/// Changes a delivery.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Invalid`]; [`Error::Conflict`] says what it may become.
pub async fn update(
    ctx: &Ctx,
    id: delivery::Id,
    expected: Expected,
    patch: DeliveryPatch,
) -> Result<DeliveryWithLines> {
    ctx.tx(async |tx| {
        let found = tx.can::<Entity, Read>()?.one(id).await?;
        let whole = Whole::lock(tx, found.order_id).await?;
        change(tx, whole, found, expected, patch).await
    })
    .await
}

/// The order is locked first, as by everybody who changes what becomes of it.
async fn change(
    tx: &Tx<'_>,
    whole: Whole,
    found: Model,
    expected: Expected,
    patch: DeliveryPatch,
) -> Result<DeliveryWithLines> {
    let before = tx.can::<Entity, Update>()?.lock(found.id, expected).await?;
    let of = |shipment: &&Shipment| shipment.row.id == before.id;
    let old = whole.progress.shipments.iter().find(of);
    let old = old.map(|shipment| shipment.lines.clone()).unwrap_or_default();
    let mut faults = Faults::default();
    if let Some(that) = patch.status {
        let is = before.status;
        check_becomes(before.kind.called(), (is, that), is.next(), &mut faults);
    }
    let lines = match &patch.lines {
        Some(asked) => {
            let others = whole.progress.clone().with_shipment(before.id, None);
            let (id, kind) = (before.id, before.kind);
            let load = Load { id, kind, ordered: &whole.lines, others: &others };
            packed(tx, load, Some(asked), &mut faults)
        }
        None => old.clone(),
    };
    if lines != old && before.status != Status::Planned {
        faults.conflict("/lines", "stay as they are: only what is planned can be changed");
    }
    let after = patched::<Entity>(&before, changes(patch))?;
    let after = dated(tx, after, Some(&before), &mut faults);
    faults.check()?;
    let after = save(tx, (&before, &old), (after, &lines)).await?;
    let now = Shipment { row: after.clone(), lines: lines.clone() };
    whole.follow(tx, |progress| progress.with_shipment(after.id, Some(now))).await?;
    Ok(with_lines(after, lines))
}

fn changes(patch: DeliveryPatch) -> ActiveModel {
    ActiveModel {
        status: patch.status.map_or(NotSet, Set),
        carrier: patch.carrier.into_active_value(),
        tracking_code: patch.tracking_code.into_active_value(),
        reason: patch.reason.into_active_value(),
        planned_on: patch.planned_on.into_active_value(),
        shipped_at: patch.shipped_at.map_or(NotSet, |at| Set(Some(at))),
        delivered_at: patch.delivered_at.map_or(NotSet, |at| Set(Some(at))),
        ..Default::default()
    }
}

async fn save(
    tx: &Tx<'_>,
    (before, old): (&Model, &[delivery_line::Model]),
    (after, lines): (Model, &[delivery_line::Model]),
) -> Result<Model> {
    if lines != old {
        let rows = tx.rows::<delivery_line::Entity>();
        let its = Condition::all().add(delivery_line::Column::DeliveryId.eq(before.id));
        rows.delete(its).await?;
        rows.insert(lines).await?;
    }
    let what = match after.status == before.status {
        true => "updated",
        false => after.status.happened(),
    };
    let also = [("lines", json!(shown(old.to_vec())), json!(shown(lines.to_vec())))];
    tx.can::<Entity, Update>()?.save(before, after, what, &also).await
}

/// Makes the delivery that another system knows by this id, or changes it: what is left out, or null, stays as it is. The
/// flag says whether it was made.
///
/// # Errors
/// As [`create`] and [`update`]; [`Error::Conflict`] where it is of another order or goes the other way.
pub async fn upsert(
    ctx: &Ctx,
    source: Source,
    external_id: ExternalId,
    expected: Expected,
    new: NewDelivery,
) -> Result<(DeliveryWithLines, bool)> {
    let known = (source, external_id);
    let once = || upsert_once(ctx, known.clone(), expected.clone(), new.clone());
    records::made_or_changed(once).await
}

async fn upsert_once(
    ctx: &Ctx,
    known: Known,
    expected: Expected,
    new: NewDelivery,
) -> Result<(DeliveryWithLines, bool)> {
    ctx.tx(async |tx| {
        // Whoever made it meanwhile has let the order go, so that it is seen.
        let whole = Whole::lock(tx, new.order_id).await?;
        let by = Condition::all()
            .add(Column::Source.eq(known.0.clone()))
            .add(Column::ExternalId.eq(known.1.clone()));
        let Some(found) = records::known_by::<Entity>(tx, by).await? else {
            return Ok((create_in(tx, whole, new, Some(known)).await?, true));
        };
        let mut faults = Faults::default();
        if new.order_id != found.order_id {
            faults.conflict("/orderId", "is not the order that the delivery is of");
        }
        if new.kind.is_some_and(|kind| kind != found.kind) {
            faults.conflict("/kind", "stays as it is");
        }
        faults.check()?;
        Ok((change(tx, whole, found, expected, new.into()).await?, false))
    })
    .await
}

/// When it was shipped and arrived: now, where it is not said.
fn dated(tx: &Tx<'_>, mut row: Model, before: Option<&Model>, faults: &mut Faults) -> Model {
    let now = Some(Moment::from(tx.now()));
    // A repeated create finds the moments of the first one.
    row.shipped_at = row.shipped_at.or(before.and_then(|before| before.shipped_at));
    row.delivered_at = row.delivered_at.or(before.and_then(|before| before.delivered_at));
    match row.status {
        Status::Shipped => row.shipped_at = row.shipped_at.or(now),
        Status::Delivered => row.delivered_at = row.delivered_at.or(now),
        Status::Planned | Status::Cancelled => {}
    }
    let given = |of: fn(&Model) -> Option<Moment>| of(&row) != before.and_then(of);
    if given(|row| row.shipped_at) && row.status == Status::Planned {
        faults.conflict("/shippedAt", "it is not shipped");
    }
    if given(|row| row.delivered_at) && row.status != Status::Delivered {
        faults.conflict("/deliveredAt", "it has not arrived");
    }
    for (at, when) in [("/shippedAt", row.shipped_at), ("/deliveredAt", row.delivered_at)] {
        if when > now {
            faults.conflict(at, "is in the future");
        }
    }
    if row.delivered_at.is_some() && row.delivered_at < row.shipped_at {
        faults.conflict("/deliveredAt", "is before it was shipped");
    }
    row
}

fn with_lines(row: Model, lines: Vec<delivery_line::Model>) -> DeliveryWithLines {
    DeliveryWithLines { delivery: row.into(), lines: shown(lines) }
}

fn shown(lines: Vec<delivery_line::Model>) -> Vec<DeliveryLine> {
    lines.into_iter().map(DeliveryLine::from).collect()
}
