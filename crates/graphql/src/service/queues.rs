use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    service::{
        queues::{self, NewQueue, QueuePatch},
        requests::next,
    },
};
use rapport_entity::{
    identity::user,
    rule::Rule,
    service::queue::{Entity, Id, Model},
};

use super::ServiceRequest;
use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// Service requests that wait for somebody, and who may take them.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Queue {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Queue {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Queue {
    /// Who may take requests from it; everybody where nobody is named.
    async fn member_ids(&self) -> &Vec<user::Id> {
        &self.row.member_ids.0
    }
}

#[derive(Default)]
pub struct QueueQuery;

#[Object]
impl QueueQuery {
    /// Queues, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn queues(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Queue>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One queue.
    async fn queue(&self, ctx: &Context<'_>, id: Id) -> Result<Queue> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct QueueMutation;

#[Object]
impl QueueMutation {
    /// Make a queue.
    async fn create_queue(&self, ctx: &Context<'_>, input: NewQueue) -> Result<Queue> {
        Ok(queues::create(ctx.me()?, input).await?.into())
    }

    /// Change a queue: what is left out stays, null clears.
    async fn update_queue(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: QueuePatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Queue> {
        let expected = Expected::of(if_version, base_version);
        Ok(queues::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a queue. It can be restored.
    async fn delete_queue(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Queue> {
        Ok(queues::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted queue back.
    async fn restore_queue(&self, ctx: &Context<'_>, id: Id) -> Result<Queue> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }

    /// Take the most urgent request of a queue that nobody has and that you can do, of those of one priority the oldest. No two who ask at once get the same.
    async fn take_next_service_request(&self, ctx: &Context<'_>, id: Id) -> Result<ServiceRequest> {
        Ok(next::take_next(ctx.me()?, id).await?.into())
    }
}
