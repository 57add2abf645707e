use async_graphql::{Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    sales::close_reasons::{self, CloseReasonPatch, NewCloseReason},
};
use rapport_entity::{
    rule::Rule,
    sales::close_reason::{Entity, Id, Model},
};

use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// Why opportunities are won, or lost: one of the workspace's list.
#[derive(SimpleObject)]
#[graphql(name = "CloseReason")]
pub struct CloseReason {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for CloseReason {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[derive(Default)]
pub struct CloseReasonQuery;

#[Object]
impl CloseReasonQuery {
    /// Close reasons, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn close_reasons(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<CloseReason>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One close reason.
    async fn close_reason(&self, ctx: &Context<'_>, id: Id) -> Result<CloseReason> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct CloseReasonMutation;

#[Object]
impl CloseReasonMutation {
    /// Make a close reason.
    async fn create_close_reason(
        &self,
        ctx: &Context<'_>,
        input: NewCloseReason,
    ) -> Result<CloseReason> {
        Ok(close_reasons::create(ctx.me()?, input).await?.into())
    }

    /// Change a close reason: what is left out stays, null clears.
    async fn update_close_reason(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: CloseReasonPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<CloseReason> {
        let expected = Expected::of(if_version, base_version);
        Ok(close_reasons::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a close reason. It can be restored.
    async fn delete_close_reason(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<CloseReason> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted close reason back.
    async fn restore_close_reason(&self, ctx: &Context<'_>, id: Id) -> Result<CloseReason> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
