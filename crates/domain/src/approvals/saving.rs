//! What every change of an approval brings with it: whose turn it is, until when, and who is told.

use std::collections::HashSet;

use rapport_entity::{
    Resource,
    approvals::{
        approval::{Column, Entity, Model, Status},
        approver,
    },
    identity::user,
    work::notification::Kind,
};
use sea_orm::{ColumnTrait, Condition};

use super::{course, deadlines::TIMER};
use crate::{
    kernel::{Error, Result, Tx, Update},
    work::notifications::{Notice, notify},
};

/// Saves an approval that was locked and changed, and what that brings with it.
pub async fn save(tx: &Tx<'_>, before: &Model, mut after: Model, what: &str) -> Result<Model> {
    after.due_at = course::open(&after).and_then(|stage| stage.due_at);
    let after = tx.entailed::<Entity, Update>().save(before, after, what, &[]).await?;
    follow(tx, Some(before), &after).await?;
    Ok(after)
}

/// What follows from an approval that is new or changed.
pub async fn follow(tx: &Tx<'_>, before: Option<&Model>, after: &Model) -> Result<()> {
    set_timer(tx, before, after).await?;
    let (had, have) = (before.map(approvers).unwrap_or_default(), approvers(after));
    if had != have {
        write_approvers(tx, after, &have).await?;
    }
    for user in have.difference(&had) {
        let occasion = format!("approval {} asked {}", after.id, after.version);
        notify(tx, *user, notice(Kind::ApprovalRequested, after, occasion)).await?;
    }
    let is_decided = matches!(after.status, Status::Approved | Status::Rejected);
    if let (Some(requester), true) = (after.requested_by, is_decided)
        && before.is_some_and(|before| before.status != after.status)
    {
        let occasion = format!("approval {} decided", after.id);
        notify(tx, requester, notice(Kind::ApprovalDecided, after, occasion)).await?;
    }
    Ok(())
}

/// Who may decide now.
fn approvers(row: &Model) -> HashSet<user::Id> {
    course::open(row).into_iter().flat_map(|stage| stage.approver_ids.iter().copied()).collect()
}

/// A deadline that has passed is done with: it keeps no timer.
async fn set_timer(tx: &Tx<'_>, before: Option<&Model>, after: &Model) -> Result<()> {
    let due = |row: &Model| {
        let stage = course::open(row).filter(|stage| stage.overdue_since.is_none());
        stage.and_then(|stage| stage.due_at).map(|due| due.time())
    };
    if before.and_then(due) != due(after) {
        tx.set_timer(TIMER, after.id.uuid(), due(after)).await?;
    }
    Ok(())
}

async fn write_approvers(tx: &Tx<'_>, of: &Model, have: &HashSet<user::Id>) -> Result<()> {
    let rows = tx.rows::<approver::Entity>();
    rows.delete(Condition::all().add(approver::Column::ApprovalId.eq(of.id))).await?;
    let row = |user: &user::Id| approver::Model {
        workspace_id: of.workspace_id,
        approval_id: of.id,
        user_id: *user,
        since: tx.now(),
    };
    rows.insert(&have.iter().map(row).collect::<Vec<_>>()).await
}

/// What somebody is told of an approval.
pub fn notice(kind: Kind, row: &Model, occasion: String) -> Notice {
    Notice {
        kind,
        title: row.title.clone(),
        body: row.reason.clone().filter(|_| kind == Kind::ApprovalRequested),
        about: Some((Entity::NAME, row.id.uuid())),
        customer: row.customer_id,
        occasion,
    }
}

/// Only what is pending is decided, delegated or withdrawn.
///
/// # Errors
/// [`Error::Refused`].
pub fn check_pending(row: &Model) -> Result<()> {
    let is = match row.status {
        Status::Pending => return Ok(()),
        Status::Approved => "approved",
        Status::Rejected => "rejected",
        Status::Withdrawn => "withdrawn",
        Status::Lapsed => "void, because the record has changed",
    };
    Err(Error::Refused(format!("the approval is {is} already; ask for another")))
}

/// Those that hold, or may come to hold.
pub fn alive() -> Condition {
    Condition::all().add(Column::Status.is_in([Status::Pending, Status::Approved]))
}
