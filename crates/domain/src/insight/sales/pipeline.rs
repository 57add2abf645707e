use std::collections::HashMap;

use async_graphql::SimpleObject;
use rapport_entity::{
    Date, Name, Slug,
    sales::{pipeline, pipeline_stage},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, Order, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement, WindowStatement},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{comparison::whole_sum, deals::SalesOf, stays::stays};
use crate::{
    insight::{period::Period, share::share},
    kernel::{Ctx, Error, Read, Result, database::Lease},
};

/// What is asked for of the stages of a pipeline.
#[derive(Clone, Debug, Default)]
pub struct PipelineAsked {
    /// The first day of those on which a stay in a stage began; the first of all where left out.
    pub from: Option<Date>,
    /// The last; the last of all where left out.
    pub to: Option<Date>,
    /// Which opportunities; of the default pipeline where none is named.
    pub of: SalesOf,
}

/// How opportunities go through a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "PipelineAnalysisRow")]
pub struct PipelineAnalysis {
    /// The pipeline.
    pub pipeline_id: pipeline::Id,
    /// What the pipeline is called.
    pub name: Name,
    /// The first day; null where there is no bound.
    pub from: Option<Date>,
    /// The last day; null where there is no bound.
    pub to: Option<Date>,
    /// The stages, in the order of their positions; deleted ones too, where opportunities came into them.
    #[schema(max_items = 1000)]
    pub stages: Vec<PipelineStageFlow>,
}

/// The stays in a stage that began in the period, and what has become of them until now.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct PipelineStageFlow {
    /// The stage.
    pub stage_id: pipeline_stage::Id,
    /// What the stage is called.
    pub name: Name,
    /// What programs call it.
    pub key: Slug,
    /// How many stays began. (An opportunity may come more than once.)
    #[schema(minimum = 0)]
    pub entered: i64,
    /// How many of them ended with a move to a later stage of the pipeline.
    #[schema(minimum = 0)]
    pub moved_on: i64,
    /// How many of them ended with a move to an earlier stage.
    #[schema(minimum = 0)]
    pub moved_back: i64,
    /// How many of them ended with a move to another pipeline.
    #[schema(minimum = 0)]
    pub moved_away: i64,
    /// How many of them ended with the opportunity won.
    #[schema(minimum = 0)]
    pub won: i64,
    /// How many of them ended with the opportunity lost.
    #[schema(minimum = 0)]
    pub lost: i64,
    /// How many of them still go on.
    #[schema(minimum = 0)]
    pub staying: i64,
    /// `(movedOn + won) / entered`, from 0 to 1; null where none began.
    #[schema(minimum = 0, maximum = 1)]
    pub conversion: Option<f64>,
    /// The average of how long those that have ended took, in days of 24 hours; null where that is known of none.
    #[schema(minimum = 0)]
    pub mean_days: Option<f64>,
    /// The middle of how long they took; of an even number the average of the two in the middle.
    #[schema(minimum = 0)]
    pub median_days: Option<f64>,
}

/// How the opportunities that the actor may read go through a pipeline.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Conflict`] where there is no such pipeline; [`Error::Invalid`].
pub async fn pipeline(ctx: &Ctx, asked: &PipelineAsked) -> Result<PipelineAnalysis> {
    let pipeline = asked_for(ctx, asked.of.pipeline_id).await?;
    let stages = stages_of(ctx, pipeline.id).await?;
    let bound = |day: Option<Date>| day.map(|day| Period { from: day, to: day });
    if let (Some(from), Some(to)) = (asked.from, asked.to) {
        Period { from, to }.check("/from")?;
    }
    // Those that have gone to another pipeline since were in this one too.
    let of = SalesOf { pipeline_id: None, ..asked.of.clone() };
    let which = of.now(ctx).await?;
    let stays = stays(ctx, pipeline.id, which, (bound(asked.from), bound(asked.to)));
    let db = ctx.reader().await?;
    let flow = Flow {
        ended: ends(&db, stays.clone()).await?,
        medians: medians(&db, stays).await?,
        stages,
    };
    drop(db);
    Ok(PipelineAnalysis {
        pipeline_id: pipeline.id,
        name: pipeline.name,
        from: asked.from,
        to: asked.to,
        stages: flow.shown(),
    })
}

async fn asked_for(ctx: &Ctx, id: Option<pipeline::Id>) -> Result<pipeline::Model> {
    use pipeline::Column::{Id, IsDefault};
    let pipelines = ctx.can::<pipeline::Entity, Read>()?;
    let which = id.map_or_else(|| IsDefault.eq(true), |id| Id.eq(id));
    let found = pipelines.filtered(Condition::all().add(which), 1).await?;
    found.into_iter().next().ok_or_else(|| Error::conflict("/pipelineId", "is no pipeline"))
}

/// The stages of a pipeline in their order, deleted ones too: opportunities were in them.
pub async fn stages_of(ctx: &Ctx, of: pipeline::Id) -> Result<Vec<pipeline_stage::Model>> {
    let stages = ctx.can::<pipeline_stage::Entity, Read>()?;
    let of = Condition::all().add(pipeline_stage::Column::PipelineId.eq(of));
    let mut stages = stages.matching_even_deleted(of).await?;
    stages.sort_by_key(|stage| (i64::from(stage.position), stage.sort_name.clone()));
    Ok(stages)
}

