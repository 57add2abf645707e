use async_graphql::SimpleObject;
use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::{
    Money, Name,
    sales::{opportunity, pipeline_stage},
};
use sea_orm::{
    Condition, ConnectionTrait, QueryResult,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, Query},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    comparison::whole_sum,
    deals::{SalesOf, col, is},
    names,
    worth::{Added, Exchange, Unconverted, Worth, unconverted},
};
use crate::{
    insight::period::today,
    kernel::{Ctx, Result},
};

/// How long the open opportunities have been in their stages.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "AgeingAnalysisRow")]
pub struct AgeingAnalysis {
    /// When that was so.
    pub as_of: DateTime<Utc>,
    /// The stages in which there are some, in the order of pipelines and stages.
    #[schema(max_items = 1000)]
    pub stages: Vec<AgeingStage>,
    /// What is in none of the values since there is no rate of its currency.
    #[schema(max_items = 200)]
    pub unconverted: Vec<Unconverted>,
}

/// The open opportunities in a stage.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct AgeingStage {
    /// The stage.
    pub stage_id: pipeline_stage::Id,
    /// What the stage is called; null where you may not see stages.
    pub name: Option<Name>,
    /// How many there are.
    #[schema(minimum = 1)]
    pub open: i64,
    /// How many of them have been in it for longer than its most days.
    #[schema(minimum = 0)]
    pub stalled: i64,
    /// What they are worth, in the workspace's currency by today's rates.
    pub value: Money,
    /// How many for how long, shortest first.
    #[schema(min_items = 7, max_items = 7)]
    pub buckets: Vec<AgeingBucket>,
}

/// The open opportunities that have been in a stage for so long.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct AgeingBucket {
    /// For so many days, of 24 hours, at least.
    #[schema(minimum = 0)]
    pub from_days: i32,
    /// And for fewer than so many; null where there is no end.
    #[schema(minimum = 1)]
    pub to_days: Option<i32>,
    /// How many there are.
    #[schema(minimum = 0)]
    pub count: i64,
    /// What they are worth.
    pub value: Money,
}

/// Where buckets begin, in days.
const BUCKETS: [i32; 7] = [0, 7, 14, 30, 60, 90, 180];

/// How long the open opportunities that the actor may read have been in their stages.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden), [`Error::Invalid`](crate::Error::Invalid).
pub async fn ageing(ctx: &Ctx, of: &SalesOf) -> Result<AgeingAnalysis> {
    let now = ctx.database().clock().now();
    let which = of.now(ctx).await?.add(is("opportunity", "open"));
    let by = Exchange::on(ctx, today(ctx)).await?;
    let mut stages: Vec<Stage> = Vec::new();
    for counted in counted(ctx, which, now).await? {
        let at = stages.iter().position(|stage| stage.id == counted.stage).unwrap_or(stages.len());
        if at == stages.len() {
            stages.push(Stage { id: counted.stage, stalled: 0, buckets: Default::default() });
        }
        let Some(stage) = stages.get_mut(at) else { continue };
        stage.stalled += counted.stalled;
        if let Some(bucket) = stage.buckets.get_mut(usize::from(counted.bucket.unsigned_abs())) {
            bucket.add(&counted.added, &by);
        }
    }
    let all = stages.iter().flat_map(|stage| &stage.buckets);
    Ok(AgeingAnalysis {
        as_of: now,
        unconverted: unconverted(all)?,
        stages: shown(ctx, &stages, &by).await?,
    })
}

struct Stage {
    id: pipeline_stage::Id,
    stalled: i64,
    buckets: [Worth; BUCKETS.len()],
}

struct Counted {
    stage: pipeline_stage::Id,
    bucket: i16,
    stalled: i64,
    added: Added,
}

