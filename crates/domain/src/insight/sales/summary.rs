use async_graphql::SimpleObject;
use rapport_entity::{
    Date, Name,
    sales::pipeline_stage::{self, Entity as Stage},
};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Expr, Query},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    comparison::{Grouped, tallies},
    deals::{SalesOf, col, is, open_or_closed},
    figures::SalesFigures,
    names,
    worth::Exchange,
};
use crate::{
    insight::period::today,
    kernel::{Ctx, Result},
};

/// What is asked for of sales.
#[derive(Clone, Debug, Default)]
pub struct SalesAsked {
    /// The first day of those on which opportunities were closed; the first of all where left out.
    pub from: Option<Date>,
    /// The last; the last of all where left out.
    pub to: Option<Date>,
    /// Which opportunities.
    pub of: SalesOf,
}

/// How selling went in a period, and what is open now.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct SalesAnalysis {
    /// The first day; null where there is no bound.
    pub from: Option<Date>,
    /// The last day; null where there is no bound.
    pub to: Option<Date>,
    /// The open opportunities, as they are now, and those that were closed in the period.
    pub figures: SalesFigures,
    /// In which stages the open ones are, in the order of pipelines and stages.
    #[schema(max_items = 1000)]
    pub open_stages: Vec<OpenStage>,
}

/// How many open opportunities are in a stage.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct OpenStage {
    /// The stage.
    pub stage_id: pipeline_stage::Id,
    /// What the stage is called; null where you may not see stages.
    pub name: Option<Name>,
    /// How many.
    #[schema(minimum = 1)]
    pub count: i64,
}

/// How selling went, as far as the actor may see it.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden), [`Error::Conflict`](crate::Error::Conflict);
/// [`Error::Invalid`](crate::Error::Invalid) names everything in the filter that is wrong.
pub async fn summary(ctx: &Ctx, asked: &SalesAsked) -> Result<SalesAnalysis> {
    let which = asked.of.now(ctx).await?;
    let open = open(ctx, which.clone().add(is("opportunity", "open"))).await?;
    let which = which.add(open_or_closed(asked.from, asked.to)?);
    let by = Exchange::on(ctx, today(ctx)).await?;
    let tally = tallies(ctx, Grouped { by: None, which }, &by).await?.remove(&None);
    let figures = tally.unwrap_or_default().figures(&by)?;
    Ok(SalesAnalysis { from: asked.from, to: asked.to, figures, open_stages: open })
}

async fn open(ctx: &Ctx, which: sea_orm::Condition) -> Result<Vec<OpenStage>> {
    let query = Query::select()
        .expr(col("opportunity", "stage_id"))
        .expr(Expr::cust("count(*)"))
        .from(rapport_entity::sales::opportunity::Entity)
        .cond_where(which)
        .add_group_by([col("opportunity", "stage_id")])
        .to_owned();
    let read = |row: QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    let db = ctx.reader().await?;
    let counts: Vec<(pipeline_stage::Id, i64)> =
        db.each(db.get_database_backend().build(&query), read).await?;
    drop(db);
    let ids: Vec<Uuid> = counts.iter().map(|(stage, _)| stage.uuid()).collect();
    let places = names::<Stage, _>(ctx, &ids, |stage| {
        (stage.id.uuid(), (stage.pipeline_id, i64::from(stage.position), stage.name))
    });
    let places = places.await?;
    let mut counts = counts;
    counts.sort_by_key(|(stage, _)| {
        places.get(&stage.uuid()).map(|(pipeline, position, _)| (pipeline.uuid(), *position))
    });
    let shown = |(stage_id, count): (pipeline_stage::Id, i64)| {
        let name = places.get(&stage_id.uuid()).map(|(_, _, name)| name.clone());
        OpenStage { stage_id, name, count }
    };
    Ok(counts.into_iter().map(shown).collect())
}
