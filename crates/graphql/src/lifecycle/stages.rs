use async_graphql::{ComplexObject, Context, Json, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    lifecycle::stages::{self, LifecycleStagePatch, NewLifecycleStage},
    records,
};
use rapport_entity::{
    lifecycle::lifecycle_stage::{Entity, Id, Model},
    rule::Rule,
};

use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// Where a customer may stand with us. A customer is in one stage at a time, or in none.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct LifecycleStage {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for LifecycleStage {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl LifecycleStage {
    /// The rule by which customers come into it, of the shape of the input `Rule`.
    async fn entry_rule(&self) -> Option<Json<&Rule>> {
        self.row.entry_rule.as_ref().map(Json)
    }

    /// The rule by which customers leave it, of the shape of the input `Rule`.
    async fn exit_rule(&self) -> Option<Json<&Rule>> {
        self.row.exit_rule.as_ref().map(Json)
    }
}

#[derive(Default)]
pub struct LifecycleStageQuery;

#[Object]
impl LifecycleStageQuery {
    /// Lifecycle stages, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn lifecycle_stages(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<LifecycleStage>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One lifecycle stage.
    async fn lifecycle_stage(&self, ctx: &Context<'_>, id: Id) -> Result<LifecycleStage> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct LifecycleStageMutation;

#[Object]
impl LifecycleStageMutation {
    /// Make a lifecycle stage.
    async fn create_lifecycle_stage(
        &self,
        ctx: &Context<'_>,
        input: NewLifecycleStage,
    ) -> Result<LifecycleStage> {
        Ok(stages::create(ctx.me()?, input).await?.into())
    }

    /// Change a lifecycle stage: what is left out stays, null clears.
    async fn update_lifecycle_stage(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: LifecycleStagePatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<LifecycleStage> {
        Ok(stages::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Delete a lifecycle stage. It can be restored.
    async fn delete_lifecycle_stage(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<LifecycleStage> {
        Ok(stages::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted lifecycle stage back.
    async fn restore_lifecycle_stage(&self, ctx: &Context<'_>, id: Id) -> Result<LifecycleStage> {
        Ok(stages::restore(ctx.me()?, id).await?.into())
    }
}
