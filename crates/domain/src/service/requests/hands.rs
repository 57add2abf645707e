use async_graphql::InputObject;
use rapport_entity::{
    Resource, Text,
    identity::{role::Scope, role::Verb, user},
    service::{
        queue,
        request_message::Kind,
        service_request::{self, Entity, Model},
    },
};
use sea_orm::IntoActiveValue;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{course::check_going_on, family, messages, saving::save};
use crate::{
    kernel::{Ctx, Error, Expected, Faults, Patch, Read, Result, Tx, Update, patched},
    service::queues,
};

/// Who is to have a service request, and where it is to wait: what is left out stays, null is nobody, or nowhere.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssignServiceRequest {
    /// The user who is to have it.
    #[serde(default)]
    #[schema(value_type = Option<user::Id>)]
    pub owner_id: Patch<user::Id>,
    /// The queue that it is to wait in.
    #[serde(default)]
    #[schema(value_type = Option<queue::Id>)]
    pub queue_id: Patch<queue::Id>,
    /// What there is to say about it, among ourselves.
    pub note: Option<Text>,
}

/// Gives a service request to somebody, or puts it into a queue, and says why.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Conflict`]; [`Error::Refused`] where it has become a part of another.
pub async fn assign(
    ctx: &Ctx,
    id: service_request::Id,
    expected: Expected,
    to: AssignServiceRequest,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        check_going_on(&before)?;
        let row = service_request::ActiveModel {
            owner_id: to.owner_id.into_active_value(),
            queue_id: to.queue_id.into_active_value(),
            ..Default::default()
        };
        let after = patched::<Entity>(&before, row)?;
        let mut faults = Faults::default();
        family::judge(tx, Some(&before), &after, &mut faults).await?;
        faults.check()?;
        if let Some(note) = to.note {
            messages::write(tx, &before, Kind::Note, note).await?;
        }
        save(tx, &before, after, "assigned", &[]).await
    })
    .await
}

/// Takes an open service request that nobody has. Of several who do so at once, one gets it. Whoever has it already, keeps
/// it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where somebody else has it, it is not open, or it waits in a queue
/// of others.
pub async fn take(ctx: &Ctx, id: service_request::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        tx.can::<Entity, Update>()?;
        // What nobody has is nobody's own: whoever sees it may take it.
        tx.can::<Entity, Read>()?.one(id).await?;
        let before = tx.entailed::<Entity, Update>().lock(id, expected).await?;
        let Some(me) = tx.actor().user else {
            return Err(Error::Refused("only a user can have a service request".to_owned()));
        };
        if before.owner_id == Some(me) {
            return Ok(before);
        }
        check_free(tx, &before, me).await?;
        let after = Model { owner_id: Some(me), ..before.clone() };
        save(tx, &before, after, "taken", &[]).await
    })
    .await
}

async fn check_free(tx: &Tx<'_>, row: &Model, me: user::Id) -> Result<()> {
    check_going_on(row)?;
    if row.owner_id.is_some() {
        return Err(Error::Refused("somebody else has the request".to_owned()));
    }
    if !row.is_open {
        return Err(Error::Refused("nothing is to be done about the request any more".to_owned()));
    }
    let Some(id) = row.queue_id else { return Ok(()) };
    match queues::held(tx, id).await? {
        Some(queue) => check_member(tx, &queue, me),
        None => Ok(()),
    }
}

/// From a queue with members only these take, and whoever may change every request.
pub(super) fn check_member(tx: &Tx<'_>, queue: &queue::Model, me: user::Id) -> Result<()> {
    let members = &queue.member_ids.0;
    let may_anything = tx.actor().permissions.scope(Entity::NAME, Verb::Update) == Scope::All;
    match members.is_empty() || members.contains(&me) || may_anything {
        true => Ok(()),
        false => Err(Error::Refused("the request waits in a queue of others".to_owned())),
    }
}
