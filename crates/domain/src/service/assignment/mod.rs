//! Who gets requests that wait in queues: at once where somebody can have them, and otherwise as soon as somebody can.

mod crew;
mod filling;
mod needs;
mod waiting;

pub(super) use crew::open;
pub use filling::QueueFilling;
pub(crate) use filling::look_again_everywhere;
pub(super) use filling::{freed, look_again, look_again_for};
pub(super) use needs::Needs;
pub(super) use waiting::{first, held_if_waiting};

use rapport_entity::{
    identity::user,
    service::{
        queue::{self, Method},
        queue_turn, service_request,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value as Json, json};

use crate::kernel::{Read, Result, Tx};
use crew::Crew;

/// Who gets a request, and why.
#[derive(Clone, Copy, Debug)]
pub(super) struct Assignment {
    /// They get it.
    pub user: user::Id,
    method: Method,
    queue: queue::Id,
}

impl Assignment {
    /// Somebody who takes a request from a queue.
    pub fn taken(user: user::Id, queue: queue::Id) -> Self {
        Self { user, method: Method::Pull, queue }
    }

    /// As the event tells it.
    pub fn told(&self) -> (&'static str, Json, Json) {
        let method = sea_orm::ActiveEnum::to_value(&self.method);
        ("assignment", Json::Null, json!({ "method": method, "queueId": self.queue }))
    }
}

/// Lets nobody else give requests out until the transaction ends, so that turns and capacities are as they are. Whoever
/// waits here may hold the request that it is about, and whoever is let in waits for no request.
pub(super) async fn one_at_a_time(tx: &Tx<'_>) -> Result<()> {
    tx.one_at_a_time("service assignment").await
}

/// Who gets a request that was made or changed, where it waits in a queue that gives requests out and somebody can have it.
pub(super) async fn of_request(
    tx: &Tx<'_>,
    request: &service_request::Model,
) -> Result<Option<Assignment>> {
    let Some(queue) = giving(tx, request).await? else { return Ok(None) };
    one_at_a_time(tx).await?;
    let mut crew = Crew::of(tx, &queue).await?;
    let needs = Needs::of(tx, request).await?;
    let chosen = crew.choose(&needs);
    match chosen {
        Some(user) => note(tx, queue.id, user).await?,
        None => filling::at_next_opening(tx, &queue, &crew).await?,
    }
    Ok(chosen.map(|user| Assignment { user, method: queue.method, queue: queue.id }))
}

/// The queue of a request that waits, where it gives requests out by itself.
async fn giving(tx: &Tx<'_>, request: &service_request::Model) -> Result<Option<queue::Model>> {
    let waits = request.owner_id.is_none() && request.is_open && request.deleted_at.is_none();
    let Some(id) = request.queue_id.filter(|_| waits) else { return Ok(None) };
    giving_queue(tx, id).await
}

/// A queue, where it gives requests out by itself.
async fn giving_queue(tx: &Tx<'_>, id: queue::Id) -> Result<Option<queue::Model>> {
    let queue = tx.entailed::<queue::Entity, Read>().live(&[id]).await?.pop();
    Ok(queue.filter(|queue| queue.method != Method::Pull))
}

/// Whose turn it was last in a queue.
async fn last(tx: &Tx<'_>, queue: queue::Id) -> Result<Option<user::Id>> {
    let this = queue_turn::Entity::find().filter(queue_turn::Column::QueueId.eq(queue));
    let turn = tx.rows::<queue_turn::Entity>().all(this).await?.pop();
    Ok(turn.map(|turn| turn.last_user_id))
}

/// Notes whose turn it was.
async fn note(tx: &Tx<'_>, queue: queue::Id, user: user::Id) -> Result<()> {
    let workspace_id = tx.actor().workspace;
    let row = queue_turn::Model { workspace_id, queue_id: queue, last_user_id: user };
    let key = [queue_turn::Column::WorkspaceId, queue_turn::Column::QueueId];
    tx.rows::<queue_turn::Entity>().upsert(&[row], &key).await
}
