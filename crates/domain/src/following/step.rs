//! One step of a reader: a transaction with what it read, what follows from it, and where it stands then.

use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::{identity::workspace, log::event, log::event::ActorKind};
use sea_orm::ColumnTrait;
use tokio::time::sleep;

use super::reader::{Due, Reader, Turn};
use crate::{
    facts,
    kernel::{
        Ctx, Database, Error, Position, Result, Tx,
        log::{self, Place},
    },
};

/// After something was committed, or could not be read yet: look again this soon, then ever less often.
pub const SOON: Duration = Duration::from_millis(20);

/// Clocks of nodes differ, but by less than this. One that is further back was set back.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// What came of looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many events are done with, and there may be more to do.
    Followed(usize),
    /// There is something, but it cannot be read yet, or somebody else is at it.
    Later,
    /// There is nothing.
    End,
}

/// Lets readers follow a workspace's log, each after the other, until all that was committed before is done with, and
/// what they told of it. Gives back how many events that were.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn catch_up(
    readers: &[&'static dyn Reader],
    database: &Database,
    workspace: workspace::Id,
) -> Result<usize> {
    let mut events = 0;
    loop {
        let mut is_done = true;
        for reader in readers {
            let step = step(*reader, database, workspace, reader.largest_batch()).await?;
            is_done &= step == Step::End;
            match step {
                Step::Followed(more) => events += more,
                Step::Later => sleep(SOON).await,
                Step::End => {}
            }
        }
        if is_done {
            return Ok(events);
        }
    }
}

/// One transaction: what time has brought, or else up to `batch` events after where the reader stands.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn step(
    reader: &'static dyn Reader,
    database: &Database,
    workspace: workspace::Id,
    batch: u64,
) -> Result<Step> {
    let Some(_turn) = Taken::take(workspace, reader.name()) else { return Ok(Step::Later) };
    let id = workspace::Column::Id.eq(workspace);
    let Some(row) = database.workspace(id).await? else { return Ok(Step::End) };
    let ctx = facts::system(database, &row, ActorKind::System).await?;
    if let Some(step) = look(&ctx, reader.name()).await? {
        return Ok(step);
    }
    let mut held = false;
    let done = ctx.tx(async |tx| {
        let (db, name) = (tx.transaction(), reader.name());
        let Some(place) = log::hold(db, workspace, name).await? else {
            held = true;
            return Err(Error::internal("another node is at it"));
        };
        let turn = Turn { at: now(place, tx.now()), pace: database.pace() };
        let (to, events) = go_on(reader, tx, place, turn, batch).await?;
        log::advance(db, workspace, name, to).await?;
        Ok(Step::Followed(events))
    });
    let done = done.await;
    if held { Ok(Step::Later) } else { done }
}

/// From where the reader stands to where it stands then, and how many events that were.
async fn go_on(
    reader: &dyn Reader,
    tx: &Tx<'_>,
    place: Place,
    turn: Turn,
    batch: u64,
) -> Result<(Place, usize)> {
    let at = turn.at;
    if place.position == Position::default() {
        let position = log::end(tx.transaction(), tx.actor().workspace).await?;
        let due = reader.begin(tx, turn).await?;
        return Ok((Place { position, passed: Some(at), due: later(due, at) }, 1));
    }
    if is_due(place, tx.now()) {
        let due = reader.pass(tx, place.passed.unwrap_or(at), turn).await?;
        return Ok((Place { passed: Some(at), due: later(due, at), ..place }, 0));
    }
    let names = log::Names::Besides(reader.skips());
    let db = tx.transaction();
    let (entries, position) =
        log::read_of(db, tx.actor().workspace, place.position, batch, names).await?;
    let events: Vec<event::Model> = entries.into_iter().map(|entry| entry.event).collect();
    let more = match events.is_empty() {
        true => None,
        false => later(reader.follow(tx, &events, turn).await?, at),
    };
    let due = [place.due, more].into_iter().flatten().min();
    Ok((Place { position, passed: Some(place.passed.unwrap_or(at)), due }, events.len()))
}

/// The moment that a reader takes for now: not before the one that it took before, unless the clock was set back.
fn now(place: Place, clock: DateTime<Utc>) -> DateTime<Utc> {
    match place.passed {
        Some(passed) if passed - clock < SKEW => passed.max(clock),
        _ => clock,
    }
}

/// Whether time brings the reader something to do, or did so too soon.
fn is_due(place: Place, clock: DateTime<Utc>) -> bool {
    place.due.is_some_and(|due| due <= clock)
        || place.passed.is_some_and(|passed| passed - clock >= SKEW)
}

/// Not at once again, whatever the reader says.
fn later(due: Due, at: DateTime<Utc>) -> Due {
    due.map(|due| due.max(at + TimeDelta::milliseconds(100)))
}

/// Whether there is nothing to do; without a transaction, since mostly there is not.
async fn look(ctx: &Ctx, name: &'static str) -> Result<Option<Step>> {
    let workspace = ctx.actor().workspace;
    let db = ctx.reader().await?;
    let Some(place) = log::place(&db, workspace, name).await? else {
        drop(db);
        ctx.tx(async |tx| log::begin(tx.transaction(), workspace, name).await).await?;
        return Ok(None);
    };
    if is_due(place, ctx.database().clock().now()) {
        return Ok(None);
    }
    if log::has_news(&db, workspace, place.position).await?
        && !log::read(&db, workspace, place.position, 1).await?.is_empty()
    {
        return Ok(None);
    }
    let later = log::goes_on(&db, workspace, place.position).await?;
    Ok(Some(if later { Step::Later } else { Step::End }))
}

/// The readers that somebody in this process is at, in a workspace. Whoever else would step one learns it here, and not
/// from the database, where it would take a connection to be told.
static TAKEN: LazyLock<Mutex<HashSet<(workspace::Id, &'static str)>>> =
    LazyLock::new(Mutex::default);

/// A reader that is ours until this is dropped.
struct Taken(workspace::Id, &'static str);

impl Taken {
    fn take(workspace: workspace::Id, name: &'static str) -> Option<Self> {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        // Made only if it is ours: even one that is thrown away at once gives the reader free.
        taken.insert((workspace, name)).then(|| Self(workspace, name))
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        TAKEN.lock().unwrap_or_else(PoisonError::into_inner).remove(&(self.0, self.1));
    }
}
