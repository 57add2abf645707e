use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    service::complaints::complaints::{self, ComplaintPatch, NewComplaint, TellOutcome},
};
use rapport_entity::{
    rule::Rule,
    service::complaint::{self, Entity, Id, Model},
};

use super::{ComplaintCause, ServiceRequest};
use crate::{
    connection::{Args, Connected, list},
    customers::Customer,
    rows::ContextExt,
};

/// What came of a service request that is a complaint.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Complaint {
    #[graphql(flatten)]
    row: complaint::Complaint,
}

impl From<Model> for Complaint {
    fn from(row: Model) -> Self {
        Self { row: row.into() }
    }
}

impl From<complaint::Complaint> for Complaint {
    fn from(row: complaint::Complaint) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Complaint {
    /// The request.
    async fn request(&self, ctx: &Context<'_>) -> Result<Option<ServiceRequest>> {
        Ok(ctx.load(Some(self.row.request_id)).await?.map(ServiceRequest::from))
    }

    /// Why it came to it.
    async fn cause(&self, ctx: &Context<'_>) -> Result<Option<ComplaintCause>> {
        Ok(ctx.load(self.row.cause_id).await?.map(ComplaintCause::from))
    }

    /// The customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Ok(ctx.load(self.row.customer_id).await?.map(Customer::from))
    }
}

#[derive(Default)]
pub struct ComplaintQuery;

#[Object]
impl ComplaintQuery {
    /// Complaints, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn complaints(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Complaint>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One complaint.
    async fn complaint(&self, ctx: &Context<'_>, id: Id) -> Result<Complaint> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ComplaintMutation;

#[Object]
impl ComplaintMutation {
    /// Write down what came of a service request that is a complaint: there is one of each.
    async fn create_complaint(&self, ctx: &Context<'_>, input: NewComplaint) -> Result<Complaint> {
        Ok(complaints::create(ctx.me()?, input).await?.into())
    }

    /// Change what is written down of a complaint: what is left out stays, null clears.
    async fn update_complaint(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ComplaintPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Complaint> {
        let expected = Expected::of(if_version, base_version);
        Ok(complaints::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a complaint. It can be restored.
    async fn delete_complaint(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Complaint> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted complaint back.
    async fn restore_complaint(&self, ctx: &Context<'_>, id: Id) -> Result<Complaint> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }

    /// Write down what the customer was told to have come of their complaint. The request is not closed before; what they were told last counts.
    async fn tell_complaint_outcome(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: TellOutcome,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Complaint> {
        Ok(complaints::tell(ctx.me()?, id, if_version.into(), input).await?.into())
    }
}
