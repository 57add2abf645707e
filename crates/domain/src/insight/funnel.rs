use std::collections::HashMap;

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use rapport_entity::{
    Date, Name, Slug,
    customers::customer,
    lifecycle::{
        lifecycle_move,
        lifecycle_stage::{self, Kind, Model},
    },
    segmentation::segment,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement, WindowStatement},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    basis::Basis,
    period::{Period, today},
    share::share,
};
use crate::{
    kernel::{Ctx, Read, Result, database::Lease, start_of},
    lifecycle::is_back,
};

/// What is asked for of the funnel.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The first day of those on which a stay in a stage began; 365 days before the last where left out.
    pub from: Option<Date>,
    /// The last; today where left out.
    pub to: Option<Date>,
    /// Only customers who are in this segment now.
    pub segment_id: Option<segment::Id>,
}

/// How customers go from stage to stage.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "FunnelAnalysisRow")]
pub struct FunnelAnalysis {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The stages, in the order of their positions.
    #[schema(max_items = 200)]
    pub stages: Vec<FunnelStage>,
}

/// The stays in a stage that began in the period, and what has become of them until now.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct FunnelStage {
    /// The stage.
    pub stage_id: lifecycle_stage::Id,
    /// What the stage is called.
    pub name: Name,
    /// What programs call it.
    pub key: Slug,
    /// What it means.
    pub kind: Kind,
    /// How many stays began. (A customer may come more than once.)
    #[schema(minimum = 0)]
    pub entered: i64,
    /// How many of them ended with a move forward.
    #[schema(minimum = 0)]
    pub moved_on: i64,
    /// How many of them ended with a move back, to have lapsed or to be lost among them.
    #[schema(minimum = 0)]
    pub moved_back: i64,
    /// How many of them still go on.
    #[schema(minimum = 0)]
    pub staying: i64,
    /// The part that moved on, from 0 to 1; null where none began.
    #[schema(minimum = 0, maximum = 1)]
    pub conversion: Option<f64>,
    /// The average of how long those that have ended took, in days of 24 hours; null where none has.
    #[schema(minimum = 0)]
    pub mean_days: Option<f64>,
    /// The middle of how long they took; of an even number the average of the two in the middle.
    #[schema(minimum = 0)]
    pub median_days: Option<f64>,
    /// To which stages those that have ended moved, most first.
    #[schema(max_items = 1000)]
    pub moves: Vec<FunnelMoves>,
}

/// Stays that ended with a move to one stage.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct FunnelMoves {
    /// The stage.
    pub stage_id: lifecycle_stage::Id,
    /// What the stage is called.
    pub name: Name,
    /// How many stays.
    #[schema(minimum = 1)]
    pub count: i64,
    /// These as a part of all that began, from 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub share: f64,
}

/// How the customers that the actor may read have gone from stage to stage.
///
/// # Errors
/// [`Error::Conflict`](crate::Error::Conflict), [`Error::Forbidden`](crate::Error::Forbidden).
pub async fn analyse(ctx: &Ctx, asked: &Asked) -> Result<FunnelAnalysis> {
    let basis = Basis::of_customers(ctx, asked.segment_id).await?;
    let stages = stages_in_order(ctx).await?;
    let period = Period::asked(asked.from, asked.to, (today(ctx), 365))?;
    let counted = Counted { ctx, basis: &basis, began: began(ctx, period) };
    let db = ctx.reader().await?;
    let (moves, staying) = (counted.moves(&db).await?, counted.staying(&db).await?);
    let medians = counted.medians(&db).await?;
    drop(db);
    let funnel = Funnel { stages, moves, staying, medians };
    Ok(FunnelAnalysis { from: period.from, to: period.to, stages: funnel.shown() })
}

/// The stages that the actor may read, in the order of their positions, deleted ones too: customers were in them.
pub(super) async fn stages_in_order(ctx: &Ctx) -> Result<Vec<Model>> {
    let stages = ctx.can::<lifecycle_stage::Entity, Read>()?;
    let mut stages = stages.matching_even_deleted(Condition::all()).await?;
    stages.sort_by_key(|stage| (i64::from(stage.position), stage.sort_name.clone()));
    Ok(stages)
}

/// When the first day begins, and when the last one ends.
fn began(ctx: &Ctx, period: Period) -> (DateTime<Utc>, DateTime<Utc>) {
    let after = period.to.day().succ_opt().unwrap_or(chrono::NaiveDate::MAX);
    (start_of(period.from.day(), ctx.actor()), start_of(after, ctx.actor()))
}

/// Stays that ended with a move from one stage to another: how many, and how many seconds they took.
struct Moves {
    from: Uuid,
    to: Uuid,
    count: i64,
    seconds: i64,
}

/// The stays that began within some time, of some customers.
struct Counted<'c> {
    ctx: &'c Ctx,
    basis: &'c Basis<'c>,
    began: (DateTime<Utc>, DateTime<Utc>),
}

