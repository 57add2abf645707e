use async_graphql::InputObject;
use rapport_entity::{
    Count, DayCount, Name, Probability, Slug, Text,
    sales::{
        opportunity, pipeline,
        pipeline_stage::{
            self, ActiveModel, Column, Criteria, Criterion, Entity, ForecastCategory, Model,
        },
    },
    segmentation::segment,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, EntityTrait, IntoActiveValue, QueryFilter, QueryOrder, QuerySelect,
    sea_query::LockType,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{criteria, pipelines};
use crate::{
    kernel::{Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update},
    sales::opportunities::moves,
};

/// The most stages of a pipeline.
pub const MOST: usize = 50;

/// A pipeline stage to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPipelineStage {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<pipeline_stage::Id>,
    /// The pipeline; of at most 50 stages.
    pub pipeline_id: pipeline::Id,
    /// What the stage is called; unique in the pipeline, whatever the case of its letters.
    pub name: Name,
    /// What programs call it; unique in the pipeline.
    pub key: Slug,
    /// Where it stands among the stages of the pipeline. A move to a lower position goes back.
    pub position: Count,
    /// How likely it is, in percent, that an opportunity that comes into it is won.
    pub probability: Probability,
    /// How an opportunity that comes into it is counted in forecasts; not `closed`; `pipeline` where left out.
    pub forecast_category: Option<ForecastCategory>,
    /// How many days an opportunity is expected to stay.
    pub expected_days: Option<DayCount>,
    /// An opportunity that stays for more days than these is stalled.
    pub maximum_days: Option<DayCount>,
    /// Whether no opportunity may skip it, whatever the pipeline allows; they may where left out.
    pub required: Option<bool>,
    /// What must hold of an opportunity that comes into it.
    #[schema(max_items = 20)]
    pub entry_criteria: Option<Vec<Criterion>>,
    /// What must hold of an opportunity that leaves it forward, or is won.
    #[schema(max_items = 20)]
    pub exit_criteria: Option<Vec<Criterion>>,
    /// What helps whoever has an opportunity in it.
    pub guidance: Option<Text>,
}

/// What to change of a pipeline stage: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PipelineStagePatch {
    /// What the stage is called; unique in the pipeline, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// What programs call it; unique in the pipeline.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Slug)]
    pub key: Option<Slug>,
    /// Where it stands among the stages of the pipeline. A move to a lower position goes back.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Count)]
    pub position: Option<Count>,
    /// How likely it is, in percent, that an opportunity that comes into it is won.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Probability)]
    pub probability: Option<Probability>,
    /// How an opportunity that comes into it is counted in forecasts; not `closed`.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = ForecastCategory)]
    pub forecast_category: Option<ForecastCategory>,
    /// How many days an opportunity is expected to stay.
    #[serde(default)]
    #[schema(value_type = Option<DayCount>)]
    pub expected_days: Patch<DayCount>,
    /// An opportunity that comes into it from now on and stays for more days than these is stalled.
    #[serde(default)]
    #[schema(value_type = Option<DayCount>)]
    pub maximum_days: Patch<DayCount>,
    /// Whether no opportunity may skip it, whatever the pipeline allows.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub required: Option<bool>,
    /// What must hold of an opportunity that comes into it: these, and nothing else.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<Criterion>, max_items = 20)]
    pub entry_criteria: Option<Vec<Criterion>>,
    /// What must hold of an opportunity that leaves it forward, or is won: these, and nothing else.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<Criterion>, max_items = 20)]
    pub exit_criteria: Option<Vec<Criterion>>,
    /// What helps whoever has an opportunity in it.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub guidance: Patch<Text>,
}

/// Where the opportunities of a stage are to go.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplacePipelineStage {
    /// The stage that they come into: another one of the same pipeline.
    pub stage_id: pipeline_stage::Id,
}

/// Makes a pipeline stage.
///
/// # Errors
/// [`Error::Invalid`] names everything in the criteria that is wrong; [`Error::Conflict`] where there is no such pipeline;
/// [`Error::Forbidden`] where the criteria speak of what the actor may not read all of; [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewPipelineStage) -> Result<Model> {
    let NewPipelineStage { id, pipeline_id, forecast_category, .. } = new;
    let sides = (new.entry_criteria.as_deref(), new.exit_criteria.as_deref());
    check(ctx, forecast_category, sides)?;
    ctx.tx(async |tx| {
        let stages = tx.can::<Entity, Create>()?;
        criteria::check_named(tx, sides).await?;
        check_pipeline(tx, id, pipeline_id).await?;
        let row = ActiveModel {
            pipeline_id: Set(pipeline_id),
            name: Set(new.name.clone()),
            sort_name: Set(String::new()),
            key: Set(new.key.clone()),
            position: Set(new.position),
            probability: Set(new.probability),
            forecast_category: Set(forecast_category.unwrap_or_default()),
            expected_days: Set(new.expected_days),
            maximum_days: Set(new.maximum_days),
            required: Set(new.required.unwrap_or(false)),
            entry_criteria: Set(Criteria(new.entry_criteria.clone().unwrap_or_default())),
            exit_criteria: Set(Criteria(new.exit_criteria.clone().unwrap_or_default())),
            guidance: Set(new.guidance.clone()),
            ..Default::default()
        };
        stages.insert(id, row).await
    })
    .await
}

/// Changes a pipeline stage. Opportunities that are in it stay, with what they have of it.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: pipeline_stage::Id,
    expected: Expected,
    patch: PipelineStagePatch,
) -> Result<Model> {
    let sides = (patch.entry_criteria.as_deref(), patch.exit_criteria.as_deref());
    check(ctx, patch.forecast_category, sides)?;
    ctx.tx(async |tx| {
        let stages = tx.can::<Entity, Update>()?;
        criteria::check_named(tx, sides).await?;
        stages.update(id, expected, changes(&patch)).await
    })
    .await
}

