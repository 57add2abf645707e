use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    approvals::{
        decisions::{self, ApproveApproval, DelegateApproval, RejectApproval},
        requests::{self, NewApproval},
    },
    records,
};
use rapport_entity::{
    approvals::approval::{Cause, Entity, Id, Model, Stage},
    rule::Rule,
    sales::{opportunity, quote},
};

use crate::{
    connection::{Args, Connected, list},
    customers::Customer,
    identity::User,
    rows::ContextExt,
    sales::{Opportunity, Quote},
};

/// That somebody asked others to agree to something, and what they said.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Approval {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Approval {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Approval {
    /// The rules that held of the record.
    async fn causes(&self) -> &[Cause] {
        &self.row.causes.0
    }

    /// Who must agree, one after the other, and what they said.
    async fn steps(&self) -> &[Stage] {
        &self.row.steps.0
    }

    /// The opportunity it is about, where it is one.
    async fn opportunity(&self, ctx: &Context<'_>) -> Result<Option<Opportunity>> {
        let row: Option<opportunity::Model> = ctx.load(self.row.opportunity_id).await?;
        Ok(row.map(Opportunity::from))
    }

    /// The quote it is about, where it is one.
    async fn quote(&self, ctx: &Context<'_>) -> Result<Option<Quote>> {
        let row: Option<quote::Model> = ctx.load(self.row.quote_id).await?;
        Ok(row.map(Quote::from))
    }

    /// The customer whom it concerns.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Ok(ctx.load(self.row.customer_id).await?.map(Customer::from))
    }

    /// The user who asked.
    async fn requester(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.requested_by).await?.map(User::from))
    }
}

#[derive(Default)]
pub struct ApprovalQuery;

#[Object]
impl ApprovalQuery {
    /// Approvals, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn approvals(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Approval>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One approval.
    async fn approval(&self, ctx: &Context<'_>, id: Id) -> Result<Approval> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ApprovalMutation;

#[Object]
impl ApprovalMutation {
    /// Ask for the approval that a record needs by the approval rules that hold of it.
    async fn create_approval(&self, ctx: &Context<'_>, input: NewApproval) -> Result<Approval> {
        Ok(requests::request(ctx.me()?, input).await?.into())
    }

    /// Agree to the step whose turn it is, which is the caller's to decide. After the last step all is approved.
    async fn approve_approval(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ApproveApproval,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Approval> {
        Ok(decisions::approve(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Do not agree to the step whose turn it is, which is the caller's to decide: all is rejected.
    async fn reject_approval(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: RejectApproval,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Approval> {
        Ok(decisions::reject(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Let somebody else decide on the step whose turn it is.
    async fn delegate_approval(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: DelegateApproval,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Approval> {
        Ok(decisions::delegate(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Take back what one has asked for. What is withdrawn already stays so.
    async fn withdraw_approval(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Approval> {
        Ok(requests::withdraw(ctx.me()?, id, if_version.into()).await?.into())
    }
}
