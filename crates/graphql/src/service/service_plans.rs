use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    service::service_plans::{self, NewServicePlan, ServicePlanPatch},
};
use rapport_entity::{
    rule::Rule,
    service::service_plan::{Entity, Id, Model},
};

use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
    sales::Product,
};

/// What a product carries: whoever buys it is entitled to this, for so long.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ServicePlan {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for ServicePlan {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl ServicePlan {
    /// The product that carries it.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        Ok(ctx.load(Some(self.row.product_id)).await?.map(Product::from))
    }
}

#[derive(Default)]
pub struct ServicePlanQuery;

#[Object]
impl ServicePlanQuery {
    /// Service plans, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn service_plans(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<ServicePlan>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One service plan.
    async fn service_plan(&self, ctx: &Context<'_>, id: Id) -> Result<ServicePlan> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ServicePlanMutation;

#[Object]
impl ServicePlanMutation {
    /// Make a service plan: what whoever buys a product from now on is entitled to.
    async fn create_service_plan(
        &self,
        ctx: &Context<'_>,
        input: NewServicePlan,
    ) -> Result<ServicePlan> {
        Ok(service_plans::create(ctx.me()?, input).await?.into())
    }

    /// Change a service plan: what is left out stays, null clears. What orders have given by it stays as it was given.
    async fn update_service_plan(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ServicePlanPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<ServicePlan> {
        let expected = Expected::of(if_version, base_version);
        Ok(service_plans::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a service plan. It can be restored.
    async fn delete_service_plan(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<ServicePlan> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted service plan back.
    async fn restore_service_plan(&self, ctx: &Context<'_>, id: Id) -> Result<ServicePlan> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
