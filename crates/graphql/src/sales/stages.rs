use async_graphql::{ComplexObject, Context, Json, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    sales::pipelines::stages::{self, NewPipelineStage, PipelineStagePatch, ReplacePipelineStage},
};
use rapport_entity::{
    Name,
    rule::Rule,
    sales::pipeline_stage::{Criterion, Entity, Id, Model},
};

use super::Pipeline;
use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// A stage of a pipeline, which open opportunities are in.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct PipelineStage {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for PipelineStage {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl PipelineStage {
    /// The pipeline.
    async fn pipeline(&self, ctx: &Context<'_>) -> Result<Option<Pipeline>> {
        Ok(ctx.load(Some(self.row.pipeline_id)).await?.map(Pipeline::from))
    }

    /// What must hold of an opportunity that comes into it.
    async fn entry_criteria(&self) -> Vec<PipelineStageCriterion> {
        self.row.entry_criteria.0.iter().map(PipelineStageCriterion::from).collect()
    }

    /// What must hold of an opportunity that leaves it forward, or is won.
    async fn exit_criteria(&self) -> Vec<PipelineStageCriterion> {
        self.row.exit_criteria.0.iter().map(PipelineStageCriterion::from).collect()
    }
}

/// Something that must hold of an opportunity.
#[derive(SimpleObject)]
pub struct PipelineStageCriterion {
    /// What it is called: what a refusal says is not met.
    name: Name,
    /// The rule that the opportunity must satisfy, of the shape of the input `Rule`.
    rule: Json<Rule>,
}

impl From<&Criterion> for PipelineStageCriterion {
    fn from(criterion: &Criterion) -> Self {
        Self { name: criterion.name.clone(), rule: Json(criterion.rule.clone()) }
    }
}

#[derive(Default)]
pub struct PipelineStageQuery;

#[Object]
impl PipelineStageQuery {
    /// Pipeline stages, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn pipeline_stages(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<PipelineStage>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One pipeline stage.
    async fn pipeline_stage(&self, ctx: &Context<'_>, id: Id) -> Result<PipelineStage> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct PipelineStageMutation;

#[Object]
impl PipelineStageMutation {
    /// Make a pipeline stage.
    async fn create_pipeline_stage(
        &self,
        ctx: &Context<'_>,
        input: NewPipelineStage,
    ) -> Result<PipelineStage> {
        Ok(stages::create(ctx.me()?, input).await?.into())
    }

    /// Change a pipeline stage: what is left out stays, null clears.
    async fn update_pipeline_stage(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: PipelineStagePatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<PipelineStage> {
        let expected = Expected::of(if_version, base_version);
        Ok(stages::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a pipeline stage. It can be restored.
    async fn delete_pipeline_stage(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<PipelineStage> {
        Ok(stages::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted pipeline stage back.
    async fn restore_pipeline_stage(&self, ctx: &Context<'_>, id: Id) -> Result<PipelineStage> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }

    /// Delete a pipeline stage after the open opportunities in it came into another, whatever that one's criteria say.
    async fn replace_pipeline_stage(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ReplacePipelineStage,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<PipelineStage> {
        Ok(stages::replace(ctx.me()?, id, if_version.into(), input).await?.into())
    }
}
