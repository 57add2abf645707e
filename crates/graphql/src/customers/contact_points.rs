use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    customers::contact_points::{self, ContactPointPatch, NewContactPoint},
    kernel::Expected,
    records,
};
use rapport_entity::{
    customers::{
        contact_point::{Entity, Id, Model},
        customer,
    },
    rule::Rule,
};

use super::Customer;
use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// A way to reach a customer, beside the main ones that the customer's own record has.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ContactPoint {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for ContactPoint {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl ContactPoint {
    /// The customer who is reached.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        let row: Option<customer::Model> = ctx.load(Some(self.row.customer_id)).await?;
        Ok(row.map(Customer::from))
    }
}

#[derive(Default)]
pub struct ContactPointQuery;

#[Object]
impl ContactPointQuery {
    /// Contact points, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn contact_points(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<ContactPoint>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One contact point.
    async fn contact_point(&self, ctx: &Context<'_>, id: Id) -> Result<ContactPoint> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ContactPointMutation;

#[Object]
impl ContactPointMutation {
    /// Make a contact point.
    async fn create_contact_point(
        &self,
        ctx: &Context<'_>,
        input: NewContactPoint,
    ) -> Result<ContactPoint> {
        Ok(contact_points::create(ctx.me()?, input).await?.into())
    }

    /// Change a contact point: what is left out stays, null clears.
    async fn update_contact_point(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ContactPointPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<ContactPoint> {
        Ok(contact_points::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Delete a contact point. It can be restored.
    async fn delete_contact_point(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<ContactPoint> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted contact point back.
    async fn restore_contact_point(&self, ctx: &Context<'_>, id: Id) -> Result<ContactPoint> {
        Ok(contact_points::restore(ctx.me()?, id).await?.into())
    }
}
