//! Leads that nobody answers in time. When that is so is a timer, set in the transaction of the lead; whichever node comes
//! first takes it, tells of it and notifies whoever has the lead.

use chrono::TimeDelta;
use rapport_entity::{
    identity::workspace, log::event::ActorKind, sales::lead::Entity, work::notification::Kind,
};
use sea_orm::{ColumnTrait, prelude::async_trait};
use serde_json::{Map, json};
use tokio::sync::watch;

use super::saving::{notice, response_due};
use crate::{
    kernel::{Actor, Ctx, Database, Error, Expected, Result, Timer, Tx, Update},
    timed::{self, SOME, Timed},
    work::notifications::notify,
};

/// The kind of the timers.
pub(super) const TIMER: &str = "lead_response";

/// One that fails for a reason of ours is tried again after so long, and keeps no other from its turn.
const AGAIN: TimeDelta = TimeDelta::minutes(1);

/// Finds the leads of every workspace that should have been answered by now.
#[derive(Debug)]
pub struct ResponseClock;

impl ResponseClock {
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
impl Timed for ResponseClock {
    fn name(&self) -> &'static str {
        "leads without a response"
    }

    async fn round(&self, database: &Database) -> Result<u64> {
        let due = database.due_timers(TIMER, SOME).await?;
        for timer in &due {
            let which = workspace::Column::Id.eq(timer.workspace);
            let Some(workspace) = database.workspace(which).await? else { continue };
            let ctx = Ctx::new(database.clone(), Actor::system(&workspace, ActorKind::System));
            tell_or_retry(&ctx, timer).await?;
        }
        Ok(due.len() as u64)
    }
}

async fn tell_or_retry(ctx: &Ctx, timer: &Timer) -> Result<()> {
    match ctx.tx(async |tx| tell(tx, timer).await).await {
        Err(Error::Unavailable(why)) => Err(Error::Unavailable(why)),
        Err(err) => {
            tracing::error!(lead = %timer.subject, "nobody could be told that it waits: {err:?}");
            let again = ctx.database().clock().now() + AGAIN;
            ctx.tx(async |tx| tx.set_timer(TIMER, timer.subject, Some(again)).await).await
        }
        Ok(()) => Ok(()),
    }
}

/// Tells that a lead should have been answered, if it still waits. It is locked, so that nobody answers meanwhile.
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
    let Some(since) = response_due(&row).filter(|due| *due <= timer.due_at) else {
        return Ok(());
    };
    let member = |value| Map::from_iter([("overdueSince".to_owned(), value)]);
    tx.record::<Entity>("response_overdue", &row, member(json!(null)), member(json!(since)));
    if let Some(owner) = row.owner_id {
        let occasion = format!("lead {} overdue {}", row.id, since.to_rfc3339());
        notify(tx, owner, notice(Kind::LeadResponseOverdue, &row, occasion)).await?;
    }
    Ok(())
}
