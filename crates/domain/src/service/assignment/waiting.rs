//! The requests of a queue that wait for somebody.

use rapport_entity::service::{
    queue,
    service_request::{self, Column, Entity, Model},
};
use sea_orm::{ColumnTrait, Condition, Order};

use crate::kernel::{Access, Action, Result, Tx, Update};

/// Of those that wait, so many are looked at at once: the most urgent ones.
pub(in crate::service) const MOST: u64 = 500;

fn that_wait(queue: queue::Id) -> Condition {
    Condition::all()
        .add(Column::QueueId.eq(queue))
        .add(Column::IsOpen.eq(true))
        .add(Column::OwnerId.is_null())
}

/// The first requests that wait in a queue: by priority, and the oldest first. They are found by an index of those that
/// nobody has.
pub(in crate::service) async fn first<A: Action>(
    requests: Access<'_, Entity, A>,
    queue: queue::Id,
) -> Result<Vec<Model>> {
    let order = [
        (Column::PriorityRank, Order::Desc),
        (Column::OpenedAt, Order::Asc),
        (Column::Id, Order::Asc),
    ];
    requests.in_order(that_wait(queue), &order, MOST).await
}

/// A request, locked until the transaction ends, if it waits in a queue still and nobody is at it.
pub(in crate::service) async fn held_if_waiting(
    tx: &Tx<'_>,
    id: service_request::Id,
    queue: queue::Id,
) -> Result<Option<Model>> {
    tx.entailed::<Entity, Update>().lock_if_free(id, that_wait(queue)).await
}
