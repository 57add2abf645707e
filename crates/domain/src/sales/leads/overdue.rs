//! Leads that nobody answers in time. When that is so is a timer, set in the transaction of the lead; whichever node comes
//! first takes it, tells of it and notifies whoever has the lead.

use rapport_entity::{sales::lead::Entity, work::notification::Kind};
use sea_orm::prelude::async_trait;
use serde_json::{Map, json};

use super::saving::{notice, response_due};
use crate::{
    kernel::{Ctx, Error, Expected, Result, Timer, Tx, Update},
    timed::Timed,
    work::notifications::notify,
};

/// The kind of the timers.
pub(super) const TIMER: &str = "lead_response";

/// Finds the leads of every workspace that should have been answered by now.
#[derive(Debug)]
pub struct ResponseClock;

#[async_trait::async_trait]
impl Timed for ResponseClock {
    fn kind(&self) -> &'static str {
        TIMER
    }

    async fn act(&self, ctx: &Ctx, timer: &Timer) -> Result<()> {
        ctx.tx(async |tx| tell(tx, timer).await).await
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