/// Stays that ended in one way, or that go on.
struct Ended {
    stage: Uuid,
    going: bool,
    outcome: Option<String>,
    next: Option<Uuid>,
    count: i64,
    known: i64,
    seconds: i64,
}

async fn ends(db: &Lease, stays: SelectStatement) -> Result<Vec<Ended>> {
    let by = ["stage_id", "going", "outcome", "next_stage"].map(Alias::new);
    let query = Query::select()
        .columns(by.clone())
        .expr(Expr::cust("count(*)"))
        .expr(Expr::col(Alias::new("seconds")).count())
        .expr(whole_sum("seconds"))
        .from_subquery(stays, Alias::new("stays"))
        .group_by_columns(by)
        .to_owned();
    let read = |row: QueryResult| {
        Ok(Ended {
            stage: row.try_get_by_index(0)?,
            going: row.try_get_by_index::<i64>(1)? > 0,
            outcome: row.try_get_by_index(2)?,
            next: row.try_get_by_index(3)?,
            count: row.try_get_by_index(4)?,
            known: row.try_get_by_index(5)?,
            seconds: row.try_get_by_index::<Option<i64>>(6)?.unwrap_or(0),
        })
    };
    Ok(db.each(db.get_database_backend().build(&query), read).await?)
}

/// The middle of how many seconds those that have ended took in each stage.
async fn medians(db: &Lease, mut stays: SelectStatement) -> Result<HashMap<Uuid, f64>> {
    let [stage, seconds, place, many] = ["stage_id", "seconds", "place", "many"].map(Alias::new);
    stays
        .and_where(Expr::col(Alias::new("left_at")).is_not_null())
        .and_where(Expr::col(Alias::new("going")).eq(0));
    let of_stage = || WindowStatement::partition_by(stage.clone());
    let in_order = of_stage().order_by(seconds.clone(), Order::Asc).to_owned();
    let each = Query::select()
        .columns([stage.clone(), seconds.clone()])
        .expr_window_as(Func::cust("row_number"), in_order, place.clone())
        .expr_window_as(Expr::cust("count(*)"), of_stage(), many.clone())
        .from_subquery(stays, Alias::new("stays"))
        .to_owned();
    let twice = || Expr::col(place.clone()).mul(2);
    let query = Query::select()
        .column(stage.clone())
        .expr(Expr::col(seconds).avg().cast_as(Alias::new("double precision")))
        .from_subquery(each, Alias::new("ranked"))
        .and_where(twice().gte(Expr::col(many.clone())))
        .and_where(twice().lte(Expr::col(many).add(2)))
        .group_by_col(stage)
        .to_owned();
    let read = |row: QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    let found = db.each(db.get_database_backend().build(&query), read).await?;
    Ok(found.into_iter().collect())
}

/// So many seconds a day has.
const DAY: f64 = 86_400.0;

/// What was counted, by stages.
struct Flow {
    stages: Vec<pipeline_stage::Model>,
    ended: Vec<Ended>,
    medians: HashMap<Uuid, f64>,
}

impl Flow {
    fn shown(&self) -> Vec<PipelineStageFlow> {
        let all = self.stages.iter().map(|stage| (stage, self.stage(stage)));
        let some = all.filter(|(stage, flow)| stage.deleted_at.is_none() || flow.entered > 0);
        some.map(|(_, flow)| flow).collect()
    }

    fn stage(&self, stage: &pipeline_stage::Model) -> PipelineStageFlow {
        let here = || self.ended.iter().filter(|ended| ended.stage == stage.id.uuid());
        let count = |what: End| -> i64 {
            here().filter(|ended| self.end(stage, ended) == what).map(|ended| ended.count).sum()
        };
        let entered = here().map(|ended| ended.count).sum();
        let done = || here().filter(|ended| !ended.going);
        let (known, seconds) =
            (done().map(|ended| ended.known).sum(), done().map(|ended| ended.seconds).sum());
        let (moved_on, won) = (count(End::On), count(End::Won));
        PipelineStageFlow {
            stage_id: stage.id,
            name: stage.name.clone(),
            key: stage.key.clone(),
            entered,
            moved_on,
            moved_back: count(End::Back),
            moved_away: count(End::Away),
            won,
            lost: count(End::Lost),
            staying: count(End::None),
            conversion: share(moved_on + won, entered),
            mean_days: share(seconds, known).map(|seconds| seconds / DAY),
            median_days: self.medians.get(&stage.id.uuid()).map(|seconds| seconds / DAY),
        }
    }

    fn end(&self, stage: &pipeline_stage::Model, ended: &Ended) -> End {
        match (ended.outcome.as_deref(), ended.next) {
            _ if ended.going => End::None,
            (Some("won"), _) => End::Won,
            (Some(_), _) => End::Lost,
            (None, None) => End::None,
            (None, Some(next)) => match self.stages.iter().find(|stage| stage.id.uuid() == next) {
                None => End::Away,
                Some(next) if next.position > stage.position => End::On,
                Some(_) => End::Back,
            },
        }
    }
}

/// How a stay ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    None,
    On,
    Back,
    Away,
    Won,
    Lost,
}
