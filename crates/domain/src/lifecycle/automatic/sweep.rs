//! Looking at everybody, bit by bit: in one transaction all who are moved would be locked until the last of them is.

use chrono::{DateTime, Utc};
use rapport_entity::{
    customers::customer,
    lifecycle::{
        lifecycle_stage::Model,
        lifecycle_sweep::{self, Column, Entity},
    },
};
use sea_orm::{ColumnTrait, Condition, EntityTrait};
use uuid::Uuid;

use super::evaluation::look_at;
use crate::kernel::{Read, Result, Tx};

/// So many customers are looked at in one transaction.
const AT_ONCE: u64 = 2_000;

/// Begins at the beginning, also where one is under way.
pub async fn begin(tx: &Tx<'_>) -> Result<()> {
    let row = lifecycle_sweep::Model { workspace_id: tx.actor().workspace, after_id: Uuid::nil() };
    tx.rows::<Entity>().upsert(&[row], &[Column::WorkspaceId]).await
}

/// Looks at the next customers, if one is under way. Gives back whether there are more to be looked at.
pub async fn go_on(tx: &Tx<'_>, stages: &[Model], at: DateTime<Utc>) -> Result<bool> {
    let Some(row) = tx.rows::<Entity>().all(Entity::find()).await?.pop() else { return Ok(false) };
    let next = tx.entailed::<customer::Entity, Read>().after(Some(row.after_id), AT_ONCE).await?;
    let ids: Vec<Uuid> = next.iter().map(|row| row.id.uuid()).collect();
    look_at(tx, stages, &ids, at).await?;
    let here = || Condition::all().add(Column::WorkspaceId.eq(tx.actor().workspace));
    match ids.last() {
        Some(last) if ids.len() as u64 == AT_ONCE => {
            tx.rows::<Entity>().set(Column::AfterId, *last, here()).await?;
            Ok(true)
        }
        _ => {
            tx.rows::<Entity>().delete(here()).await?;
            Ok(false)
        }
    }
}
