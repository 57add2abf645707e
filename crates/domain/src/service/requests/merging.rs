use async_graphql::InputObject;
use rapport_entity::service::{
    attachment, request_message, request_watcher,
    service_request::{self, Column, Entity, Model},
    service_status::Category,
};
use sea_orm::{ColumnTrait, Condition};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    course::{check_going_on, come_into, first_held},
    family,
    saving::save,
    watchers,
};
use crate::kernel::{Ctx, Error, Expected, Faults, Result, Tx, Update};

/// What a service request is to become a part of.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MergeServiceRequest {
    /// The other request: one of the same customer that has not become a part of another itself.
    pub into_id: service_request::Id,
    /// Whether it may be one of another customer; not where left out.
    pub force: Option<bool>,
}

/// Makes a service request a part of another: its messages and watchers go there, and it is closed, whatever may come next.
/// Whoever writes about it from now on, writes there.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where it has become a part of another already, or has cases of
/// its own; [`Error::Conflict`] where the other one cannot take it.
pub async fn merge(
    ctx: &Ctx,
    id: service_request::Id,
    expected: Expected,
    into: MergeServiceRequest,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let (before, target) = both(tx, id, expected, into.into_id).await?;
        check_going_on(&before)?;
        if family::has_children(tx, id).await? {
            return Err(Error::Refused("the request has cases of its own".to_owned()));
        }
        judge(&before, &target, into.force.unwrap_or(false)).check()?;
        hand_over(tx, &before, &target).await?;
        absorb(tx, &before, target).await?;
        end(tx, &before, into.into_id).await
    })
    .await
}

/// Both requests, locked in the order of their ids, so that two who merge them the other way round do not wait for each
/// other.
async fn both(
    tx: &Tx<'_>,
    id: service_request::Id,
    expected: Expected,
    into: service_request::Id,
) -> Result<(Model, Model)> {
    let requests = tx.can::<Entity, Update>()?;
    let rows = requests.lock_many(&[id, into]).await?;
    let before = requests.lock(id, expected).await?;
    let target = rows.into_iter().find(|row| row.id == into && into != id);
    let none = || Error::conflict("/intoId", "is no other service request");
    Ok((before, target.ok_or_else(none)?))
}

fn judge(before: &Model, target: &Model, force: bool) -> Faults {
    let mut faults = Faults::default();
    if target.merged_into_id.is_some() {
        faults.conflict("/intoId", "has become a part of another itself");
    }
    if target.parent_id == Some(before.id) {
        faults.conflict("/intoId", "is a case of this one");
    }
    if target.customer_id != before.customer_id && !force {
        faults
            .conflict("/intoId", "is one of another customer; say force to merge it all the same");
    }
    faults
}

/// Messages, files, watchers and what has been merged into the one before go over to the other.
async fn hand_over(tx: &Tx<'_>, before: &Model, target: &Model) -> Result<()> {
    let its = Condition::all().add(request_message::Column::RequestId.eq(before.id));
    let to = Uuid::from(target.id);
    let messages = tx.rows::<request_message::Entity>();
    messages.set(request_message::Column::RequestId, to, its).await?;
    let its = Condition::all().add(attachment::Column::RequestId.eq(before.id));
    let files = tx.rows::<attachment::Entity>();
    files.set(attachment::Column::RequestId, to, its).await?;
    let merged = Condition::all().add(Column::MergedIntoId.eq(before.id));
    tx.rows::<Entity>().set(Column::MergedIntoId, to, merged).await?;
    let there = watchers::of(tx, target.id).await?;
    let new: Vec<_> = watchers::of(tx, before.id)
        .await?
        .into_iter()
        .filter(|one| there.iter().all(|other| other.user_id != one.user_id))
        .take(watchers::MOST.saturating_sub(there.len()))
        .map(|one| request_watcher::Model { request_id: target.id, ..one })
        .collect();
    let its = Condition::all().add(request_watcher::Column::RequestId.eq(before.id));
    let watching = tx.rows::<request_watcher::Entity>();
    watching.delete(its).await?;
    match new.is_empty() {
        true => Ok(()),
        false => watching.insert(&new).await,
    }
}

/// The other request has been written about by now when either was.
async fn absorb(tx: &Tx<'_>, part: &Model, target: Model) -> Result<Model> {
    let first = [target.first_responded_at, part.first_responded_at];
    let after = Model {
        first_responded_at: first.into_iter().flatten().min(),
        last_customer_message_at: target
            .last_customer_message_at
            .max(part.last_customer_message_at),
        last_reply_at: target.last_reply_at.max(part.last_reply_at),
        ..target.clone()
    };
    let also = [("mergedId", json!(null), json!(part.id))];
    save(tx, &target, after, "absorbed", &also).await
}

async fn end(tx: &Tx<'_>, before: &Model, into: service_request::Id) -> Result<Model> {
    let closed = first_held(tx, Category::Closed).await?;
    let after = match before.status_category {
        Category::Closed => before.clone(),
        _ => come_into(before, &closed, tx.now()),
    };
    let after = Model { merged_into_id: Some(into), ..after };
    save(tx, before, after, "merged", &[]).await
}
