use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    customers::contacts::{self, ContactPatch, NewContact},
    kernel::Expected,
    records,
};
use rapport_entity::{
    customers::{
        contact::{Entity, Id, Model},
        customer,
    },
    rule::Rule,
};

use super::{CustomValue, Customer, custom_values};
use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// A person at an organization that is our customer.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Contact {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Contact {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Contact {
    /// The values of custom fields, with their types.
    async fn custom_values(&self, ctx: &Context<'_>) -> Result<Vec<CustomValue>> {
        custom_values(ctx, "contact", &self.row.custom)
    }

    /// The customer they belong to.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        let row: Option<customer::Model> = ctx.load(Some(self.row.customer_id)).await?;
        Ok(row.map(Customer::from))
    }
}

#[derive(Default)]
pub struct ContactQuery;

#[Object]
impl ContactQuery {
    /// Contacts, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn contacts(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Contact>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One contact.
    async fn contact(&self, ctx: &Context<'_>, id: Id) -> Result<Contact> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ContactMutation;

#[Object]
impl ContactMutation {
    /// Make a contact.
    async fn create_contact(&self, ctx: &Context<'_>, input: NewContact) -> Result<Contact> {
        Ok(contacts::create(ctx.me()?, input).await?.into())
    }

    /// Change a contact: what is left out stays, null clears.
    async fn update_contact(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ContactPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Contact> {
        Ok(contacts::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Delete a contact. It can be restored.
    async fn delete_contact(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Contact> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted contact back.
    async fn restore_contact(&self, ctx: &Context<'_>, id: Id) -> Result<Contact> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
