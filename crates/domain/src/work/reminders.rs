//! Reminding whoever has a task. When that is due is a timer, set in the transaction of the task; whichever node comes
//! first takes it, in the transaction of the notification.

use chrono::{DateTime, Utc};
use rapport_entity::{
    Moment,
    work::{
        notification,
        task::{Entity, Model},
    },
};
use sea_orm::prelude::async_trait;

use super::{notifications::notify, tasks};
use crate::{
    kernel::{Ctx, Read, Result, Timer, Tx},
    timed::Timed,
};

/// The kind of the timers.
pub(super) const TIMER: &str = "task_reminder";

/// When whoever has a task is to be reminded of it, if at all.
pub(super) fn due(task: &Model) -> Option<DateTime<Utc>> {
    task.remind_at.filter(|_| !task.status.is_over()).map(Moment::time)
}

/// Reminds the people of every workspace.
#[derive(Debug)]
pub struct Reminders;

#[async_trait::async_trait]
impl Timed for Reminders {
    fn kind(&self) -> &'static str {
        TIMER
    }

    async fn act(&self, ctx: &Ctx, timer: &Timer) -> Result<()> {
        ctx.tx(async |tx| remind(tx, timer).await).await
    }
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
