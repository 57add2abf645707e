//! Snapshots: whoever satisfied a rule at one time.

use chrono::{DateTime, Utc};
use rapport_entity::segmentation::{
    segment::{self, Kind},
    segment_listing::{self, Column, Listing},
};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use super::differences::all_of;
use crate::kernel::{Error, Result, Tx};

/// Takes those of some segments that are snapshots and have not been taken: whoever satisfies the rule at a moment is kept
/// on a list, which is what the segment goes by from then on.
pub async fn take(tx: &Tx<'_>, ids: &[Uuid], at: DateTime<Utc>) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let untaken = segment::Entity::find()
        .filter(segment::Column::Id.is_in(ids.iter().copied()))
        .filter(segment::Column::Kind.eq(Kind::Snapshot))
        .filter(segment::Column::TakenAt.is_null())
        .filter(segment::Column::DeletedAt.is_null());
    for row in tx.rows::<segment::Entity>().all(untaken).await? {
        let taken = tx.attempt(async || take_one(tx, &row, at).await).await;
        if let Err(err) = taken {
            tracing::error!(segment = %row.id, "a snapshot cannot be taken: {err:?}");
        }
    }
    Ok(())
}

async fn take_one(tx: &Tx<'_>, row: &segment::Model, at: DateTime<Utc>) -> Result<()> {
    let former =
        Condition::all().add(Column::SegmentId.eq(row.id)).add(Column::Listing.eq(Listing::Taken));
    tx.rows::<segment_listing::Entity>().delete(former).await?;
    let matching = all_of(tx, &row.rule, at)?
        .expr(Expr::val(tx.actor().workspace))
        .expr(Expr::val(row.id))
        .expr(Expr::val(Listing::Taken.to_value()))
        .expr(Expr::val(at))
        .to_owned();
    let mut insert = Query::insert();
    insert.into_table(segment_listing::Entity).columns([
        Column::CustomerId,
        Column::WorkspaceId,
        Column::SegmentId,
        Column::Listing,
        Column::ListedAt,
    ]);
    insert.select_from(matching).map_err(|err| Error::Internal(err.into()))?;
    tx.transaction().execute_raw(tx.backend().build(&insert)).await?;
    let this = Condition::all().add(segment::Column::Id.eq(row.id));
    tx.rows::<segment::Entity>().set(segment::Column::TakenAt, at, this).await?;
    Ok(())
}
