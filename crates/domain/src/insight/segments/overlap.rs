use std::collections::HashMap;

use async_graphql::SimpleObject;
use rapport_entity::{
    Name,
    segmentation::{segment, segment_member},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, Order, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Query},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    insight::{
        basis::{Basis, members, readable},
        share::share,
    },
    kernel::{Ctx, Read, Result, database::is_one_of},
    records,
};

/// How many members of a segment are in others too.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "SegmentOverlapRow")]
pub struct SegmentOverlap {
    /// How many members it has.
    #[schema(minimum = 0)]
    pub customers: i64,
    /// The segments that most of its members are in too, at most 20.
    #[schema(max_items = 20)]
    pub others: Vec<OverlappingSegment>,
}

/// A segment that members of another are in too.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct OverlappingSegment {
    /// The segment.
    pub segment_id: segment::Id,
    /// What the segment is called.
    pub name: Name,
    /// How many members it has.
    #[schema(minimum = 0)]
    pub customers: i64,
    /// How many customers are in both.
    #[schema(minimum = 1)]
    pub common: i64,
    /// These as a part of the first segment's members, from 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub share: f64,
    /// These as a part of all who are in one or the other (Jaccard's index), from 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub jaccard: f64,
}

/// The most segments of an overlap.
const MOST_OTHERS: u64 = 20;

/// Which other segments the members of one are in, of the customers that the actor may read.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound).
pub async fn overlap(ctx: &Ctx, id: segment::Id) -> Result<SegmentOverlap> {
    records::get::<segment::Entity>(ctx, id).await?;
    let segments = ctx.can::<segment::Entity, Read>()?;
    let customers = sizes(ctx, &[id.uuid()]).await?.get(&id.uuid()).copied().unwrap_or(0);
    let common = common(ctx, id).await?;
    let ids: Vec<Uuid> = common.iter().map(|(other, _)| *other).collect();
    let sizes = sizes(ctx, &ids).await?;
    let these = is_one_of(Expr::col(segment::Column::Id), &ids, ctx.database().backend());
    let rows = segments.filtered(these.into(), MOST_OTHERS).await?;
    let other = |(other, common): (Uuid, i64)| {
        let row = rows.iter().find(|row| row.id.uuid() == other)?;
        let size = sizes.get(&other).copied().unwrap_or(common);
        Some(OverlappingSegment {
            segment_id: row.id,
            name: row.name.clone(),
            customers: size,
            common,
            share: share(common, customers)?,
            jaccard: share(common, customers + size - common)?,
        })
    };
    Ok(SegmentOverlap { customers, others: common.into_iter().filter_map(other).collect() })
}

/// The segments that most members of one are in too, and how many are.
async fn common(ctx: &Ctx, id: segment::Id) -> Result<Vec<(Uuid, i64)>> {
    use segment_member::Column::{CustomerId, SegmentId, WorkspaceId};
    let other = Alias::new("other");
    let theirs = |column| Expr::col((other.clone(), column));
    let seen = Query::select()
        .column((segment::Entity, segment::Column::Id))
        .from(segment::Entity)
        .cond_where(readable::<segment::Entity>(ctx)?)
        .to_owned();
    let query = Query::select()
        .expr(theirs(SegmentId))
        .expr(Expr::cust("count(*)"))
        .from_as(segment_member::Entity, other.clone())
        .and_where(theirs(WorkspaceId).eq(ctx.actor().workspace))
        .and_where(theirs(SegmentId).ne(id))
        .and_where(theirs(SegmentId).in_subquery(seen))
        .and_where(theirs(CustomerId).in_subquery(members(ctx, id)))
        .and_where(theirs(CustomerId).in_subquery(Basis::everybody(ctx).customers()?))
        .add_group_by([theirs(SegmentId)])
        .order_by_expr(Expr::cust("count(*)"), Order::Desc)
        .order_by((other.clone(), SegmentId), Order::Asc)
        .limit(MOST_OTHERS)
        .to_owned();
    let db = ctx.reader().await?;
    let read = |row: QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    Ok(db.each(db.get_database_backend().build(&query), read).await?)
}

/// How many customers that the actor may read are in each segment.
async fn sizes(ctx: &Ctx, ids: &[Uuid]) -> Result<HashMap<Uuid, i64>> {
    use segment_member::Column::{CustomerId, SegmentId, WorkspaceId};
    let db = ctx.reader().await?;
    let backend = db.get_database_backend();
    let member = Expr::col((segment_member::Entity, CustomerId));
    let query = Query::select()
        .column(SegmentId)
        .expr(Expr::cust("count(*)"))
        .from(segment_member::Entity)
        .and_where(WorkspaceId.eq(ctx.actor().workspace))
        .and_where(is_one_of(Expr::col(SegmentId), ids, backend))
        .and_where(member.in_subquery(Basis::everybody(ctx).customers()?))
        .group_by_col(SegmentId)
        .to_owned();
    let read = |row: QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    Ok(db.each(backend.build(&query), read).await?.into_iter().collect())
}
