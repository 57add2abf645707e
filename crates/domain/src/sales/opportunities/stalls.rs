//! Opportunities that stay in a stage for longer than it allows. When that is so is a timer, set in the transaction of the
//! opportunity; whichever node comes first takes it, tells of it and notifies whoever has the opportunity.

use chrono::{DateTime, Utc};
use rapport_entity::{
    Name, Resource,
    sales::opportunity::{Entity, Model, Status},
    work::notification::Kind,
};
use sea_orm::prelude::async_trait;
use serde_json::{Map, json};

use crate::{
    kernel::{Ctx, Error, Expected, Result, Timer, Tx, Update},
    timed::Timed,
    work::notifications::{Notice, notify},
};

/// The kind of the timers.
pub(super) const TIMER: &str = "opportunity_stall";

/// Finds the opportunities of every workspace that are stalled.
#[derive(Debug)]
pub struct Stalls;

#[async_trait::async_trait]
impl Timed for Stalls {
    fn kind(&self) -> &'static str {
        TIMER
    }

    async fn act(&self, ctx: &Ctx, timer: &Timer) -> Result<()> {
        ctx.tx(async |tx| tell(tx, timer).await).await
    }
}

/// Tells that an opportunity is stalled, if it still is. It is locked, so that it is not moved on meanwhile.
async fn tell(tx: &Tx<'_>, timer: &Timer) -> Result<()> {
    tx.unheard();
    let locked = tx.entailed::<Entity, Update>().lock(timer.subject.into(), Expected::Any).await;
    if !tx.take_timer(TIMER, timer).await? {
        return Ok(());
    }
    let row = match locked {
        Err(Error::NotFound(_)) => return Ok(()),
        locked => locked?,
    };
    let Some(since) = stalled_since(&row).filter(|since| *since <= timer.due_at) else {
        return Ok(());
    };
    let member = |value| Map::from_iter([("stalledSince".to_owned(), value)]);
    tx.record::<Entity>("stalled", &row, member(json!(null)), member(json!(since)));
    if let Some(owner) = row.owner_id {
        notify(tx, owner, notice(&row, since)).await?;
    }
    Ok(())
}

/// Since when an opportunity is stalled, or from when on it will be.
fn stalled_since(row: &Model) -> Option<DateTime<Utc>> {
    row.stage_due_at.filter(|_| row.status == Status::Open)
}

/// What its owner is told.
fn notice(row: &Model, since: DateTime<Utc>) -> Notice {
    let title: Name = row.name.clone();
    Notice {
        kind: Kind::OpportunityStalled,
        title,
        body: None,
        about: Some((Entity::NAME, row.id.uuid())),
        customer: row.customer_id,
        occasion: format!("opportunity {} stalled {}", row.id, since.to_rfc3339()),
    }
}
