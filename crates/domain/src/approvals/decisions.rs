use async_graphql::InputObject;
use rapport_entity::{
    Text,
    approvals::approval::{self, Delegation, Entity, Model, Status},
    identity::{
        role::{Scope, Verb},
        user,
    },
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    approvers::{self, Parties},
    course,
    saving::{check_pending, save},
    subjects::Of,
};
use crate::kernel::{Ctx, Error, Expected, Result, Tx, Update};

/// The most delegations of a step.
const MOST_DELEGATIONS: usize = 50;

/// That somebody agrees.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApproveApproval {
    /// Why.
    pub reason: Option<Text>,
}

/// That somebody does not agree.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RejectApproval {
    /// Why.
    pub reason: Text,
}

/// Who is to decide instead.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DelegateApproval {
    /// The user, who can sign in and has not asked for the approval.
    pub user_id: user::Id,
    /// Why.
    pub reason: Option<Text>,
}

/// Agrees to the step whose turn it is. After the last one all is approved.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where it is decided, or the caller's turn has not come.
pub async fn approve(
    ctx: &Ctx,
    id: approval::Id,
    expected: Expected,
    how: ApproveApproval,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = held(tx, id, expected).await?;
        check_turn(tx, &before)?;
        let mut after = before.clone();
        course::decide(&mut after, true, tx.actor().user, how.reason, tx.now());
        let next = next_approvers(tx, &after).await?;
        course::go_on(&mut after, next, tx.now());
        let what = if after.status == Status::Approved { "approved" } else { "step_approved" };
        save(tx, &before, after, what).await
    })
    .await
}

/// Does not agree to the step whose turn it is, with which all is rejected.
///
/// # Errors
/// As [`approve`].
pub async fn reject(
    ctx: &Ctx,
    id: approval::Id,
    expected: Expected,
    how: RejectApproval,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = held(tx, id, expected).await?;
        check_turn(tx, &before)?;
        let mut after = before.clone();
        course::decide(&mut after, false, tx.actor().user, Some(how.reason), tx.now());
        save(tx, &before, after, "rejected").await
    })
    .await
}

/// Lets another decide on the step whose turn it is: instead of the caller, or, where the caller may change all approvals,
/// beside whoever may decide.
///
/// # Errors
/// As [`approve`]; [`Error::Conflict`] where the user cannot sign in, or has asked for the approval.
pub async fn delegate(
    ctx: &Ctx,
    id: approval::Id,
    expected: Expected,
    how: DelegateApproval,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = held(tx, id, expected).await?;
        if tx.actor().permissions.scope("approval", Verb::Update) != Scope::All {
            check_turn(tx, &before)?;
        }
        let parties = Parties { requester: before.requested_by, owner: None };
        if !approvers::may_decide(tx, how.user_id, parties).await? {
            let why = "is no user who can sign in and has not asked for the approval";
            return Err(Error::conflict("/userId", why));
        }
        let mut after = before.clone();
        hand_over(tx, &mut after, how)?;
        save(tx, &before, after, "delegated").await
    })
    .await
}

fn hand_over(tx: &Tx<'_>, row: &mut Model, how: DelegateApproval) -> Result<()> {
    let me = tx.actor().user;
    let Some(stage) = course::open_mut(row) else { return Ok(()) };
    if stage.delegations.len() == MOST_DELEGATIONS {
        return Err(Error::Refused("the step has been delegated fifty times".to_owned()));
    }
    stage.approver_ids.retain(|id| Some(*id) != me && *id != how.user_id);
    stage.approver_ids.push(how.user_id);
    stage.delegations.push(Delegation {
        from_user_id: me,
        to_user_id: how.user_id,
        at: tx.now().into(),
        reason: how.reason,
    });
    Ok(())
}

/// A pending approval, locked. Whoever's turn it is may decide, whoever has asked.
async fn held(tx: &Tx<'_>, id: approval::Id, expected: Expected) -> Result<Model> {
    tx.can::<Entity, Update>()?;
    let row = tx.entailed::<Entity, Update>().lock(id, expected).await?;
    check_pending(&row)?;
    Ok(row)
}

fn check_turn(tx: &Tx<'_>, row: &Model) -> Result<()> {
    let open = course::open(row);
    let may = |me: user::Id| open.is_some_and(|stage| stage.approver_ids.contains(&me));
    match tx.actor().user.is_some_and(may) {
        true => Ok(()),
        false => {
            let step = open.map_or("", |stage| stage.name.as_str());
            Err(Error::Refused(format!("the step {step:?} is not yours to decide")))
        }
    }
}

/// Who may decide on the next step, if there is one.
async fn next_approvers(tx: &Tx<'_>, row: &Model) -> Result<Vec<user::Id>> {
    let Some(next) = course::next(row) else { return Ok(Vec::new()) };
    approvers::users(tx, &next.approver, parties(tx, row).await?).await
}

/// Whom an approval concerns now.
pub(super) async fn parties(tx: &Tx<'_>, row: &Model) -> Result<Parties> {
    let owner = match Of::subject_of(row) {
        Some(of) => of.owner(tx).await?,
        None => None,
    };
    Ok(Parties { requester: row.requested_by, owner })
}
