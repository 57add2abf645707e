use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::lifecycle::{
    history,
    moves::{self, MoveCustomer},
};
use rapport_entity::{
    customers::customer::Id, lifecycle::lifecycle_move::LifecycleMove as LifecycleMoveRow,
};

use super::LifecycleStage;
use crate::{
    connection::{Connected, by_argument, connect, part},
    customers::Customer,
    rows::ContextExt,
};

/// A move of a customer from one lifecycle stage to another.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct LifecycleMove {
    #[graphql(flatten)]
    row: LifecycleMoveRow,
}

impl From<LifecycleMoveRow> for LifecycleMove {
    fn from(row: LifecycleMoveRow) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl LifecycleMove {
    /// The stage before; null where there was none.
    #[graphql(name = "fromStage")]
    async fn stage_before(&self, ctx: &Context<'_>) -> Result<Option<LifecycleStage>> {
        Ok(ctx.load(self.row.from_stage_id).await?.map(LifecycleStage::from))
    }

    /// The stage since.
    async fn to_stage(&self, ctx: &Context<'_>) -> Result<Option<LifecycleStage>> {
        Ok(ctx.load(Some(self.row.to_stage_id)).await?.map(LifecycleStage::from))
    }
}

/// How a customer came from stage to stage.
pub async fn lifecycle(
    ctx: &Context<'_>,
    id: Id,
    first: i32,
    after: Option<String>,
) -> Result<Connected<LifecycleMove>> {
    let (part, continued) = part(first, after)?;
    let page = history::history(ctx.me()?, id, &part).await.map_err(by_argument)?;
    Ok(connect(page, continued))
}

#[derive(Default)]
pub struct MoveQuery;

#[Object]
impl MoveQuery {
    /// How a customer came from stage to stage, newest first, and how long they were in each before.
    async fn customer_lifecycle(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<LifecycleMove>> {
        lifecycle(ctx, id, first, after).await
    }
}

#[derive(Default)]
pub struct MoveMutation;

#[Object]
impl MoveMutation {
    /// Move a customer to another lifecycle stage. One who is in it already stays there, and nothing happens.
    async fn move_customer(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: MoveCustomer,
        #[graphql(desc = "Only if this is still the customer's version.")] if_version: Option<i32>,
    ) -> Result<Customer> {
        Ok(moves::move_customer(ctx.me()?, id, if_version.into(), input).await?.into())
    }
}
