use async_graphql::{ComplexObject, Context, InputObject, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    service::agreements::agreements::{self, AgreementPatch, NewAgreement},
};
use rapport_entity::{
    ExternalId, Source,
    rule::Rule,
    service::agreement::{self, Entity, Id, Model},
};

use crate::{
    connection::{Args, Connected, list},
    customers::{Contact, Customer},
    identity::User,
    rows::ContextExt,
};

/// What we have promised a customer for a time: what it covers are its entitlements.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Agreement {
    #[graphql(flatten)]
    row: agreement::Agreement,
}

impl From<Model> for Agreement {
    fn from(row: Model) -> Self {
        Self { row: row.into() }
    }
}

#[ComplexObject]
impl Agreement {
    /// The customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Ok(ctx.load(Some(self.row.customer_id)).await?.map(Customer::from))
    }

    /// The person there to talk to about it.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        Ok(ctx.load(self.row.contact_id).await?.map(Contact::from))
    }

    /// The user who looks after it.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.owner_id).await?.map(User::from))
    }
}

#[derive(InputObject)]
struct UpsertAgreement {
    /// The system that knows it.
    source: Source,
    /// The id it has there.
    external_id: ExternalId,
    /// What it is to be like.
    agreement: NewAgreement,
}

#[derive(Default)]
pub struct AgreementQuery;

#[Object]
impl AgreementQuery {
    /// Agreements, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn agreements(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Agreement>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One agreement.
    async fn agreement(&self, ctx: &Context<'_>, id: Id) -> Result<Agreement> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct AgreementMutation;

#[Object]
impl AgreementMutation {
    /// Make an agreement. What it covers are its entitlements.
    async fn create_agreement(&self, ctx: &Context<'_>, input: NewAgreement) -> Result<Agreement> {
        Ok(agreements::create(ctx.me()?, input).await?.into())
    }

    /// Change an agreement: what is left out stays, null clears. Its `next` says what may become of it.
    async fn update_agreement(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: AgreementPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Agreement> {
        let expected = Expected::of(if_version, base_version);
        Ok(agreements::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete an agreement. It can be restored.
    async fn delete_agreement(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Agreement> {
        Ok(agreements::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted agreement back.
    async fn restore_agreement(&self, ctx: &Context<'_>, id: Id) -> Result<Agreement> {
        Ok(agreements::restore(ctx.me()?, id).await?.into())
    }

    /// Make the agreement that another system knows by this id, or change it. What is left out, or null, stays as it is.
    async fn upsert_agreement(
        &self,
        ctx: &Context<'_>,
        input: UpsertAgreement,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Agreement> {
        let UpsertAgreement { source, external_id, agreement } = input;
        let expected = if_version.into();
        let (made, _) =
            agreements::upsert(ctx.me()?, source, external_id, expected, agreement).await?;
        Ok(made.into())
    }
}
