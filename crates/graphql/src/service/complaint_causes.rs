use async_graphql::{Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    service::complaints::causes::{self, ComplaintCausePatch, NewComplaintCause},
};
use rapport_entity::{
    rule::Rule,
    service::complaint_cause::{Entity, Id, Model},
};

use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// Why customers complain: what lies behind it, in the workspace's own words.
#[derive(SimpleObject)]
#[graphql(name = "ComplaintCause")]
pub struct ComplaintCause {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for ComplaintCause {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[derive(Default)]
pub struct ComplaintCauseQuery;

#[Object]
impl ComplaintCauseQuery {
    /// Complaint causes, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn complaint_causes(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<ComplaintCause>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One complaint cause.
    async fn complaint_cause(&self, ctx: &Context<'_>, id: Id) -> Result<ComplaintCause> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ComplaintCauseMutation;

#[Object]
impl ComplaintCauseMutation {
    /// Make a complaint cause.
    async fn create_complaint_cause(
        &self,
        ctx: &Context<'_>,
        input: NewComplaintCause,
    ) -> Result<ComplaintCause> {
        Ok(causes::create(ctx.me()?, input).await?.into())
    }

    /// Change a complaint cause: what is left out stays, null clears.
    async fn update_complaint_cause(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ComplaintCausePatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<ComplaintCause> {
        let expected = Expected::of(if_version, base_version);
        Ok(causes::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a complaint cause. It can be restored.
    async fn delete_complaint_cause(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<ComplaintCause> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted complaint cause back.
    async fn restore_complaint_cause(&self, ctx: &Context<'_>, id: Id) -> Result<ComplaintCause> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