impl Counted<'_> {
    /// Those that have ended.
    fn ended(&self) -> Result<SelectStatement> {
        use lifecycle_move::Column::{CustomerId, FromStageId, MovedAt, Since, WorkspaceId};
        let customer = Expr::col((lifecycle_move::Entity, CustomerId));
        let query = Query::select()
            .from(lifecycle_move::Entity)
            .and_where(WorkspaceId.eq(self.ctx.actor().workspace))
            .and_where(FromStageId.is_not_null())
            .and_where(Since.gte(self.began.0))
            .and_where(Since.lt(self.began.1))
            // It follows from that, and an index can tell.
            .and_where(MovedAt.gte(self.began.0))
            .and_where(customer.in_subquery(self.basis.customers()?))
            .to_owned();
        Ok(query)
    }

    async fn moves(&self, db: &Lease) -> Result<Vec<Moves>> {
        use lifecycle_move::Column::{FromStageId, Seconds, ToStageId};
        let query = self
            .ended()?
            .columns([FromStageId, ToStageId])
            .expr(Expr::cust("count(*)"))
            .expr(Expr::col(Seconds).sum().cast_as(Alias::new("bigint")))
            .group_by_columns([FromStageId, ToStageId])
            .to_owned();
        let read = |row: QueryResult| {
            Ok(Moves {
                from: row.try_get_by_index(0)?,
                to: row.try_get_by_index(1)?,
                count: row.try_get_by_index(2)?,
                seconds: row.try_get_by_index(3)?,
            })
        };
        Ok(db.each(db.get_database_backend().build(&query), read).await?)
    }

    /// How many go on in each stage.
    async fn staying(&self, db: &Lease) -> Result<HashMap<Uuid, i64>> {
        use customer::Column::{Id, StageId, StageSince};
        let query = self
            .basis
            .customers()?
            .clear_selects()
            .column((customer::Entity, StageId))
            .expr(Expr::col((customer::Entity, Id)).count())
            .and_where(StageSince.gte(self.began.0))
            .and_where(StageSince.lt(self.began.1))
            .and_where(StageId.is_not_null())
            .group_by_col((customer::Entity, StageId))
            .to_owned();
        let read = |row: QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        let found = db.each(db.get_database_backend().build(&query), read).await?;
        Ok(found.into_iter().collect())
    }

    /// The middle of how many seconds those that have ended took in each stage.
    async fn medians(&self, db: &Lease) -> Result<HashMap<Uuid, f64>> {
        use lifecycle_move::Column::{FromStageId, Seconds};
        let [place, count, ranked, seconds] =
            ["place", "many", "ranked", "seconds"].map(Alias::new);
        let of_stage = || WindowStatement::partition_by(FromStageId);
        let in_order = of_stage().order_by(Seconds, sea_orm::Order::Asc).to_owned();
        let each = self
            .ended()?
            .column(FromStageId)
            .expr_as(Expr::col(Seconds), seconds.clone())
            .expr_window_as(Func::cust("row_number"), in_order, place.clone())
            .expr_window_as(Expr::cust("count(*)"), of_stage(), count.clone())
            .to_owned();
        let twice = || Expr::col(place.clone()).mul(2);
        let query = Query::select()
            .column(FromStageId)
            .expr(Expr::col(seconds).avg().cast_as(Alias::new("double precision")))
            .from_subquery(each, ranked)
            .and_where(twice().gte(Expr::col(count.clone())))
            .and_where(twice().lte(Expr::col(count).add(2)))
            .group_by_col(FromStageId)
            .to_owned();
        let read = |row: QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        let found = db.each(db.get_database_backend().build(&query), read).await?;
        Ok(found.into_iter().collect())
    }
}

/// So many seconds a day has.
const DAY: f64 = 86_400.0;

/// What was counted, by stages.
struct Funnel {
    stages: Vec<Model>,
    moves: Vec<Moves>,
    staying: HashMap<Uuid, i64>,
    medians: HashMap<Uuid, f64>,
}

impl Funnel {
    /// The stages that there are now.
    fn shown(&self) -> Vec<FunnelStage> {
        let live = self.stages.iter().filter(|stage| stage.deleted_at.is_none());
        live.map(|stage| self.stage(stage)).collect()
    }

    fn stage(&self, stage: &Model) -> FunnelStage {
        let id = stage.id.uuid();
        let moves = || self.moves.iter().filter(|moves| moves.from == id);
        let back = |moves: &&Moves| self.of(moves.to).is_some_and(|to| is_back(stage, to));
        let ended: i64 = moves().map(|moves| moves.count).sum();
        let moved_back: i64 = moves().filter(back).map(|moves| moves.count).sum();
        let seconds: i64 = moves().map(|moves| moves.seconds).sum();
        let staying = self.staying.get(&id).copied().unwrap_or(0);
        let (entered, moved_on) = (ended + staying, ended - moved_back);
        FunnelStage {
            stage_id: stage.id,
            name: stage.name.clone(),
            key: stage.key.clone(),
            kind: stage.kind,
            entered,
            moved_on,
            moved_back,
            staying,
            conversion: share(moved_on, entered),
            mean_days: share(seconds, ended).map(|seconds| seconds / DAY),
            median_days: self.medians.get(&id).map(|seconds| seconds / DAY),
            moves: self.moves_from(id, entered),
        }
    }

    fn of(&self, id: Uuid) -> Option<&Model> {
        self.stages.iter().find(|stage| stage.id.uuid() == id)
    }

    /// To which stages those went who left one, of so many who entered it.
    fn moves_from(&self, id: Uuid, entered: i64) -> Vec<FunnelMoves> {
        let moves = self.moves.iter().filter(|moves| moves.from == id);
        let mut moves: Vec<FunnelMoves> = moves
            .filter_map(|moves| {
                let stage = self.of(moves.to)?;
                let share = share(moves.count, entered)?;
                let name = stage.name.clone();
                Some(FunnelMoves { stage_id: stage.id, name, count: moves.count, share })
            })
            .collect();
        moves.sort_by_key(|moves| (std::cmp::Reverse(moves.count), moves.stage_id));
        moves
    }
}
