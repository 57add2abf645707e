use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    Error,
    kernel::Expected,
    records,
    sales::pipelines::{
        board::{self, Board, BoardOf, BoardStage, BoardTotal},
        pipelines::{self, NewPipeline, PipelinePatch},
    },
};
use rapport_entity::{
    Money,
    rule::Rule,
    sales::pipeline::{Entity, Id, Model},
};

use super::{Opportunity, PipelineStage};
use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// A way of selling: stages that opportunities go through, one after the other.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Pipeline {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Pipeline {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Pipeline {
    /// How its open opportunities stand: for each stage how many, what they are worth, and the first of them.
    async fn board(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only the opportunities of which this rule holds.")] filter: Option<Rule>,
        #[graphql(default = 20, desc = "How many cards of each stage, at most 100.")] cards: i32,
    ) -> Result<PipelineBoard> {
        board(ctx, self.row.id, filter, cards).await
    }
}

/// The open opportunities of a pipeline.
#[derive(SimpleObject)]
pub struct PipelineBoard {
    /// The pipeline.
    pipeline: Pipeline,
    /// Its stages, in their order.
    stages: Vec<PipelineBoardStage>,
}

/// The open opportunities of a stage.
#[derive(SimpleObject)]
pub struct PipelineBoardStage {
    /// The stage.
    stage: PipelineStage,
    /// How many there are.
    count: i64,
    /// What they are worth, currency by currency.
    totals: Vec<BoardTotal>,
    /// What they are worth together, in the workspace's currency by today's rates; null where a rate is missing, or it is
    /// more than ten whole digits.
    total: Option<Money>,
    /// The same, each by its probability.
    weighted: Option<Money>,
    /// The first of them: those that are expected to be closed soonest.
    cards: Vec<Opportunity>,
}

impl From<BoardStage> for PipelineBoardStage {
    fn from(of: BoardStage) -> Self {
        Self {
            stage: of.stage.into(),
            count: of.count,
            totals: of.totals,
            total: of.total,
            weighted: of.weighted,
            cards: of.cards.into_iter().map(Opportunity::from).collect(),
        }
    }
}

async fn board(
    ctx: &Context<'_>,
    id: Id,
    filter: Option<Rule>,
    cards: i32,
) -> Result<PipelineBoard> {
    let cards = u64::try_from(cards).ok().filter(|cards| *cards <= board::MOST_CARDS);
    let cards = cards.ok_or_else(|| Error::invalid("/cards", "must be from 0 to 100"))?;
    let Board { pipeline, stages } =
        board::board(ctx.me()?, id, &BoardOf { filter, cards }).await?;
    let stages = stages.into_iter().map(PipelineBoardStage::from).collect();
    Ok(PipelineBoard { pipeline: pipeline.into(), stages })
}

#[derive(Default)]
pub struct PipelineQuery;

#[Object]
impl PipelineQuery {
    /// Pipelines, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn pipelines(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Pipeline>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One pipeline.
    async fn pipeline(&self, ctx: &Context<'_>, id: Id) -> Result<Pipeline> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }

    /// How the open opportunities of a pipeline stand: for each stage how many, what they are worth, and the first of them.
    async fn pipeline_board(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(desc = "Only the opportunities of which this rule holds.")] filter: Option<Rule>,
        #[graphql(default = 20, desc = "How many cards of each stage, at most 100.")] cards: i32,
    ) -> Result<PipelineBoard> {
        board(ctx, id, filter, cards).await
    }
}

#[derive(Default)]
pub struct PipelineMutation;

#[Object]
impl PipelineMutation {
    /// Make a pipeline.
    async fn create_pipeline(&self, ctx: &Context<'_>, input: NewPipeline) -> Result<Pipeline> {
        Ok(pipelines::create(ctx.me()?, input).await?.into())
    }

    /// Change a pipeline: what is left out stays, null clears.
    async fn update_pipeline(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: PipelinePatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Pipeline> {
        let expected = Expected::of(if_version, base_version);
        Ok(pipelines::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a pipeline. It can be restored.
    async fn delete_pipeline(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Pipeline> {
        Ok(pipelines::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted pipeline back.
    async fn restore_pipeline(&self, ctx: &Context<'_>, id: Id) -> Result<Pipeline> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
