use async_graphql::InputObject;
use rapport_entity::{
    Custom, Email, Label, Name, Phone, Tags, Text,
    customers::{
        contact::{self, ActiveModel, Column, Entity, Model},
        customer,
    },
};
use sea_orm::DeriveIntoActiveModel;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::kernel::{Create, Ctx, Error, Expected, Fault, Patch, Read, Result, Tx, Update};

/// A contact to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewContact {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    #[sea_orm(ignore)]
    pub id: Option<contact::Id>,
    /// The customer they belong to.
    pub customer_id: customer::Id,
    /// What they are called.
    pub name: Name,
    /// Given name.
    pub first_name: Option<Label>,
    /// Family name.
    pub last_name: Option<Label>,
    /// What they do there.
    pub job_title: Option<Label>,
    /// The part they play for us, e.g. buyer or user.
    pub role: Option<Label>,
    /// E-mail address.
    pub email: Option<Email>,
    /// Telephone number.
    pub phone: Option<Phone>,
    /// Anything worth knowing.
    pub description: Option<Text>,
    /// Values of the workspace's custom fields.
    pub custom: Option<Custom>,
    /// Words that the record is marked with.
    pub tags: Option<Tags>,
}

/// What to change of a contact: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContactPatch {
    /// The customer they belong to.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = customer::Id)]
    pub customer_id: Option<customer::Id>,
    /// What they are called.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// Given name.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub first_name: Patch<Label>,
    /// Family name.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub last_name: Patch<Label>,
    /// What they do there.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub job_title: Patch<Label>,
    /// The part they play for us.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub role: Patch<Label>,
    /// E-mail address.
    #[serde(default)]
    #[schema(value_type = Option<Email>)]
    pub email: Patch<Email>,
    /// Telephone number.
    #[serde(default)]
    #[schema(value_type = Option<Phone>)]
    pub phone: Patch<Phone>,
    /// Anything worth knowing.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// Values of the workspace's custom fields: those that are left out stay, null clears one.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Custom)]
    pub custom: Option<Custom>,
    /// Words that the record is marked with: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Tags)]
    pub tags: Option<Tags>,
}

/// Makes a contact.
///
/// # Errors
/// [`Error::Invalid`] where there is no such customer.
pub async fn create(ctx: &Ctx, new: NewContact) -> Result<Model> {
    ctx.tx(async |tx| create_in(tx, new).await).await
}

/// Makes a contact as a part of something.
///
/// # Errors
/// As [`create`].
pub(crate) async fn create_in(tx: &Tx<'_>, new: NewContact) -> Result<Model> {
    check_customer(tx, new.customer_id).await?;
    tx.can::<Entity, Create>()?.insert(new.id, new).await
}

/// Changes a contact.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Invalid`].
pub async fn update(
    ctx: &Ctx,
    id: contact::Id,
    expected: Expected,
    patch: ContactPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let contacts = tx.can::<Entity, Update>()?;
        contacts.lock(id, expected).await?;
        if let Some(customer) = patch.customer_id {
            check_customer(tx, customer).await?;
        }
        let moved = patch.customer_id.is_some();
        let after = contacts.update(id, Expected::Any, patch).await?;
        if moved {
            contacts.check_reach(&after).await?;
        }
        Ok(after)
    })
    .await
}

/// The newest contacts of each of some customers, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn latest_of(ctx: &Ctx, customers: &[customer::Id], limit: u64) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = customers.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?
        .latest_each(Column::CustomerId, &keys, Column::CreatedAt, limit)
        .await
}

/// A contact may only belong to a customer that the actor can see.
async fn check_customer(tx: &Tx<'_>, id: customer::Id) -> Result<()> {
    match tx.can::<customer::Entity, Read>()?.one(id).await {
        Err(Error::NotFound(_)) => {
            Err(Error::Conflict(vec![Fault::new("/customerId", "is no customer")]))
        }
        other => other.map(|_| ()),
    }
}
