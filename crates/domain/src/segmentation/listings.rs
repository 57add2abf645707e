//! Customers who are put into a segment, or kept out of it, by hand.

use std::collections::BTreeSet;

use rapport_entity::{
    customers::customer,
    log::event,
    segmentation::{
        segment::{self, ActiveModel, Entity, Model},
        segment_listing::{self, Listing},
    },
};
use sea_orm::{
    ActiveEnum,
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query},
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::segments::evaluated;
use crate::{
    kernel::{
        Ctx, Error, Expected, Faults, Listing as ListOf, Page, Read, Result, Tx, Update, bulk,
        is_among,
    },
    records,
};

/// The most customers that are listed at once.
pub const MOST: usize = 1_000;

/// Puts customers into a segment, whatever its rule says. Who was kept out no longer is.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`] for whoever may not change the segment; [`Error::Conflict`] names each
/// customer that is not there; [`Error::Invalid`] where there are none or too many.
pub async fn include(ctx: &Ctx, id: segment::Id, customers: &[customer::Id]) -> Result<Model> {
    list(ctx, id, customers, Some(Listing::Included)).await
}

/// Keeps customers out of a segment, whatever its rule or another list says.
///
/// # Errors
/// As [`include`].
pub async fn exclude(ctx: &Ctx, id: segment::Id, customers: &[customer::Id]) -> Result<Model> {
    list(ctx, id, customers, Some(Listing::Excluded)).await
}

/// Takes customers off the lists of a segment, so that the rule alone says whether they are in it.
///
/// # Errors
/// As [`include`].
pub async fn unlist(ctx: &Ctx, id: segment::Id, customers: &[customer::Id]) -> Result<Model> {
    list(ctx, id, customers, None).await
}

async fn list(
    ctx: &Ctx,
    id: segment::Id,
    customers: &[customer::Id],
    to: Option<Listing>,
) -> Result<Model> {
    evaluated(ctx, list_only(ctx, id, customers, to).await?).await
}

/// Lists customers, without waiting for what follows from it.
pub(super) async fn list_only(
    ctx: &Ctx,
    id: segment::Id,
    customers: &[customer::Id],
    to: Option<Listing>,
) -> Result<Model> {
    let customers: BTreeSet<customer::Id> = customers.iter().copied().collect();
    if customers.is_empty() || customers.len() > MOST {
        return Err(Error::invalid("/customerIds", format!("must be 1 to {MOST} customers")));
    }
    let customers: Vec<customer::Id> = customers.into_iter().collect();
    ctx.tx(async |tx| {
        let segments = tx.can::<Entity, Update>()?;
        let segment = segments.lock(id, Expected::Any).await?;
        check_there(tx, &customers).await?;
        write(tx, &segment, &customers, to).await?;
        match segment.has_listings || to.is_none() {
            true => Ok(segment),
            false => {
                let row = ActiveModel { has_listings: Set(true), ..Default::default() };
                segments.update(id, Expected::Any, row).await
            }
        }
    })
    .await
}

async fn check_there(tx: &Tx<'_>, customers: &[customer::Id]) -> Result<()> {
    let known = tx.can::<customer::Entity, Read>()?.live(customers).await?;
    let known: BTreeSet<customer::Id> = known.into_iter().map(|row| row.id).collect();
    let mut faults = Faults::default();
    for (n, id) in customers.iter().enumerate().filter(|(_, id)| !known.contains(id)) {
        faults.conflict(format!("/customerIds/{n}"), format!("there is no customer {id}"));
    }
    faults.check()
}

/// Brings the lists to what they shall be, and tells the log of each customer of whom that is something new.
async fn write(
    tx: &Tx<'_>,
    segment: &Model,
    customers: &[customer::Id],
    to: Option<Listing>,
) -> Result<()> {
    let rows = tx.rows::<segment_listing::Entity>();
    let ids: Vec<Uuid> = customers.iter().map(|id| id.uuid()).collect();
    let these = || {
        use segment_listing::Column::{CustomerId, Listing as Of, SegmentId};
        Condition::all()
            .add(SegmentId.eq(segment.id))
            .add(Of.is_in([Listing::Included, Listing::Excluded]))
            .add(is_among(Expr::col(CustomerId), &ids, tx.backend()))
    };
    let before = rows.all(segment_listing::Entity::find().filter(these())).await?;
    let was =
        |id: customer::Id| before.iter().find(|row| row.customer_id == id).map(|row| row.listing);
    let changed: Vec<customer::Id> =
        customers.iter().copied().filter(|id| was(*id) != to).collect();
    rows.delete(these().add(segment_listing::Column::CustomerId.is_in(changed.clone()))).await?;
    if let Some(listing) = to {
        let row = |id: &customer::Id| segment_listing::Model {
            workspace_id: tx.actor().workspace,
            segment_id: segment.id,
            listing,
            customer_id: *id,
            listed_at: tx.now(),
        };
        rows.insert(&changed.iter().map(row).collect::<Vec<_>>()).await?;
    }
    let events: Vec<event::Model> =
        changed.iter().map(|id| told(tx, segment, *id, was(*id), to)).collect();
    bulk::insert_events(tx.transaction(), &events).await
}

fn told(
    tx: &Tx<'_>,
    segment: &Model,
    customer: customer::Id,
    was: Option<Listing>,
    is: Option<Listing>,
) -> event::Model {
    let side = |listing: Option<Listing>| match listing {
        Some(listing) => {
            json!({ "segmentId": segment.id, "customerId": customer, "listing": listing.to_value() })
        }
        None => Json::Object(serde_json::Map::new()),
    };
    let what = if is.is_some() { "listed" } else { "unlisted" };
    event::Model {
        seq: 0,
        workspace_id: tx.actor().workspace,
        id: Uuid::now_v7(),
        name: format!("segment.{what}"),
        subject_id: segment.id.uuid(),
        subject_version: segment.version,
        customer_id: Some(customer),
        actor_kind: tx.actor().kind,
        actor_id: tx.actor().caller(),
        at: tx.now(),
        data: json!({ "before": side(was), "after": side(is) }),
    }
}

/// The customers on a list of a segment that the actor may see: a list like any other.
///
/// # Errors
/// [`Error::NotFound`] where there is no such segment; [`Error::Invalid`] names everything in the listing that is wrong.
pub async fn listed(
    ctx: &Ctx,
    id: segment::Id,
    on: Listing,
    listing: &ListOf,
) -> Result<Page<customer::Model>> {
    use segment_listing::Column::{CustomerId, Listing as Of, SegmentId, WorkspaceId};
    let customers = ctx.can::<customer::Entity, Read>()?;
    records::get::<Entity>(ctx, id).await?;
    let ids = Query::select()
        .column(CustomerId)
        .from(segment_listing::Entity)
        .and_where(Expr::col(WorkspaceId).eq(ctx.actor().workspace))
        .and_where(Expr::col(SegmentId).eq(id))
        .and_where(Expr::col(Of).eq(on.to_value()))
        .to_owned();
    let customer = Expr::col((customer::Entity, customer::Column::Id));
    customers.page_of(listing, Condition::all().add(customer.in_subquery(ids))).await
}
