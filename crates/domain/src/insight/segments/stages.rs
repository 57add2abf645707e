use std::collections::HashMap;

use async_graphql::SimpleObject;
use rapport_entity::{
    Name, customers::customer, lifecycle::lifecycle_stage, segmentation::segment,
};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Expr, ExprTrait},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    insight::{basis::Basis, funnel::stages_in_order, share::share},
    kernel::{Ctx, Result},
    records,
};

/// In which lifecycle stages the members of a segment are.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "SegmentStagesRow")]
pub struct SegmentStages {
    /// How many members it has.
    #[schema(minimum = 0)]
    pub customers: i64,
    /// The stages, in the order of their positions, those that no member is in too; last those in none, where there are any.
    #[schema(max_items = 201)]
    pub stages: Vec<StageOfMembers>,
}

/// The members of a segment that are in one stage.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct StageOfMembers {
    /// The stage; null for members who are in none.
    pub stage_id: Option<lifecycle_stage::Id>,
    /// What the stage is called.
    pub name: Option<Name>,
    /// How many members.
    #[schema(minimum = 0)]
    pub customers: i64,
    /// These as a part of all members, from 0 to 1; 0 where there are none.
    #[schema(minimum = 0, maximum = 1)]
    pub share: f64,
}

/// In which stages those are who are in a segment now, of the customers that the actor may read.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Forbidden`](crate::Error::Forbidden).
pub async fn stages(ctx: &Ctx, id: segment::Id) -> Result<SegmentStages> {
    records::get::<segment::Entity>(ctx, id).await?;
    let stages = stages_in_order(ctx).await?;
    let found = in_stages(ctx, id).await?;
    let customers: i64 = found.values().sum();
    let share = |count: i64| share(count, customers).unwrap_or(0.0);
    let live = stages.into_iter().filter(|stage| stage.deleted_at.is_none());
    let mut stages: Vec<StageOfMembers> = live
        .map(|stage| {
            let count = found.get(&Some(stage.id.uuid())).copied().unwrap_or(0);
            let name = Some(stage.name);
            StageOfMembers { stage_id: Some(stage.id), name, customers: count, share: share(count) }
        })
        .collect();
    let rest = customers - stages.iter().map(|stage| stage.customers).sum::<i64>();
    if rest > 0 {
        let none =
            StageOfMembers { stage_id: None, name: None, customers: rest, share: share(rest) };
        stages.push(none);
    }
    Ok(SegmentStages { customers, stages })
}

/// How many members are in each stage.
async fn in_stages(ctx: &Ctx, id: segment::Id) -> Result<HashMap<Option<Uuid>, i64>> {
    use customer::Column::{Id, StageId};
    let query = Basis::everybody(ctx)
        .within(id)
        .customers()?
        .clear_selects()
        .column((customer::Entity, StageId))
        .expr(Expr::col((customer::Entity, Id)).count())
        .group_by_col((customer::Entity, StageId))
        .to_owned();
    let db = ctx.reader().await?;
    let read = |row: QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    Ok(db.each(db.get_database_backend().build(&query), read).await?.into_iter().collect())
}
