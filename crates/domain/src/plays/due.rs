//! What time brings: who has stayed long enough, and the dates of the day that comes.

use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::plays::{
    play::{self, Column, Entity, Model},
    trigger::Trigger,
};
use sea_orm::{ColumnTrait, Condition};

use super::{
    dates,
    history::{self, Look, Within},
    runs,
};
use crate::{
    following::Due,
    kernel::{Result, Tx},
};

/// Dates are looked up so far ahead, with those who live where the day begins first among them,
const AHEAD: TimeDelta = TimeDelta::hours(25);

/// and again when no more of it is left than this.
const LEFT: TimeDelta = TimeDelta::hours(1);

/// Makes runs of whatever time has brought since a moment. Gives back when it brings more.
pub async fn pass(tx: &Tx<'_>, plays: &[Model], within: Within) -> Result<Due> {
    for play in plays {
        match &play.trigger {
            Trigger::InSegment(_) | Trigger::InStage(_) => stays(tx, play, within).await?,
            Trigger::Date(_) | Trigger::EnteredSegment(_) | Trigger::LeftSegment(_) => {}
            Trigger::EnteredStage(_) | Trigger::LeftStage(_) => {}
        }
    }
    next(tx, plays, within.until).await
}

/// Looks up dates, as far as they have not been, and when time brings something next.
pub async fn next(tx: &Tx<'_>, plays: &[Model], at: DateTime<Utc>) -> Result<Due> {
    let mut due: Due = None;
    for play in plays {
        let next = match &play.trigger {
            Trigger::Date(_) => Some(look_ahead(tx, play, at).await? - LEFT),
            trigger => history::due(look(tx), trigger, at).await?,
        };
        due = due.into_iter().chain(next).min();
    }
    Ok(due)
}

pub fn look<'t>(tx: &'t Tx<'_>) -> Look<'t> {
    Look { db: tx.transaction(), actor: tx.actor() }
}

/// Since when something concerns a play.
fn since(play: &Model) -> DateTime<Utc> {
    play.active_since.unwrap_or(DateTime::<Utc>::MAX_UTC)
}

async fn stays(tx: &Tx<'_>, play: &Model, within: Within) -> Result<()> {
    let within = Within { after: within.after.max(since(play)), ..within };
    if within.after >= within.until {
        return Ok(());
    }
    let touches = history::touches(look(tx), &play.trigger, within).await?;
    runs::plan(tx, play, &touches).await
}

/// Makes runs of the dates of the next day, where it has not been done. Gives back up to when it is.
async fn look_ahead(tx: &Tx<'_>, play: &Model, at: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let after = play.planned_until.unwrap_or_else(|| since(play));
    if after - LEFT > at {
        return Ok(after);
    }
    let until = at + AHEAD;
    let touches = history::touches(look(tx), &play.trigger, Within { after, until }).await?;
    runs::plan(tx, play, &touches).await?;
    let this = Condition::all().add(Column::Id.eq(play.id));
    tx.rows::<Entity>().set(Column::PlannedUntil, Some(until), this).await?;
    Ok(until)
}

/// Makes runs of the dates of some customers, whose dates, or what they live by, have changed: of the time that dates have
/// been looked up for.
pub async fn anew(
    tx: &Tx<'_>,
    play: &play::Model,
    after: DateTime<Utc>,
    of: Option<&[uuid::Uuid]>,
) -> Result<()> {
    let (Trigger::Date(on), Some(until)) = (&play.trigger, play.planned_until) else {
        return Ok(());
    };
    let within = Within { after: after.max(since(play)), until };
    if within.after >= until {
        return Ok(());
    }
    let touches = dates::touches(look(tx), on, within, of).await?;
    runs::plan(tx, play, &touches).await
}