async fn counted(ctx: &Ctx, which: Condition, now: DateTime<Utc>) -> Result<Vec<Counted>> {
    let o = |column: &'static str| col("opportunity", column);
    let ago = |days: i32| now - TimeDelta::days(days.into());
    let ends = BUCKETS.into_iter().skip(1).zip(0..);
    let bucket = ends.fold(CaseStatement::new(), |case, (days, bucket)| {
        case.case(o("stage_since").gt(ago(days)), Expr::cust(format!("{bucket}")))
    });
    let bucket = bucket.finally(Expr::cust(format!("{}", BUCKETS.len() - 1)));
    let stalled = CaseStatement::new().case(o("stage_due_at").lte(now), 1).finally(0);
    let each = Query::select()
        .expr_as(o("stage_id"), Alias::new("stage_id"))
        .expr_as(bucket, Alias::new("bucket"))
        .expr_as(o("currency"), Alias::new("currency"))
        .expr_as(stalled, Alias::new("stalled"))
        .expr_as(o("amount_minor"), Alias::new("minor"))
        .from(opportunity::Entity)
        .cond_where(which)
        .to_owned();
    let by = ["stage_id", "bucket", "currency"].map(Alias::new);
    let query = Query::select()
        .column(by[0].clone())
        .expr(Expr::col(by[1].clone()).cast_as(Alias::new("bigint")))
        .column(by[2].clone())
        .expr(whole_sum("stalled"))
        .expr(Expr::cust("count(*)"))
        .expr(whole_sum("minor"))
        .from_subquery(each, Alias::new("each"))
        .group_by_columns(by)
        .to_owned();
    let read = |row: QueryResult| {
        let added = Added {
            count: row.try_get_by_index(4)?,
            minor: row.try_get_by_index::<Option<i64>>(5)?.unwrap_or(0),
            currency: row.try_get_by_index(2)?,
            day: None,
        };
        let bucket = row.try_get_by_index::<i64>(1)? as i16;
        let (stage, stalled) = (row.try_get_by_index(0)?, row.try_get_by_index(3)?);
        Ok(Counted { stage, bucket, stalled, added })
    };
    let db = ctx.reader().await?;
    Ok(db.each(db.get_database_backend().build(&query), read).await?)
}

async fn shown(ctx: &Ctx, stages: &[Stage], by: &Exchange) -> Result<Vec<AgeingStage>> {
    let ids: Vec<Uuid> = stages.iter().map(|stage| stage.id.uuid()).collect();
    let places = names::<pipeline_stage::Entity, _>(ctx, &ids, |stage| {
        let order = (stage.pipeline_id.uuid(), i64::from(stage.position));
        (stage.id.uuid(), (order, stage.name))
    });
    let places = places.await?;
    let mut in_order: Vec<&Stage> = stages.iter().collect();
    in_order.sort_by_key(|stage| places.get(&stage.id.uuid()).map(|(order, _)| *order));
    let shown = |stage: &Stage| {
        let name = places.get(&stage.id.uuid()).map(|(_, name)| name.clone());
        stage.shown(name, by)
    };
    in_order.into_iter().map(shown).collect()
}

impl Stage {
    fn shown(&self, name: Option<Name>, by: &Exchange) -> Result<AgeingStage> {
        let ends = BUCKETS.iter().skip(1).copied().map(Some).chain([None]);
        let bucket = |((from_days, to_days), worth): ((i32, Option<i32>), &Worth)| {
            Ok(AgeingBucket {
                from_days,
                to_days,
                count: worth.count,
                value: by.money(worth.minor)?,
            })
        };
        let buckets = BUCKETS.into_iter().zip(ends).zip(&self.buckets).map(bucket);
        Ok(AgeingStage {
            stage_id: self.id,
            name,
            open: self.buckets.iter().map(|worth| worth.count).sum(),
            stalled: self.stalled,
            value: by.money(self.buckets.iter().map(|worth| worth.minor).sum())?,
            buckets: buckets.collect::<Result<_>>()?,
        })
    }
}
