use async_graphql::InputObject;
use rapport_entity::{
    Text,
    customers::customer,
    identity::user,
    lifecycle::{
        lifecycle_move::Cause,
        lifecycle_stage::Kind,
        winback::{self, ActiveModel, Entity, Model, Status},
        winback_programme,
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    losses::{open_loss, recover},
    moves::make,
    stages::held_of_kind,
};
use crate::{
    customers::Parties,
    kernel::{Create, Ctx, Error, Expected, Faults, Patch, Read, Result, Tx, Update},
};

/// An attempt to win a lost customer back, to be begun.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewWinback {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<winback::Id>,
    /// Who is to be won back: somebody who is lost.
    pub customer_id: customer::Id,
    /// The programme that it is a part of.
    pub programme_id: Option<winback_programme::Id>,
    /// The user who sees to it; the caller where left out.
    pub owner_id: Option<user::Id>,
}

/// What to change of an attempt to win a customer back: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WinbackPatch {
    /// The programme that it is a part of.
    #[serde(default)]
    #[schema(value_type = Option<winback_programme::Id>)]
    pub programme_id: Patch<winback_programme::Id>,
    /// The user who sees to it.
    #[serde(default)]
    #[schema(value_type = Option<user::Id>)]
    pub owner_id: Patch<user::Id>,
    /// What came of it, in words.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub result: Patch<Text>,
}

/// How an attempt to win a customer back ended.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WinbackResult {
    /// What came of it, in words.
    pub result: Option<Text>,
}

/// Begins an attempt to win a lost customer back. There is one at a time.
///
/// # Errors
/// [`Error::Conflict`] names every reference that is wrong, such as a customer who is not lost; [`Error::Duplicate`] where
/// an attempt is under way; [`Error::Forbidden`].
pub async fn create(ctx: &Ctx, new: NewWinback) -> Result<Model> {
    ctx.tx(async |tx| {
        let winbacks = tx.can::<Entity, Create>()?;
        check_references(tx, Some(new.customer_id), new.programme_id, new.owner_id).await?;
        // Whoever loses a customer or wins one back locks the customer, so that the loss stays what it is.
        tx.entailed::<customer::Entity, Update>().lock(new.customer_id, Expected::Any).await?;
        let loss = open_loss(tx, new.customer_id).await?;
        let row = ActiveModel {
            customer_id: Set(new.customer_id),
            loss_id: Set(loss.id),
            programme_id: Set(new.programme_id),
            owner_id: new.owner_id.map_or(NotSet, |owner| Set(Some(owner))),
            status: Set(Status::Open),
            ..Default::default()
        };
        winbacks.insert(new.id, row).await
    })
    .await
}

/// Changes an attempt to win a customer back.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Conflict`].
pub async fn update(
    ctx: &Ctx,
    id: winback::Id,
    expected: Expected,
    patch: WinbackPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let winbacks = tx.can::<Entity, Update>()?;
        winbacks.lock(id, expected).await?;
        let (programme, owner) = (patch.programme_id.as_set(), patch.owner_id.as_set());
        check_references(tx, None, programme.copied(), owner.copied()).await?;
        let row = ActiveModel {
            programme_id: patch.programme_id.into_active_value(),
            owner_id: patch.owner_id.into_active_value(),
            result: patch.result.into_active_value(),
            ..Default::default()
        };
        winbacks.update(id, Expected::Any, row).await
    })
    .await
}

/// The customer is back: moves them to the stage of those won back, and makes the loss good.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where the attempt has ended, or there is no stage for those
/// won back.
pub async fn win(
    ctx: &Ctx,
    id: winback::Id,
    expected: Expected,
    how: WinbackResult,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let winbacks = tx.can::<Entity, Update>()?;
        // The customer is locked first, as by everybody.
        let attempt = tx.can::<Entity, Read>()?.one(id).await?;
        let customers = tx.entailed::<customer::Entity, Update>();
        let customer = customers.lock(attempt.customer_id, Expected::Any).await?;
        let before = open(winbacks.lock(id, expected).await?)?;
        let back = held_of_kind(tx, Kind::WonBack, "won_back").await?;
        let why = how.result.clone();
        make(&customers, tx, &customer, &back, Cause::Winback, why).await?;
        recover(tx, before.loss_id).await?;
        let after = ended(tx, &before, Status::Won, how);
        winbacks.save(&before, after, "won", &[]).await
    })
    .await
}

/// The customer stays away: the attempt is given up.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where the attempt has ended.
pub async fn fail(
    ctx: &Ctx,
    id: winback::Id,
    expected: Expected,
    how: WinbackResult,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let winbacks = tx.can::<Entity, Update>()?;
        let before = open(winbacks.lock(id, expected).await?)?;
        let after = ended(tx, &before, Status::Failed, how);
        winbacks.save(&before, after, "failed", &[]).await
    })
    .await
}

fn open(attempt: Model) -> Result<Model> {
    match attempt.status {
        Status::Open => Ok(attempt),
        Status::Won | Status::Failed => Err(Error::Refused("the attempt has ended".to_owned())),
    }
}

fn ended(tx: &Tx<'_>, attempt: &Model, status: Status, how: WinbackResult) -> Model {
    let result = how.result.or_else(|| attempt.result.clone());
    Model { status, result, closed_at: Some(tx.now()), ..attempt.clone() }
}

async fn check_references(
    tx: &Tx<'_>,
    customer: Option<customer::Id>,
    programme: Option<winback_programme::Id>,
    owner: Option<user::Id>,
) -> Result<()> {
    let mut faults = Faults::default();
    let parties = Parties { customer, owner, ..Parties::default() };
    parties.judge(tx, Parties::default(), &mut faults).await?;
    if let Some(id) = programme
        && tx.can::<winback_programme::Entity, Read>()?.live(&[id]).await?.is_empty()
    {
        faults.conflict("/programmeId", "is no win-back programme");
    }
    faults.check()
}
