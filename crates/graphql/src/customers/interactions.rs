use async_graphql::{ComplexObject, Context, InputObject, Object, Result, SimpleObject};
use rapport_domain::{
    customers::interactions::{self, InteractionPatch, NewInteraction},
    kernel::Expected,
    records,
};
use rapport_entity::{
    ExternalId, Source,
    customers::{
        contact, customer,
        interaction::{Entity, Id, Model},
    },
    identity::user,
    rule::Rule,
    sales::opportunity,
};

use super::{Contact, Customer};
use crate::{
    connection::{Args, Connected, list},
    identity::User,
    rows::ContextExt,
    sales::Opportunity,
};

/// Something that went on between a customer and us: a call, a mail, a visit.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Interaction {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Interaction {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Interaction {
    /// The opportunity it is about.
    async fn opportunity(&self, ctx: &Context<'_>) -> Result<Option<Opportunity>> {
        let row: Option<opportunity::Model> = ctx.load(self.row.opportunity_id).await?;
        Ok(row.map(Opportunity::from))
    }

    /// The customer it was with.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        let row: Option<customer::Model> = ctx.load(Some(self.row.customer_id)).await?;
        Ok(row.map(Customer::from))
    }

    /// The person there it was with.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        let row: Option<contact::Model> = ctx.load(self.row.contact_id).await?;
        Ok(row.map(Contact::from))
    }

    /// The user who had it.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let row: Option<user::Model> = ctx.load(self.row.owner_id).await?;
        Ok(row.map(User::from))
    }
}

#[derive(Default)]
pub struct InteractionQuery;

#[Object]
impl InteractionQuery {
    /// Interactions, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn interactions(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Interaction>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One interaction.
    async fn interaction(&self, ctx: &Context<'_>, id: Id) -> Result<Interaction> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

/// An interaction that another system knows by an id of its own.
#[derive(InputObject)]
struct UpsertInteraction {
    /// The other system.
    source: Source,
    /// The id it has there.
    external_id: ExternalId,
    /// What the interaction is like.
    interaction: NewInteraction,
}

#[derive(Default)]
pub struct InteractionMutation;

#[Object]
impl InteractionMutation {
    /// Make an interaction.
    async fn create_interaction(
        &self,
        ctx: &Context<'_>,
        input: NewInteraction,
    ) -> Result<Interaction> {
        Ok(interactions::create(ctx.me()?, input).await?.into())
    }

    /// Make the interaction that another system knows by this id, or change it.
    async fn upsert_interaction(
        &self,
        ctx: &Context<'_>,
        input: UpsertInteraction,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Interaction> {
        let UpsertInteraction { source, external_id, interaction } = input;
        let expected = if_version.into();
        let (row, _) =
            interactions::upsert(ctx.me()?, source, external_id, expected, interaction).await?;
        Ok(row.into())
    }

    /// Change an interaction: what is left out stays, null clears.
    async fn update_interaction(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: InteractionPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Interaction> {
        Ok(interactions::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Delete an interaction. It can be restored.
    async fn delete_interaction(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Interaction> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted interaction back.
    async fn restore_interaction(&self, ctx: &Context<'_>, id: Id) -> Result<Interaction> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
