use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    lifecycle::{
        figures::{self, LossFigures},
        reasons::{self, LossReasonPatch, NewLossReason},
    },
    records,
};
use rapport_entity::{
    lifecycle::loss_reason::{Entity, Id, Model},
    rule::Rule,
};

use crate::{
    connection::{Args, Connected, list},
    rows::{ContextExt, LossFiguresOf},
};

/// Why customers are lost: one of the workspace's list.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct LossReason {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for LossReason {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl LossReason {
    /// How many customers were lost for it, and how many of them came back.
    async fn figures(&self, ctx: &Context<'_>) -> Result<LossFigures> {
        ctx.load_many(LossFiguresOf(self.row.id)).await
    }
}

#[derive(Default)]
pub struct LossReasonQuery;

#[Object]
impl LossReasonQuery {
    /// Reasons for losses, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn loss_reasons(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<LossReason>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One reason for losses.
    async fn loss_reason(&self, ctx: &Context<'_>, id: Id) -> Result<LossReason> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }

    /// How many customers were lost for a reason, and how many of them came back.
    async fn loss_reason_figures(&self, ctx: &Context<'_>, id: Id) -> Result<LossFigures> {
        Ok(figures::of_reason(ctx.me()?, id).await?)
    }
}

#[derive(Default)]
pub struct LossReasonMutation;

#[Object]
impl LossReasonMutation {
    /// Make a reason for losses.
    async fn create_loss_reason(
        &self,
        ctx: &Context<'_>,
        input: NewLossReason,
    ) -> Result<LossReason> {
        Ok(reasons::create(ctx.me()?, input).await?.into())
    }

    /// Change a reason for losses: what is left out stays, null clears.
    async fn update_loss_reason(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: LossReasonPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<LossReason> {
        Ok(reasons::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Delete a reason for losses. It can be restored.
    async fn delete_loss_reason(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<LossReason> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted reason for losses back.
    async fn restore_loss_reason(&self, ctx: &Context<'_>, id: Id) -> Result<LossReason> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
