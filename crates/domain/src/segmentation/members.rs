//! Who is in a segment, or was at some time; and which segments a customer is, or was, in.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use rapport_entity::{
    Name,
    customers::customer,
    segmentation::{
        segment::{self, Entity},
        segment_member, segment_stay,
    },
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query, SelectStatement, UnionType},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    kernel::{Ctx, Listing, Page, Read, Result},
    records,
};

/// The customers that are in a segment, or were at a time, and that the actor may see: a list like any other.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound) where there is no such segment; [`Error::Invalid`](crate::Error::Invalid)
/// names everything in the listing that is wrong.
pub async fn members(
    ctx: &Ctx,
    id: segment::Id,
    at: Option<DateTime<Utc>>,
    listing: &Listing,
) -> Result<Page<customer::Model>> {
    let customers = ctx.can::<customer::Entity, Read>()?;
    records::get::<Entity>(ctx, id).await?;
    let mut ids = now_in(ctx, id);
    if let Some(at) = at {
        ids.and_where(Expr::col(segment_member::Column::EnteredAt).lte(at));
        ids.union(UnionType::All, left_since(ctx, id, at));
    }
    let customer = Expr::col((customer::Entity, customer::Column::Id));
    customers.page_of(listing, Condition::all().add(customer.in_subquery(ids))).await
}

/// The ids of those who are in a segment now.
pub(super) fn now_in(ctx: &Ctx, id: segment::Id) -> SelectStatement {
    use segment_member::Column::{CustomerId, SegmentId, WorkspaceId};
    Query::select()
        .column(CustomerId)
        .from(segment_member::Entity)
        .and_where(Expr::col(WorkspaceId).eq(ctx.actor().workspace))
        .and_where(Expr::col(SegmentId).eq(id))
        .to_owned()
}

/// The ids of those who were in it at a time and have left it since.
fn left_since(ctx: &Ctx, id: segment::Id, at: DateTime<Utc>) -> SelectStatement {
    use segment_stay::Column::{CustomerId, EnteredAt, LeftAt, SegmentId, WorkspaceId};
    Query::select()
        .column(CustomerId)
        .from(segment_stay::Entity)
        .and_where(Expr::col(WorkspaceId).eq(ctx.actor().workspace))
        .and_where(Expr::col(SegmentId).eq(id))
        .and_where(Expr::col(LeftAt).gt(at))
        .and_where(Expr::col(EnteredAt).lte(at))
        .to_owned()
}

/// A customer's being in a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct SegmentStay {
    /// The segment.
    pub segment_id: segment::Id,
    /// What it is called.
    pub segment_name: Name,
    /// From when on.
    pub entered_at: DateTime<Utc>,
    /// Until when, which does not belong to it; null while it goes on.
    pub left_at: Option<DateTime<Utc>>,
}

/// The most stays that one is told of.
const MOST_STAYS: u64 = 1_000;

/// The segments that a customer is in, or was at a time: the last that was entered first.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound) where there is no such customer.
pub async fn segments_of(
    ctx: &Ctx,
    id: customer::Id,
    at: Option<DateTime<Utc>>,
) -> Result<Vec<SegmentStay>> {
    records::get::<customer::Entity>(ctx, id).await?;
    let segments = ctx.can::<Entity, Read>()?;
    let mut stays = going_on(ctx, id, at).await?;
    if let Some(at) = at {
        stays.extend(ended(ctx, id, at).await?);
        stays.sort_by_key(|(_, entered_at, _)| std::cmp::Reverse(*entered_at));
    }
    let ids: Vec<segment::Id> = stays.iter().map(|(id, ..)| *id).collect();
    let known = segments.live(&ids).await?;
    let stay = |(id, entered_at, left_at)| {
        let segment = known.iter().find(|segment| segment.id == id)?;
        Some(SegmentStay {
            segment_id: id,
            segment_name: segment.name.clone(),
            entered_at,
            left_at,
        })
    };
    Ok(stays.into_iter().filter_map(stay).collect())
}

/// A segment, and from when until when.
type Stay = (segment::Id, DateTime<Utc>, Option<DateTime<Utc>>);

async fn going_on(ctx: &Ctx, id: customer::Id, at: Option<DateTime<Utc>>) -> Result<Vec<Stay>> {
    use segment_member::Column::{CustomerId, EnteredAt};
    let query = segment_member::Entity::find()
        .filter(CustomerId.eq(id))
        .filter(Condition::all().add_option(at.map(|at| EnteredAt.lte(at))))
        .order_by_desc(EnteredAt)
        .limit(MOST_STAYS);
    let rows = ctx.rows::<segment_member::Entity>().all(query).await?;
    Ok(rows.into_iter().map(|row| (row.segment_id, row.entered_at, None)).collect())
}

async fn ended(ctx: &Ctx, id: customer::Id, at: DateTime<Utc>) -> Result<Vec<Stay>> {
    use segment_stay::Column::{CustomerId, EnteredAt, LeftAt};
    let query = segment_stay::Entity::find()
        .filter(CustomerId.eq(id))
        .filter(LeftAt.gt(at))
        .filter(EnteredAt.lte(at))
        .limit(MOST_STAYS);
    let rows = ctx.rows::<segment_stay::Entity>().all(query).await?;
    Ok(rows.into_iter().map(|row| (row.segment_id, row.entered_at, Some(row.left_at))).collect())
}
