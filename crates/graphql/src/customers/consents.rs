use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    customers::consents::{self, ConsentPatch, NewConsent},
    kernel::Expected,
    records,
};
use rapport_entity::{
    customers::{
        consent::{Entity, Id, Model},
        customer,
    },
    rule::Rule,
};

use super::Customer;
use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// What a customer has said to being reached for a purpose over a channel.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Consent {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Consent {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Consent {
    /// The customer who gave it or did not.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        let row: Option<customer::Model> = ctx.load(Some(self.row.customer_id)).await?;
        Ok(row.map(Customer::from))
    }
}

#[derive(Default)]
pub struct ConsentQuery;

#[Object]
impl ConsentQuery {
    /// Consents, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn consents(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Consent>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One consent.
    async fn consent(&self, ctx: &Context<'_>, id: Id) -> Result<Consent> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ConsentMutation;

#[Object]
impl ConsentMutation {
    /// Make a consent.
    async fn create_consent(&self, ctx: &Context<'_>, input: NewConsent) -> Result<Consent> {
        Ok(consents::create(ctx.me()?, input).await?.into())
    }

    /// Change a consent: what is left out stays, null clears.
    async fn update_consent(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ConsentPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Consent> {
        Ok(consents::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Delete a consent. It can be restored.
    async fn delete_consent(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Consent> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted consent back.
    async fn restore_consent(&self, ctx: &Context<'_>, id: Id) -> Result<Consent> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
