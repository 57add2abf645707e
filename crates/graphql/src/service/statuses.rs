use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    service::statuses::{self, NewServiceStatus, ReplaceServiceStatus, ServiceStatusPatch},
};
use rapport_entity::{
    StatusKey,
    rule::Rule,
    service::service_status::{Entity, Id, Model},
};

use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// Where a service request may stand.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ServiceStatus {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for ServiceStatus {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl ServiceStatus {
    /// The keys of the statuses that a request may come into from here; any where null.
    async fn next(&self) -> Option<&Vec<StatusKey>> {
        self.row.next.as_ref().map(|keys| &keys.0)
    }
}

#[derive(Default)]
pub struct ServiceStatusQuery;

#[Object]
impl ServiceStatusQuery {
    /// Service statuses, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn service_statuses(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<ServiceStatus>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One service status.
    async fn service_status(&self, ctx: &Context<'_>, id: Id) -> Result<ServiceStatus> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ServiceStatusMutation;

#[Object]
impl ServiceStatusMutation {
    /// Make a service status.
    async fn create_service_status(
        &self,
        ctx: &Context<'_>,
        input: NewServiceStatus,
    ) -> Result<ServiceStatus> {
        Ok(statuses::create(ctx.me()?, input).await?.into())
    }

    /// Change a service status: what is left out stays, null clears.
    async fn update_service_status(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ServiceStatusPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<ServiceStatus> {
        let expected = Expected::of(if_version, base_version);
        Ok(statuses::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a service status. It can be restored.
    async fn delete_service_status(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<ServiceStatus> {
        Ok(statuses::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted service status back.
    async fn restore_service_status(&self, ctx: &Context<'_>, id: Id) -> Result<ServiceStatus> {
        Ok(statuses::restore(ctx.me()?, id).await?.into())
    }

    /// Delete a service status after the requests that have it came into another, whatever its `next` says.
    async fn replace_service_status(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ReplaceServiceStatus,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<ServiceStatus> {
        Ok(statuses::replace(ctx.me()?, id, if_version.into(), input).await?.into())
    }
}
