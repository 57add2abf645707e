//! Quotes whose last day has passed. When that is so is a timer, set when a quote is sent; whichever node comes first takes
//! it, tells of it and notifies whoever has the quote.

use rapport_entity::{
    sales::quote::{Entity, Model, Status},
    work::notification::Kind,
};
use sea_orm::prelude::async_trait;

use super::{
    saving::{ends, turn},
    states::notice,
};
use crate::{
    kernel::{Ctx, Error, Expected, Result, Timer, Tx, Update},
    timed::Timed,
    work::notifications::notify,
};

/// The kind of the timers.
pub(super) const TIMER: &str = "quote_expiry";

/// Finds the quotes of every workspace that have run out.
#[derive(Debug)]
pub struct QuoteExpiry;

#[async_trait::async_trait]
impl Timed for QuoteExpiry {
    fn kind(&self) -> &'static str {
        TIMER
    }

    async fn act(&self, ctx: &Ctx, timer: &Timer) -> Result<()> {
        ctx.tx(async |tx| expire(tx, timer).await).await
    }
}

/// A quote that nobody has answered in time can no longer be accepted. It is locked, so that nobody does meanwhile.
async fn expire(tx: &Tx<'_>, timer: &Timer) -> Result<()> {
    tx.unheard();
    let locked = tx.entailed::<Entity, Update>().lock(timer.subject.into(), Expected::Any).await;
    if !tx.take_timer(TIMER, timer).await? {
        return Ok(());
    }
    let before = match locked {
        Err(Error::NotFound(_)) => return Ok(()),
        locked => locked?,
    };
    let is_over = ends(tx, &before).is_some_and(|end| end <= timer.due_at);
    if before.status != Status::Sent || !is_over {
        return Ok(());
    }
    let after =
        Model { status: Status::Expired, decided_at: Some(tx.now().into()), ..before.clone() };
    let after = turn(tx, &before, after, "expired").await?;
    if let Some(owner) = after.owner_id {
        notify(tx, owner, notice(Kind::QuoteExpired, &after)).await?;
    }
    Ok(())
}
