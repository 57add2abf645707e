//! When keys are used: written beside the requests that use them, and at most once a minute for each key.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use moka::sync::Cache;
use rapport_entity::identity::api_key::{Column, Entity, Id, Model};
use sea_orm::{ColumnTrait, Condition};

use crate::kernel::{Ctx, Result};

/// How exactly the last use is known.
const EXACT: TimeDelta = TimeDelta::minutes(1);

/// How many keys are remembered.
const MOST: u64 = 10_000;

/// The uses that this process has written.
pub struct Uses(Cache<Id, DateTime<Utc>>);

impl Uses {
    /// None yet.
    pub fn new() -> Self {
        Self(Cache::new(MOST))
    }

    /// Writes a use, if the last that is known was long enough ago; nobody waits for it.
    pub fn note(&self, rapport: Ctx, key: &Model, from: Option<IpAddr>) {
        let now = rapport.database().clock().now();
        let known = self.0.get(&key.id).into_iter().chain(key.last_used_at);
        if known.into_iter().any(|at| (now - at).abs() < EXACT) {
            return;
        }
        self.0.insert(key.id, now);
        let (id, from) = (key.id, from.map(|address| address.to_canonical().to_string()));
        tokio::spawn(async move {
            if let Err(err) = write(&rapport, id, now, from).await {
                tracing::warn!(key = %id, error = ?err, "the use of an API key could not be written");
            }
        });
    }
}

/// Another node may just have written it.
async fn write(ctx: &Ctx, id: Id, now: DateTime<Utc>, from: Option<String>) -> Result<()> {
    let is_known = Condition::all()
        .add(Column::LastUsedAt.gt(now - EXACT))
        .add(Column::LastUsedAt.lt(now + EXACT));
    let key = || Condition::all().add(Column::Id.eq(id));
    let unknown = Condition::any().add(Column::LastUsedAt.is_null()).add(is_known.not());
    ctx.tx(async |tx| {
        let keys = tx.rows::<Entity>();
        if keys.set(Column::LastUsedAt, now, key().add(unknown)).await? > 0 {
            keys.set(Column::LastUsedFrom, from, key()).await?;
        }
        Ok(())
    })
    .await
}
