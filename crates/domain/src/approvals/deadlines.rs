//! Approvals that nobody decides in time. When that is so is a timer, set in the transaction of the approval; whichever node
//! comes first takes it, and does what the step says.

use rapport_entity::{
    approvals::{
        approval::{Entity, Model, StageStatus},
        approval_rule::OnDeadline,
    },
    identity::user,
    work::notification::Kind,
};
use sea_orm::prelude::async_trait;

use super::{
    approvers, course,
    decisions::parties,
    saving::{notice, save},
};
use crate::{
    kernel::{Ctx, Error, Expected, Result, Timer, Tx, Update},
    timed::Timed,
    work::notifications::notify,
};

/// The kind of the timers.
pub(super) const TIMER: &str = "approval_deadline";

/// Finds the approvals of every workspace that should have been decided by now.
#[derive(Debug)]
pub struct ApprovalDeadlines;

#[async_trait::async_trait]
impl Timed for ApprovalDeadlines {
    fn kind(&self) -> &'static str {
        TIMER
    }

    async fn act(&self, ctx: &Ctx, timer: &Timer) -> Result<()> {
        ctx.tx(async |tx| pass(tx, timer).await).await
    }
}

/// What happens when a deadline passes, if it still waits. It is locked, so that nobody decides meanwhile.
async fn pass(tx: &Tx<'_>, timer: &Timer) -> Result<()> {
    tx.unheard();
    let locked = tx.entailed::<Entity, Update>().lock(timer.subject.into(), Expected::Any).await;
    if !tx.take_timer(TIMER, timer).await? {
        return Ok(());
    }
    let before = match locked {
        Err(Error::NotFound(_)) => return Ok(()),
        locked => locked?,
    };
    let mut after = before.clone();
    let Some(stage) = course::open_mut(&mut after) else { return Ok(()) };
    let is_due = stage.due_at.is_some_and(|due| due.time() <= timer.due_at);
    if !is_due || stage.overdue_since.is_some() {
        return Ok(());
    }
    stage.overdue_since = stage.due_at;
    match stage.on_deadline {
        OnDeadline::Remind => remind(tx, &before, after).await,
        OnDeadline::Escalate => escalate(tx, &before, after).await,
        OnDeadline::Reject => {
            course::decide(&mut after, false, None, None, tx.now());
            save(tx, &before, after, "rejected").await.map(drop)
        }
    }
}

/// Tells whoever may decide, and whoever asks.
async fn remind(tx: &Tx<'_>, before: &Model, after: Model) -> Result<()> {
    let after = save(tx, before, after, "overdue").await?;
    let open = course::open(&after);
    let step = after.steps.0.iter().filter(|stage| stage.status != StageStatus::Waiting).count();
    let approvers = open.into_iter().flat_map(|stage| stage.approver_ids.iter().copied());
    let told: Vec<user::Id> = approvers.chain(after.requested_by).collect();
    for user in told {
        let occasion = format!("approval {} overdue {step}", after.id);
        notify(tx, user, notice(Kind::ApprovalOverdue, &after, occasion)).await?;
    }
    Ok(())
}

/// Lets others decide too, who are told that they may.
async fn escalate(tx: &Tx<'_>, before: &Model, mut after: Model) -> Result<()> {
    let to = course::open(before).and_then(|stage| stage.escalate_to.clone());
    let more = match to {
        Some(to) => approvers::users(tx, &to, parties(tx, before).await?).await?,
        None => Vec::new(),
    };
    if let Some(stage) = course::open_mut(&mut after) {
        for user in more {
            if !stage.approver_ids.contains(&user) {
                stage.approver_ids.push(user);
            }
        }
    }
    save(tx, before, after, "escalated").await.map(drop)
}
