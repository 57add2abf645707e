//! Reminding whoever has a task. When that is due is a timer, set in the transaction of the task; whichever node comes
//! first takes it, in the transaction of the notification.

use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::{
    Moment,
    identity::workspace,
    log::event::ActorKind,
    work::{
        notification,
        task::{Entity, Model},
    },
};
use sea_orm::{ColumnTrait, prelude::async_trait};
use tokio::sync::watch;

use super::{notifications::notify, tasks};
use crate::{
    kernel::{Actor, Ctx, Database, Error, Read, Result, Timer, Tx},
    timed::{self, SOME, Timed},
};

/// The kind of the timers.
pub(super) const TIMER: &str = "task_reminder";

/// One that fails for a reason of ours is tried again after so long, and keeps no other from its turn.
const AGAIN: TimeDelta = TimeDelta::minutes(1);

/// When whoever has a task is to be reminded of it, if at all.
pub(super) fn due(task: &Model) -> Option<DateTime<Utc>> {
    task.remind_at.filter(|_| !task.status.is_over()).map(Moment::time)
}

/// Reminds the people of every workspace.
#[derive(Debug)]
pub struct Reminders;

impl Reminders {
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
impl Timed for Reminders {
    fn name(&self) -> &'static str {
        "reminders"
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
        match ctx.tx(async |tx| remind(tx, timer).await).await {
            Err(Error::Unavailable(why)) => return Err(Error::Unavailable(why)),
            Err(err) => {
                tracing::error!(task = %timer.subject, "nobody could be reminded of a task: {err:?}");
                let again = ctx.database().clock().now() + AGAIN;
                ctx.tx(async |tx| tx.set_timer(TIMER, timer.subject, Some(again)).await).await?;
            }
            Ok(()) => {}
        }
    }
    Ok(due.len() as u64)
}

/// Reminds whoever has the task, if that is still to be. The task is not locked: whoever changes it sets the timer, which
/// is ours by now.
async fn remind(tx: &Tx<'_>, timer: &Timer) -> Result<()> {
    tx.unheard();
    if !tx.take_timer(TIMER, timer).await? {
        return Ok(());
    }
    let task = tx.entailed::<Entity, Read>().live(&[timer.subject.into()]).await?.pop();
    if let Some(task) = task.filter(|task| due(task).is_some_and(|at| at <= timer.due_at))
        && let Some(owner) = task.owner_id
    {
        let occasion = format!("task {} reminder {}", task.id, timer.due_at.to_rfc3339());
        let notice = tasks::notice(notification::Kind::TaskReminder, &task, occasion);
        notify(tx, owner, notice).await?;
    }
    Ok(())
}
