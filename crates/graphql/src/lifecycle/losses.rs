use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    lifecycle::losses::{self, LoseCustomer, LossPatch},
    records,
};
use rapport_entity::{
    customers::customer,
    lifecycle::loss::{Entity, Id, Model},
    rule::Rule,
};

use super::{LifecycleStage, LossReason};
use crate::{
    connection::{Args, Connected, list},
    customers::Customer,
    rows::ContextExt,
};

/// That a customer was lost: when, why, and when they were won back.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Loss {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Loss {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Loss {
    /// Who was lost.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Ok(ctx.load(Some(self.row.customer_id)).await?.map(Customer::from))
    }

    /// Why.
    async fn reason(&self, ctx: &Context<'_>) -> Result<Option<LossReason>> {
        Ok(ctx.load(Some(self.row.reason_id)).await?.map(LossReason::from))
    }

    /// The stage that the customer was lost from; null where there was none.
    #[graphql(name = "fromStage")]
    async fn stage_before(&self, ctx: &Context<'_>) -> Result<Option<LifecycleStage>> {
        Ok(ctx.load(self.row.from_stage_id).await?.map(LifecycleStage::from))
    }
}

#[derive(Default)]
pub struct LossQuery;

#[Object]
impl LossQuery {
    /// Losses of customers, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn losses(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Loss>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One loss of a customer.
    async fn loss(&self, ctx: &Context<'_>, id: Id) -> Result<Loss> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct LossMutation;

#[Object]
impl LossMutation {
    /// Change a loss of a customer: what is left out stays, null clears.
    async fn update_loss(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: LossPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Loss> {
        Ok(losses::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Lose a customer: move them to the stage of the lost, and say why.
    async fn lose_customer(
        &self,
        ctx: &Context<'_>,
        id: customer::Id,
        input: LoseCustomer,
        #[graphql(desc = "Only if this is still the customer's version.")] if_version: Option<i32>,
    ) -> Result<Loss> {
        Ok(losses::lose(ctx.me()?, id, if_version.into(), input).await?.into())
    }
}
