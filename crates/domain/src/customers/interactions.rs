use async_graphql::InputObject;
use rapport_entity::{
    Count, ExternalId, Label, Moment, Name, Source, Text,
    customers::{
        contact, customer,
        interaction::{self, ActiveModel, Column, Direction, Entity, Kind, Model},
    },
    identity::user,
    sales::opportunity,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, DeriveIntoActiveModel, IntoActiveModel};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::parties::Parties;
use crate::{
    kernel::{Create, Ctx, Expected, Patch, Read, Result, Tx, Update, patched},
    records,
};

/// An interaction to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewInteraction {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    #[sea_orm(ignore)]
    pub id: Option<interaction::Id>,
    /// What it was.
    pub kind: Kind,
    /// Who turned to whom; where left out, we to the customer, except with chats and purchase contacts (the customer to
    /// us) and notes (we among ourselves).
    pub direction: Option<Direction>,
    /// The customer it was with.
    pub customer_id: customer::Id,
    /// The person there it was with.
    pub contact_id: Option<contact::Id>,
    /// The opportunity it was about: one of the customer's.
    pub opportunity_id: Option<opportunity::Id>,
    /// The user who had it; the caller where left out.
    pub owner_id: Option<user::Id>,
    /// When it began; now where left out.
    pub occurred_at: Option<Moment>,
    /// How long it took, in seconds.
    pub duration_seconds: Option<Count>,
    /// What it was about.
    pub subject: Option<Name>,
    /// What was said or written.
    pub body: Option<Text>,
    /// What came of it, e.g. `reached`, `no answer` or `demo agreed`.
    pub outcome: Option<Label>,
    /// Over what it went, where the kind leaves it open, e.g. `whatsapp` or `shop berlin`.
    pub channel: Option<Label>,
}

/// What to change of an interaction: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InteractionPatch {
    /// What it was.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Kind)]
    pub kind: Option<Kind>,
    /// Who turned to whom.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Direction)]
    pub direction: Option<Direction>,
    /// The customer it was with.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = customer::Id)]
    pub customer_id: Option<customer::Id>,
    /// The person there it was with.
    #[serde(default)]
    #[schema(value_type = Option<contact::Id>)]
    pub contact_id: Patch<contact::Id>,
    /// The opportunity it was about: one of the customer's.
    #[serde(default)]
    #[schema(value_type = Option<opportunity::Id>)]
    pub opportunity_id: Patch<opportunity::Id>,
    /// The user who had it.
    #[serde(default)]
    #[schema(value_type = Option<user::Id>)]
    pub owner_id: Patch<user::Id>,
    /// When it began.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Moment)]
    pub occurred_at: Option<Moment>,
    /// How long it took, in seconds.
    #[serde(default)]
    #[schema(value_type = Option<Count>)]
    pub duration_seconds: Patch<Count>,
    /// What it was about.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    pub subject: Patch<Name>,
    /// What was said or written.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub body: Patch<Text>,
    /// What came of it.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub outcome: Patch<Label>,
    /// Over what it went, where the kind leaves it open.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub channel: Patch<Label>,
}

/// Makes an interaction.
///
/// # Errors
/// [`Error::Conflict`](crate::Error::Conflict) where there is no such customer, contact or user; [`Error::Duplicate`](crate::Error::Duplicate).
pub async fn create(ctx: &Ctx, new: NewInteraction) -> Result<Model> {
    ctx.tx(async |tx| {
        let new = completed(tx, new).await?;
        tx.can::<Entity, Create>()?.insert(new.id, new).await
    })
    .await
}

/// With what follows from the rest, where it can be made.
async fn completed(tx: &Tx<'_>, mut new: NewInteraction) -> Result<NewInteraction> {
    let NewInteraction { customer_id, contact_id, owner_id, opportunity_id, .. } = new;
    let parties = Parties {
        customer: Some(customer_id),
        contact: contact_id,
        owner: owner_id,
        opportunity: opportunity_id,
        lead: None,
    };
    parties.check(tx, Parties::default()).await?;
    new.direction.get_or_insert(new.kind.direction());
    if new.occurred_at.is_none() {
        let before = records::made_before::<Entity>(tx, new.id).await?;
        new.occurred_at = Some(before.map_or(tx.now().into(), |made| made.occurred_at));
    }
    Ok(new)
}

/// Changes an interaction.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Stale`](crate::Error::Stale), [`Error::Conflict`](crate::Error::Conflict).
pub async fn update(
    ctx: &Ctx,
    id: interaction::Id,
    expected: Expected,
    patch: InteractionPatch,
) -> Result<Model> {
    ctx.tx(async |tx| change(tx, id, expected, patch).await).await
}

async fn change(
    tx: &Tx<'_>,
    id: interaction::Id,
    expected: Expected,
    patch: impl IntoActiveModel<ActiveModel>,
) -> Result<Model> {
    let interactions = tx.can::<Entity, Update>()?;
    let before = interactions.lock(id, expected).await?;
    let after = patched::<Entity>(&before, patch)?;
    parties(&after).check(tx, parties(&before)).await?;
    interactions.save(&before, after, "updated", &[]).await
}

fn parties(row: &Model) -> Parties {
    Parties {
        customer: Some(row.customer_id),
        contact: row.contact_id,
        owner: row.owner_id,
        opportunity: row.opportunity_id,
        lead: None,
    }
}

/// Makes the interaction that another system knows by this id, or changes it: what is left out, or null, stays as it is.
/// The flag says whether it was made.
///
/// # Errors
/// [`Error::Conflict`](crate::Error::Conflict), [`Error::Stale`](crate::Error::Stale); [`Error::Refused`](crate::Error::Refused) where the interaction is deleted here.
pub async fn upsert(
    ctx: &Ctx,
    source: Source,
    external_id: ExternalId,
    expected: Expected,
    new: NewInteraction,
) -> Result<(Model, bool)> {
    let once = || upsert_once(ctx, &source, &external_id, expected.clone(), new.clone());
    records::made_or_changed(once).await
}

async fn upsert_once(
    ctx: &Ctx,
    source: &Source,
    external_id: &ExternalId,
    expected: Expected,
    new: NewInteraction,
) -> Result<(Model, bool)> {
    ctx.tx(async |tx| {
        let known = Condition::all()
            .add(Column::Source.eq(source.clone()))
            .add(Column::ExternalId.eq(external_id.clone()));
        match records::known_by::<Entity>(tx, known).await? {
            Some(found) => {
                Ok((change(tx, found.id, expected, new.into_active_model()).await?, false))
            }
            None => {
                let new = completed(tx, new).await?;
                let id = new.id;
                let row = ActiveModel {
                    source: Set(Some(source.clone())),
                    external_id: Set(Some(external_id.clone())),
                    ..new.into_active_model()
                };
                Ok((tx.can::<Entity, Create>()?.insert(id, row).await?, true))
            }
        }
    })
    .await
}

/// The latest interactions of each of some customers, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden).
pub async fn latest_of(ctx: &Ctx, customers: &[customer::Id], limit: u64) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = customers.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?
        .latest_each(Column::CustomerId, &keys, Column::OccurredAt, limit)
        .await
}
