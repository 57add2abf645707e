use async_graphql::InputObject;
use rapport_entity::{
    Date, Moment, Purpose, Source, Text,
    customers::{
        consent::{self, ActiveModel, Channel, Column, Entity, Model, Status},
        customer,
    },
};
use sea_orm::DeriveIntoActiveModel;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::parties::Parties;
use crate::{
    kernel::{Create, Ctx, Expected, Patch, Read, Result, Update, patched},
    records,
};

/// A consent to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewConsent {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    #[sea_orm(ignore)]
    pub id: Option<consent::Id>,
    /// The customer who gave it or did not.
    pub customer_id: customer::Id,
    /// What for. There is one consent of a customer for a purpose and a channel.
    pub purpose: Purpose,
    /// Over what.
    pub channel: Channel,
    /// What they said.
    pub status: Status,
    /// When they said so; now where left out.
    pub obtained_at: Option<Moment>,
    /// The last day it holds; until it is withdrawn where left out.
    pub expires_on: Option<Date>,
    /// How it was given: the words they were shown, the form, who heard it.
    pub evidence: Option<Text>,
    /// The system it was given in.
    pub source: Option<Source>,
}

/// What to change of a consent: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsentPatch {
    /// What they say now.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Status)]
    pub status: Option<Status>,
    /// When they said so; now where left out and the status is another.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Moment)]
    pub obtained_at: Option<Moment>,
    /// The last day it holds.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub expires_on: Patch<Date>,
    /// How it was given.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub evidence: Patch<Text>,
    /// The system it was given in.
    #[serde(default)]
    #[schema(value_type = Option<Source>)]
    pub source: Patch<Source>,
}

/// Makes a consent.
///
/// # Errors
/// [`Error::Conflict`](crate::Error::Conflict) where there is no such customer; [`Error::Duplicate`](crate::Error::Duplicate) where the customer has one for the purpose
/// and the channel.
pub async fn create(ctx: &Ctx, mut new: NewConsent) -> Result<Model> {
    ctx.tx(async |tx| {
        let parties = Parties { customer: Some(new.customer_id), ..Parties::default() };
        parties.check(tx, Parties::default()).await?;
        if new.obtained_at.is_none() {
            let before = records::made_before::<Entity>(tx, new.id).await?;
            new.obtained_at = Some(before.map_or(tx.now().into(), |made| made.obtained_at));
        }
        tx.can::<Entity, Create>()?.insert(new.id, new).await
    })
    .await
}

/// Changes a consent.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Stale`](crate::Error::Stale), [`Error::Conflict`](crate::Error::Conflict).
pub async fn update(
    ctx: &Ctx,
    id: consent::Id,
    expected: Expected,
    patch: ConsentPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let consents = tx.can::<Entity, Update>()?;
        let before = consents.lock(id, expected).await?;
        let is_dated = patch.obtained_at.is_some();
        let mut after = patched::<Entity>(&before, patch)?;
        if after.status != before.status && !is_dated {
            after.obtained_at = tx.now().into();
        }
        consents.save(&before, after, "updated", &[]).await
    })
    .await
}

/// The latest consents of each of some customers, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden).
pub async fn latest_of(ctx: &Ctx, customers: &[customer::Id], limit: u64) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = customers.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?
        .latest_each(Column::CustomerId, &keys, Column::ObtainedAt, limit)
        .await
}
