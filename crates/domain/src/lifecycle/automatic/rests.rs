//! Customers who have left a stage so lately that no rule brings them back, and when that ends.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::lifecycle::{
    lifecycle_move::{Column, Entity},
    lifecycle_stage::{self, Model},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};
use uuid::Uuid;

use crate::{
    following::Due,
    kernel::{Result, Tx, is_among},
};

/// How long nobody comes back into a stage by a rule; nothing where anybody may at once.
fn rest(stage: &Model) -> Option<TimeDelta> {
    let days = i64::from(stage.cooldown_days);
    (days > 0 && stage.entry_rule.is_some()).then(|| TimeDelta::days(days))
}

/// Those of some customers who rest, by the stage that they have left.
pub async fn resting(
    tx: &Tx<'_>,
    stages: &[Model],
    customers: &[Uuid],
    at: DateTime<Utc>,
) -> Result<HashMap<lifecycle_stage::Id, HashSet<Uuid>>> {
    let mut all = HashMap::new();
    for (stage, rest) in stages.iter().filter_map(|stage| Some((stage, rest(stage)?))) {
        let since = Column::MovedAt.gt(at - rest);
        let who = is_among(Expr::col((Entity, Column::CustomerId)), customers, tx.backend());
        let left = left(tx, stage).filter(since).filter(who);
        let ids = left.select_only().column(Column::CustomerId).into_tuple::<Uuid>();
        all.insert(stage.id, ids.all(tx.transaction()).await?.into_iter().collect());
    }
    Ok(all)
}

/// Those whose rest has ended between two moments.
pub async fn rested(
    tx: &Tx<'_>,
    stages: &[Model],
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    let mut all = Vec::new();
    for (stage, rest) in stages.iter().filter_map(|stage| Some((stage, rest(stage)?))) {
        let ended = Condition::all()
            .add(Column::MovedAt.gt(start - rest))
            .add(Column::MovedAt.lte(end - rest));
        let ids = left(tx, stage).filter(ended).select_only().column(Column::CustomerId);
        all.extend(ids.into_tuple::<Uuid>().all(tx.transaction()).await?);
    }
    Ok(all)
}

/// When the next rest ends.
pub async fn due(tx: &Tx<'_>, stages: &[Model], at: DateTime<Utc>) -> Result<Due> {
    let mut due: Due = None;
    for (stage, rest) in stages.iter().filter_map(|stage| Some((stage, rest(stage)?))) {
        let first = left(tx, stage).filter(Column::MovedAt.gt(at - rest)).select_only();
        let first = first.expr(Column::MovedAt.min()).into_tuple::<Due>();
        let ends = first.one(tx.transaction()).await?.flatten().map(|moved| moved + rest);
        due = due.into_iter().chain(ends).min();
    }
    Ok(due)
}

fn left(tx: &Tx<'_>, stage: &Model) -> sea_orm::Select<Entity> {
    Entity::find()
        .filter(Column::WorkspaceId.eq(tx.actor().workspace))
        .filter(Column::FromStageId.eq(stage.id))
}
