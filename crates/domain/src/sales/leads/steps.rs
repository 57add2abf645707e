use async_graphql::InputObject;
use rapport_entity::{
    Text,
    sales::lead::{self, Entity, Model},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    saving::save,
    states::{Step, after},
};
use crate::kernel::{Ctx, Expected, Result, Update};

/// Why nothing comes of a lead.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DisqualifyLead {
    /// Why.
    pub reason: Text,
}

/// Says that somebody has answered an open lead: the response clock stops, and a new lead is worked on from now on. The
/// first answer counts.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Stale`](crate::Error::Stale);
/// [`Error::Refused`](crate::Error::Refused) where the lead is unqualified or converted.
pub async fn respond(ctx: &Ctx, id: lead::Id, expected: Expected) -> Result<Model> {
    step(ctx, id, expected, Step::Respond, "responded", None).await
}

/// Says that an open lead is worth selling to. One that is qualified stays so.
///
/// # Errors
/// As [`respond`].
pub async fn qualify(ctx: &Ctx, id: lead::Id, expected: Expected) -> Result<Model> {
    step(ctx, id, expected, Step::Qualify, "qualified", None).await
}

/// Says that nothing comes of an open lead, and why.
///
/// # Errors
/// As [`respond`].
pub async fn disqualify(
    ctx: &Ctx,
    id: lead::Id,
    expected: Expected,
    why: DisqualifyLead,
) -> Result<Model> {
    step(ctx, id, expected, Step::Disqualify, "disqualified", Some(why.reason)).await
}

/// Takes an unqualified lead up again. One that is open stays as it is.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Stale`](crate::Error::Stale);
/// [`Error::Refused`](crate::Error::Refused) where the lead is converted.
pub async fn reopen(ctx: &Ctx, id: lead::Id, expected: Expected) -> Result<Model> {
    step(ctx, id, expected, Step::Reopen, "reopened", None).await
}

async fn step(
    ctx: &Ctx,
    id: lead::Id,
    expected: Expected,
    step: Step,
    what: &str,
    reason: Option<Text>,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        let status = after(before.status, step)?;
        let responded = (step == Step::Respond).then(|| tx.now());
        let row = Model {
            status,
            unqualified_reason: reason,
            responded_at: before.responded_at.or(responded),
            ..before.clone()
        };
        save(tx, &before, row, what, &[]).await
    })
    .await
}
