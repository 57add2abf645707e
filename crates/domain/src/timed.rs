//! What is done when its time comes, in every workspace: each kind of timer, in one place, and the loop that looks for
//! those that are due.

use std::{collections::HashMap, time::Duration};

use chrono::TimeDelta;
use rapport_entity::{identity::workspace, log::event::ActorKind};
use sea_orm::{ColumnTrait, prelude::async_trait};
use tokio::{sync::watch, task::JoinSet, time::sleep};

use crate::{
    approvals::ApprovalDeadlines,
    facts,
    kernel::{Ctx, Database, Error, Result, Timer},
    ownership::Recycling,
    plays::Runner,
    sales::{
        leads::{LeadScores, ResponseClock},
        opportunities::Stalls,
        quotes::QuoteExpiry,
    },
    service::{
        agreements::AgreementEndings, assignment::QueueFilling, clocks::ServiceClocks,
        complaints::PromisesDue, escalation::Escalations, surveys::SurveysDue,
    },
    work::Reminders,
};

/// Everything that is done when its time comes.
static ALL: [&dyn Timed; 17] = [
    &Reminders,
    &Stalls,
    &ResponseClock::DUE,
    &ResponseClock::ANEW,
    &LeadScores,
    &ApprovalDeadlines,
    &QuoteExpiry,
    &Runner,
    &Recycling,
    &AgreementEndings,
    &ServiceClocks::DUE,
    &ServiceClocks::ANEW,
    &PromisesDue,
    &SurveysDue,
    &QueueFilling::ROOM,
    &QueueFilling::HOURS,
    &Escalations,
];

/// How often is looked for what is due.
const LOOK: Duration = Duration::from_secs(1);

/// So much is looked at in one go.
const SOME: u64 = 100;

/// What fails for a reason of ours is tried again after so long, and keeps no other from its turn.
const AGAIN: TimeDelta = TimeDelta::minutes(1);

/// What is done when timers of a kind are due.
#[async_trait::async_trait]
pub trait Timed: Send + Sync {
    /// The kind of the timers.
    fn kind(&self) -> &'static str;

    /// Does what one of them is for, and takes it in the same transaction. Whoever does that first has done it; where it is
    /// taken already there is nothing to be done.
    ///
    /// # Errors
    /// Whatever keeps it from being done.
    async fn act(&self, ctx: &Ctx, timer: &Timer) -> Result<()>;

    /// What follows where it could not be done: by default it is tried again a minute later.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    async fn failed(&self, ctx: &Ctx, timer: &Timer, err: Error) -> Result<()> {
        try_again(ctx, self.kind(), timer, &err).await
    }
}

/// Sets a timer again whose time has come and who could not be heard, and writes why to the program's log.
pub(crate) async fn try_again(
    ctx: &Ctx,
    kind: &'static str,
    timer: &Timer,
    err: &Error,
) -> Result<()> {
    tracing::error!(kind, subject = %timer.subject, "what is due cannot be done: {err:?}");
    let again = ctx.database().clock().now() + AGAIN;
    ctx.tx(async |tx| tx.set_timer(kind, timer.subject, Some(again)).await).await
}

/// Does whatever is due, each kind beside the others, until told to stop.
pub async fn run(database: Database, stop: watch::Receiver<bool>) {
    let mut kinds = JoinSet::new();
    for of in ALL {
        kinds.spawn(follow(of, database.clone(), stop.clone()));
    }
    kinds.join_all().await;
}

/// Does all that is due of a kind.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn catch_up(of: &dyn Timed, database: &Database) -> Result<()> {
    while round(of, database).await? > 0 {}
    Ok(())
}

async fn follow(of: &'static dyn Timed, database: Database, mut stop: watch::Receiver<bool>) {
    let rounds = async {
        loop {
            match round(of, &database).await {
                Ok(SOME..) => {}
                Ok(_) => sleep(LOOK).await,
                Err(err) => {
                    tracing::warn!(kind = of.kind(), "what is due cannot be looked for: {err:?}");
                    sleep(LOOK).await;
                }
            }
        }
    };
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => {}
        () = rounds => {}
    }
}

/// Looks at some that are due, at most [`SOME`], and says how many that were.
async fn round(of: &dyn Timed, database: &Database) -> Result<u64> {
    let due = database.due_timers(of.kind(), SOME).await?;
    let mut systems: HashMap<workspace::Id, Ctx> = HashMap::new();
    for timer in &due {
        if !systems.contains_key(&timer.workspace)
            && let Some(ctx) = system(database, timer.workspace).await?
        {
            systems.insert(timer.workspace, ctx);
        }
        let Some(ctx) = systems.get(&timer.workspace) else { continue };
        match of.act(ctx, timer).await {
            Err(Error::Unavailable(why)) => return Err(Error::Unavailable(why)),
            Err(err) => of.failed(ctx, timer, err).await?,
            Ok(()) => {}
        }
    }
    Ok(due.len() as u64)
}

/// Rapport itself, at work in a workspace.
async fn system(database: &Database, id: workspace::Id) -> Result<Option<Ctx>> {
    let Some(workspace) = database.workspace(workspace::Column::Id.eq(id)).await? else {
        return Ok(None);
    };
    facts::system(database, &workspace, ActorKind::System).await.map(Some)
}
