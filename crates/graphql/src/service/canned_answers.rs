use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    service::canned_answers::{
        CannedAnswerPatch, NewCannedAnswer, answers,
        rendering::{self, RenderedAnswer},
    },
};
use rapport_entity::{
    rule::Rule,
    service::{
        canned_answer::{Entity, Id, Model},
        service_request,
    },
};

use super::Queue;
use crate::{
    connection::{Args, Connected, by_argument, connect, list},
    identity::User,
    rows::ContextExt,
};

/// An answer that is written once and sent often, with places in it that are filled in from the request.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct CannedAnswer {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for CannedAnswer {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl CannedAnswer {
    /// The user whose own it is.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.owner_id).await?.map(User::from))
    }

    /// The queue that it is for.
    async fn queue(&self, ctx: &Context<'_>) -> Result<Option<Queue>> {
        Ok(ctx.load(self.row.queue_id).await?.map(Queue::from))
    }
}

#[derive(Default)]
pub struct CannedAnswerQuery;

#[Object]
impl CannedAnswerQuery {
    /// Canned answers, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn canned_answers(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<CannedAnswer>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One canned answer.
    async fn canned_answer(&self, ctx: &Context<'_>, id: Id) -> Result<CannedAnswer> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }

    /// The canned answers that are offered for a service request: those that are shared and the caller's own, for its queue
    /// or for all.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn offered_answers(
        &self,
        ctx: &Context<'_>,
        id: service_request::Id,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<CannedAnswer>> {
        let args = Args { filter, q, sort, first, after, deleted };
        let listing = args.listing(ctx)?;
        let page = rendering::offered(ctx.me()?, id, &listing).await.map_err(by_argument)?;
        Ok(connect(page, listing.cursor.is_some()))
    }
}

#[derive(Default)]
pub struct CannedAnswerMutation;

#[Object]
impl CannedAnswerMutation {
    /// Make a canned answer.
    async fn create_canned_answer(
        &self,
        ctx: &Context<'_>,
        input: NewCannedAnswer,
    ) -> Result<CannedAnswer> {
        Ok(answers::create(ctx.me()?, input).await?.into())
    }

    /// Change a canned answer: what is left out stays, null clears.
    async fn update_canned_answer(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: CannedAnswerPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<CannedAnswer> {
        let expected = Expected::of(if_version, base_version);
        Ok(answers::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a canned answer. It can be restored.
    async fn delete_canned_answer(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<CannedAnswer> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted canned answer back.
    async fn restore_canned_answer(&self, ctx: &Context<'_>, id: Id) -> Result<CannedAnswer> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }

    /// Fill a canned answer in for a service request. It is counted as used; nothing is sent.
    async fn render_canned_answer(
        &self,
        ctx: &Context<'_>,
        id: service_request::Id,
        answer_id: Id,
    ) -> Result<RenderedAnswer> {
        Ok(rendering::render(ctx.me()?, id, answer_id).await?)
    }
}
