use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    service::complaints::promises::{self, CheckPromise, NewPromise, PromisePatch},
};
use rapport_entity::{
    rule::Rule,
    service::promise::{Entity, Id, Model},
};

use super::ServiceRequest;
use crate::{
    connection::{Args, Connected, list},
    customers::Customer,
    identity::User,
    rows::ContextExt,
};

/// Something that a customer was promised in a service request, and whether it was kept.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Promise {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Promise {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Promise {
    /// The request in which it was promised.
    async fn request(&self, ctx: &Context<'_>) -> Result<Option<ServiceRequest>> {
        Ok(ctx.load(Some(self.row.request_id)).await?.map(ServiceRequest::from))
    }

    /// The customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Ok(ctx.load(self.row.customer_id).await?.map(Customer::from))
    }

    /// The user who sees to it.
    async fn keeper(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.keeper_id).await?.map(User::from))
    }
}

#[derive(Default)]
pub struct PromiseQuery;

#[Object]
impl PromiseQuery {
    /// Promises, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn promises(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Promise>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One promise.
    async fn promise(&self, ctx: &Context<'_>, id: Id) -> Result<Promise> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct PromiseMutation;

#[Object]
impl PromiseMutation {
    /// Write down what a customer was promised in a service request, and by when.
    async fn create_promise(&self, ctx: &Context<'_>, input: NewPromise) -> Result<Promise> {
        Ok(promises::create(ctx.me()?, input).await?.into())
    }

    /// Change what was promised, while nobody has said whether it was kept: what is left out stays, null clears.
    async fn update_promise(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: PromisePatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Promise> {
        let expected = Expected::of(if_version, base_version);
        Ok(promises::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a promise. It can be restored.
    async fn delete_promise(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Promise> {
        Ok(promises::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted promise back.
    async fn restore_promise(&self, ctx: &Context<'_>, id: Id) -> Result<Promise> {
        Ok(promises::restore(ctx.me()?, id).await?.into())
    }

    /// Say that a promise was kept.
    async fn keep_promise(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: CheckPromise,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Promise> {
        Ok(promises::keep(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Say that a promise was broken.
    async fn break_promise(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: CheckPromise,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Promise> {
        Ok(promises::break_it(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Say that the customer no longer wants what they were promised.
    async fn withdraw_promise(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: CheckPromise,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Promise> {
        Ok(promises::withdraw(ctx.me()?, id, if_version.into(), input).await?.into())
    }
}
