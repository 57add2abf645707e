//! What every change of a lead brings with it: its score, when an answer is overdue, and who is told that they have it.

use rapport_entity::{
    Resource,
    identity::user,
    sales::lead::{Entity, Model},
    work::notification::Kind,
};
use serde_json::Value as Json;

use super::{enquiries, overdue, scoring};
use crate::{
    kernel::{Result, Tx, Update},
    work::notifications::{Notice, notify},
};

/// Members that are kept elsewhere, before and after.
pub type Also<'a> = [(&'a str, Json, Json)];

/// Saves a lead that was locked and changed, and what the change brings with it.
pub async fn save(
    tx: &Tx<'_>,
    before: &Model,
    after: Model,
    what: &str,
    also: &Also<'_>,
) -> Result<Model> {
    let after = tx.can::<Entity, Update>()?.save(before, after, what, also).await?;
    follow(tx, Some(before), &after).await?;
    scoring::rate(tx, after).await
}

/// Gives a lead that was locked to somebody, or to nobody. Whoever does so tells them in a way of their own.
pub(crate) async fn give(
    tx: &Tx<'_>,
    before: &Model,
    owner: Option<user::Id>,
    what: &str,
    also: &Also<'_>,
) -> Result<Model> {
    let after = Model { owner_id: owner, ..before.clone() };
    let after = tx.entailed::<Entity, Update>().save(before, after, what, also).await?;
    enquiries::follow(tx, before, &after).await?;
    scoring::rate(tx, after).await
}

/// What follows from a change, or from a lead's having come to be there.
pub async fn follow(tx: &Tx<'_>, before: Option<&Model>, after: &Model) -> Result<()> {
    let awaited = |row: &Model| {
        let promised = (row.response_due_at, row.response_rule_id);
        (is_awaited(row) && promised != (None, None)).then_some(promised)
    };
    if before.and_then(awaited) != awaited(after) {
        overdue::set_timer(tx, after).await?;
    }
    if let Some(before) = before {
        enquiries::follow(tx, before, after).await?;
    }
    let is_new = before.and_then(|before| before.owner_id) != after.owner_id;
    if let Some(owner) = after.owner_id
        && is_new
        && after.status.is_open()
        && tx.actor().user != Some(owner)
    {
        let occasion = format!("lead {} assigned {}", after.id, after.version);
        notify(tx, owner, notice(Kind::LeadAssigned, after, occasion)).await?;
    }
    Ok(())
}

/// Whether an answer is waited for.
pub fn is_awaited(row: &Model) -> bool {
    row.responded_at.is_none() && row.status.is_open() && row.deleted_at.is_none()
}

/// What its owner is told of a lead.
pub fn notice(kind: Kind, row: &Model, occasion: String) -> Notice {
    Notice {
        kind,
        title: row.name.clone(),
        body: None,
        about: Some((Entity::NAME, row.id.uuid())),
        customer: row.customer_id,
        occasion,
    }
}
