//! Carrying out what is due: whichever node comes first takes the timer, in the transaction of what is done.

use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::{
    customers::customer,
    plays::{
        play,
        play_run::{Model, Reason, Status},
        trigger::Trigger,
    },
    rule::Rule,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, prelude::async_trait};
use uuid::Uuid;

use super::{
    actions::Doing,
    dates,
    due::look,
    history,
    hours::out_of,
    runs::{self, TIMER},
};
use crate::{
    kernel::{Ctx, Error, Expected, FilterScope, Result, Timer, Tx, Update, catalogue, compile},
    timed::{Timed, try_again},
};

/// What fails is tried again after so long, each time later.
const AGAIN: [TimeDelta; 4] =
    [TimeDelta::minutes(1), TimeDelta::minutes(10), TimeDelta::hours(1), TimeDelta::hours(6)];

/// A play is played for a customer so often within a day, at most: what it does may be what it waits for.
const MOST_A_DAY: usize = 5;

/// Plays the plays of every workspace.
#[derive(Debug)]
pub struct Runner;

#[async_trait::async_trait]
impl Timed for Runner {
    fn kind(&self) -> &'static str {
        TIMER
    }

    async fn act(&self, ctx: &Ctx, timer: &Timer) -> Result<()> {
        ctx.tx(async |tx| carry_out(tx, timer).await).await
    }

    async fn failed(&self, ctx: &Ctx, timer: &Timer, err: Error) -> Result<()> {
        failed(ctx, timer, err).await
    }
}

/// What is to become of a run whose time has come.
enum Verdict {
    Do(Box<(play::Model, customer::Model)>),
    Skip(Reason),
    Later { occurred_at: DateTime<Utc>, due_at: DateTime<Utc> },
    Cancel,
}

/// Does what is to be done, all or nothing, and writes down that it is done.
async fn carry_out(tx: &Tx<'_>, timer: &Timer) -> Result<()> {
    tx.unheard();
    if !tx.take_timer(TIMER, timer).await? {
        return Ok(());
    }
    let Some(run) = runs::hold(tx, timer.subject.into()).await? else { return Ok(()) };
    match verdict(tx, &run).await? {
        Verdict::Do(of) => {
            let (play, customer) = *of;
            Doing { tx, play: &play, run: &run, customer }.all().await?;
            runs::end(tx, &run, Status::Done, None).await
        }
        Verdict::Skip(reason) => runs::end(tx, &run, Status::Skipped, Some(reason)).await,
        Verdict::Later { occurred_at, due_at } => {
            runs::postpone(tx, &run, occurred_at, due_at).await
        }
        Verdict::Cancel => runs::end(tx, &run, Status::Cancelled, None).await,
    }
}

async fn verdict(tx: &Tx<'_>, run: &Model) -> Result<Verdict> {
    let this = play::Entity::find()
        .filter(play::Column::Id.eq(run.play_id))
        .filter(play::Column::DeletedAt.is_null())
        .filter(play::Column::Enabled.eq(true));
    let Some(play) = tx.rows::<play::Entity>().all(this).await?.pop() else {
        return Ok(Verdict::Cancel);
    };
    let customers = tx.entailed::<customer::Entity, Update>();
    let customer = match customers.lock(run.customer_id, Expected::Any).await {
        Err(Error::NotFound(_)) => return Ok(Verdict::Skip(Reason::CustomerDeleted)),
        locked => locked?,
    };
    let zone = customer.time_zone.as_ref().unwrap_or(&tx.actor().time_zone);
    let occurred_at = match &play.trigger {
        Trigger::Date(on) => dates::now_at(on, &customer, zone, (&run.occasion, run.occurred_at)),
        trigger => {
            let there = history::is_still_there(look(tx), trigger, &customer, run.occurred_at);
            there.await?.then_some(run.occurred_at)
        }
    };
    let Some(occurred_at) = occurred_at else { return Ok(Verdict::Skip(Reason::NoLonger)) };
    let due_at = out_of(play.quiet_hours.as_ref(), zone, occurred_at.max(tx.now()));
    if due_at > tx.now() {
        return Ok(Verdict::Later { occurred_at, due_at });
    }
    if let Some(rule) = &play.condition
        && !holds(tx, rule, customer.id).await?
    {
        return Ok(Verdict::Skip(Reason::Condition));
    }
    let a_day_ago = tx.now() - TimeDelta::days(1);
    match runs::played_since(tx, run, a_day_ago).await? >= MOST_A_DAY {
        true => Ok(Verdict::Skip(Reason::TooOften)),
        false => Ok(Verdict::Do(Box::new((play, customer)))),
    }
}

/// Whether a rule holds of a customer now.
async fn holds(tx: &Tx<'_>, rule: &Rule, id: customer::Id) -> Result<bool> {
    let (of, ids) = (catalogue::<customer::Entity>(), [id.uuid()]);
    let scope = FilterScope {
        actor: tx.actor(),
        backend: tx.backend(),
        now: tx.now(),
        touched: Some(&ids),
    };
    let this = customer::Entity::find()
        .select_only()
        .column(customer::Column::Id)
        .filter(customer::Column::WorkspaceId.eq(tx.actor().workspace))
        .filter(customer::Column::Id.eq(id))
        .filter(compile(rule, of, &of.table, scope, "/condition")?)
        .into_tuple::<Uuid>();
    Ok(this.one(tx.transaction()).await?.is_some())
}

/// Writes down that a run has failed, unless somebody else has carried it out meanwhile.
async fn failed(ctx: &Ctx, timer: &Timer, err: Error) -> Result<()> {
    if let Error::Internal(why) = &err {
        tracing::error!(run = %timer.subject, "a play could not be played: {why:?}");
    }
    let problem = problem(&err);
    let done = ctx.tx(async |tx| {
        tx.unheard();
        if !tx.take_timer(TIMER, timer).await? {
            return Ok(());
        }
        let Some(run) = runs::hold(tx, timer.subject.into()).await? else { return Ok(()) };
        let again = usize::try_from(run.attempts).ok().and_then(|tried| AGAIN.get(tried));
        runs::fail(tx, &run, problem, again.map(|pause| tx.now() + *pause)).await
    });
    match done.await {
        Err(Error::Unavailable(why)) => Err(Error::Unavailable(why)),
        Err(err) => try_again(ctx, TIMER, timer, &err).await,
        Ok(()) => Ok(()),
    }
}

/// Why, in words that everybody may read.
fn problem(err: &Error) -> String {
    let faults: Vec<String> =
        err.faults().iter().map(|fault| format!("{} {}", fault.pointer, fault.detail)).collect();
    let text = match faults.is_empty() {
        true => err.to_string(),
        false => faults.join("; "),
    };
    text.chars().take(1_000).collect()
}