fn changes(patch: &PipelineStagePatch) -> ActiveModel {
    let criteria =
        |criteria: &Option<Vec<Criterion>>| criteria.clone().map(Criteria).map_or(NotSet, Set);
    ActiveModel {
        name: patch.name.clone().map_or(NotSet, Set),
        key: patch.key.clone().map_or(NotSet, Set),
        position: patch.position.map_or(NotSet, Set),
        probability: patch.probability.map_or(NotSet, Set),
        forecast_category: patch.forecast_category.map_or(NotSet, Set),
        expected_days: patch.expected_days.clone().into_active_value(),
        maximum_days: patch.maximum_days.clone().into_active_value(),
        required: patch.required.map_or(NotSet, Set),
        entry_criteria: criteria(&patch.entry_criteria),
        exit_criteria: criteria(&patch.exit_criteria),
        guidance: patch.guidance.clone().into_active_value(),
        ..Default::default()
    }
}

/// Deletes a pipeline stage that no open opportunity is in, so that it can be restored.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] while open opportunities are in it.
pub async fn delete(ctx: &Ctx, id: pipeline_stage::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = tx.can::<Entity, Delete>()?.delete(id, expected).await?;
        match tx.entailed::<opportunity::Entity, Read>().any_even_deleted(open_in(id)).await? {
            true => {
                let why =
                    "the stage stays while open opportunities are in it; replace it by another";
                Err(Error::Refused(why.to_owned()))
            }
            false => Ok(deleted),
        }
    })
    .await
}

fn open_in(id: pipeline_stage::Id) -> Condition {
    Condition::all()
        .add(opportunity::Column::StageId.eq(id))
        .add(opportunity::Column::Status.eq(opportunity::Status::Open))
}

/// Deletes a pipeline stage after the open opportunities in it came into another, whatever that one's criteria say. They
/// keep the probability and the forecast category that they have.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Conflict`] where the other one is no other stage of the same pipeline.
pub async fn replace(
    ctx: &Ctx,
    id: pipeline_stage::Id,
    expected: Expected,
    by: ReplacePipelineStage,
) -> Result<Model> {
    ctx.tx(async |tx| {
        tx.can::<opportunity::Entity, Update>()?;
        let stages = tx.can::<Entity, Delete>()?;
        let there = held(tx, Column::Id.eq(by.stage_id).into()).await?;
        let deleted = stages.delete(id, expected).await?;
        let there = there
            .filter(|there| there.pipeline_id == deleted.pipeline_id && there.id != id)
            .ok_or_else(|| Error::conflict("/stageId", "is no other stage of the same pipeline"))?;
        moves::replace_stage(tx, open_in(id), &there).await?;
        Ok(deleted)
    })
    .await
}

fn check(ctx: &Ctx, category: Option<ForecastCategory>, sides: criteria::Sides<'_>) -> Result<()> {
    let mut faults = Faults::default();
    if category == Some(ForecastCategory::Closed) {
        faults.invalid("/forecastCategory", "is only for what is won");
    }
    criteria::check(ctx, sides, &mut faults)?;
    faults.check()
}

async fn check_pipeline(
    tx: &Tx<'_>,
    id: Option<pipeline_stage::Id>,
    pipeline: pipeline::Id,
) -> Result<()> {
    let there = pipelines::held(tx, pipeline::Column::Id.eq(pipeline).into()).await?;
    if there.is_none() {
        return Err(Error::conflict("/pipelineId", "is no pipeline"));
    }
    tx.one_at_a_time("pipeline stages").await?;
    let others = of_pipeline(tx, pipeline).await?;
    match others.iter().filter(|other| Some(other.id) != id).count() >= MOST {
        true => Err(Error::Refused(format!("a pipeline has at most {MOST} stages"))),
        false => Ok(()),
    }
}

/// The stages of a pipeline, in their order.
pub(in crate::sales) async fn of_pipeline(
    tx: &Tx<'_>,
    pipeline: pipeline::Id,
) -> Result<Vec<Model>> {
    tx.rows::<Entity>().all(in_order(pipeline)).await
}

/// The query for the stages of a pipeline, in their order.
pub(in crate::sales) fn in_order(pipeline: pipeline::Id) -> sea_orm::Select<Entity> {
    Entity::find()
        .filter(Column::PipelineId.eq(pipeline))
        .filter(Column::DeletedAt.is_null())
        .order_by_asc(Column::Position)
        .order_by_asc(Column::Id)
}

/// The name of a stage with a criterion that names a segment, if there is one.
pub(crate) async fn naming(tx: &Tx<'_>, id: segment::Id) -> Result<Option<Name>> {
    let all = tx.entailed::<Entity, Read>().filtered(Condition::all(), i64::MAX as u64).await?;
    let names = |stage: &Model| {
        let sides = (Some(&*stage.entry_criteria.0), Some(&*stage.exit_criteria.0));
        criteria::named(sides).iter().any(|named| named.id == id)
    };
    Ok(all.into_iter().find(names).map(|stage| stage.name))
}

/// The stage of which a condition holds, if it is there. Until the transaction ends it is neither changed nor deleted.
pub(in crate::sales) async fn held(tx: &Tx<'_>, which: Condition) -> Result<Option<Model>> {
    let query =
        Entity::find().filter(which).filter(Column::DeletedAt.is_null()).lock(LockType::Share);
    Ok(tx.rows::<Entity>().all(query).await?.pop())
}
