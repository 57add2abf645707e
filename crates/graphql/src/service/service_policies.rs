use async_graphql::{ComplexObject, Context, Json, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    service::clocks::{
        policies::{self, NewServicePolicy, ServicePolicyPatch},
        simulation::{self, ServicePolicySimulation, SimulateServicePolicy},
    },
};
use rapport_entity::{
    Percent,
    rule::Rule,
    service::service_policy::{Entity, Id, Model, Pause, Target},
};

use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// What is promised of service requests.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ServicePolicy {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for ServicePolicy {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl ServicePolicy {
    /// What must hold of a service request, of the shape of the input `Rule`; null where it is for all.
    async fn condition(&self) -> Option<Json<&Rule>> {
        self.row.condition.as_ref().map(Json)
    }

    /// What is promised, each of the shape of the input `ServiceTargetInput`.
    async fn targets(&self) -> Json<&[Target]> {
        Json(&self.row.targets.0)
    }

    /// When clocks stand still, each of the shape of the input `ServicePauseInput`.
    async fn pauses(&self) -> Json<&[Pause]> {
        Json(&self.row.pauses.0)
    }

    /// At which parts of a target, in percent, is warned.
    async fn warn_at_percent(&self) -> &[Percent] {
        &self.row.warn_at_percent.0
    }
}

#[derive(Default)]
pub struct ServicePolicyQuery;

#[Object]
impl ServicePolicyQuery {
    /// Service policies, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn service_policies(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<ServicePolicy>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// What a policy would have made of the service requests that there are, by all that has happened to them. Nothing is
    /// changed.
    async fn simulate_service_policy(
        &self,
        ctx: &Context<'_>,
        input: SimulateServicePolicy,
    ) -> Result<ServicePolicySimulation> {
        Ok(simulation::simulate(ctx.me()?, input).await?)
    }

    /// One service policy.
    async fn service_policy(&self, ctx: &Context<'_>, id: Id) -> Result<ServicePolicy> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ServicePolicyMutation;

#[Object]
impl ServicePolicyMutation {
    /// Make a service policy.
    async fn create_service_policy(
        &self,
        ctx: &Context<'_>,
        input: NewServicePolicy,
    ) -> Result<ServicePolicy> {
        Ok(policies::create(ctx.me()?, input).await?.into())
    }

    /// Change a service policy: what is left out stays, null clears.
    async fn update_service_policy(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ServicePolicyPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<ServicePolicy> {
        let expected = Expected::of(if_version, base_version);
        Ok(policies::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a service policy. It can be restored.
    async fn delete_service_policy(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<ServicePolicy> {
        Ok(policies::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted service policy back.
    async fn restore_service_policy(&self, ctx: &Context<'_>, id: Id) -> Result<ServicePolicy> {
        Ok(policies::restore(ctx.me()?, id).await?.into())
    }
}
