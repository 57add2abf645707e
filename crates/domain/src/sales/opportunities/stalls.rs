//! Opportunities that stay in a stage for longer than it allows. When that is so is a timer, set in the transaction of the
//! opportunity; whichever node comes first takes it, tells of it and notifies whoever has the opportunity.

use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::{
    Name, Resource,
    identity::workspace,
    log::event::ActorKind,
    sales::opportunity::{Entity, Model, Status},
    work::notification::Kind,
};
use sea_orm::{ColumnTrait, prelude::async_trait};
use serde_json::{Map, json};
use tokio::sync::watch;

use crate::{
    kernel::{Actor, Ctx, Database, Error, Expected, Result, Timer, Tx, Update},
    timed::{self, SOME, Timed},
    work::notifications::{Notice, notify},
};

/// The kind of the timers.
pub(super) const TIMER: &str = "opportunity_stall";

/// One that fails for a reason of ours is tried again after so long, and keeps no other from its turn.
const AGAIN: TimeDelta = TimeDelta::minutes(1);

/// Finds the opportunities of every workspace that are stalled.
#[derive(Debug)]
pub struct Stalls;

impl Stalls {
    /// Works until told to stop.
    pub async fn run(database: Database, stop: watch::Receiver<bool>) {
        timed::run(&Self, database, stop).await;
    }

    /// Does all that is due.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn catch_up(database: &Database) -> Result<()> {
        timed::catch_up(&Self, database).await
    }
}

#[async_trait::async_trait]
impl Timed for Stalls {
    fn name(&self) -> &'static str {
        "stalled opportunities"
    }

    async fn round(&self, database: &Database) -> Result<u64> {
        round(database).await
    }
}

/// Looks at some that are due, and says how many that were.
async fn round(database: &Database) -> Result<u64> {
    let due = database.due_timers(TIMER, SOME).await?;
    for timer in &due {
        let which = workspace::Column::Id.eq(timer.workspace);
        let Some(workspace) = database.workspace(which).await? else { continue };
        let ctx = Ctx::new(database.clone(), Actor::system(&workspace, ActorKind::System));
        match ctx.tx(async |tx| tell(tx, timer).await).await {
            Err(Error::Unavailable(why)) => return Err(Error::Unavailable(why)),
            Err(err) => {
                tracing::error!(opportunity = %timer.subject, "nobody could be told that it is stalled: {err:?}");
                let again = ctx.database().clock().now() + AGAIN;
                ctx.tx(async |tx| tx.set_timer(TIMER, timer.subject, Some(again)).await).await?;
            }
            Ok(()) => {}
        }
    }
    Ok(due.len() as u64)
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
