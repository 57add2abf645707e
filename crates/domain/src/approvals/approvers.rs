//! Who may decide: a user, everybody of a role, or somebody's manager. Whoever asks is never among them, and neither is who
//! cannot sign in.

use rapport_entity::{
    approvals::approval_rule::{Approver, ManagerOf},
    identity::user,
};
use sea_orm::{ColumnTrait, Condition};

use crate::{
    identity::teams,
    kernel::{Read, Result, Tx},
};

/// Whom an approval concerns on our side.
#[derive(Clone, Copy, Debug)]
pub struct Parties {
    pub requester: Option<user::Id>,
    pub owner: Option<user::Id>,
}

/// The users who may decide.
pub async fn users(tx: &Tx<'_>, of: &Approver, parties: Parties) -> Result<Vec<user::Id>> {
    match of {
        Approver::User(id) => active(tx, user::Column::Id.eq(*id).into(), parties).await,
        Approver::Role(id) => active(tx, user::Column::RoleId.eq(*id).into(), parties).await,
        Approver::Manager(ManagerOf::Requester) => manager(tx, parties.requester, parties).await,
        Approver::Manager(ManagerOf::Owner) => {
            manager(tx, parties.owner.or(parties.requester), parties).await
        }
    }
}

/// Users who can sign in, without whoever asks.
async fn active(tx: &Tx<'_>, which: Condition, parties: Parties) -> Result<Vec<user::Id>> {
    let which = which.add(user::Column::Status.eq(user::Status::Active));
    let users = tx.entailed::<user::Entity, Read>().filtered(which, i64::MAX as u64).await?;
    let ids = users.into_iter().map(|user| user.id);
    Ok(ids.filter(|id| Some(*id) != parties.requester).collect())
}

/// The manager of somebody's team, or of the next above that has one who is not they themselves.
async fn manager(tx: &Tx<'_>, of: Option<user::Id>, parties: Parties) -> Result<Vec<user::Id>> {
    let Some(of) = of else { return Ok(Vec::new()) };
    let person = tx.entailed::<user::Entity, Read>().many(&[of]).await?.pop();
    let Some(team) = person.and_then(|person| person.team_id) else { return Ok(Vec::new()) };
    let managers = teams::line(tx, team).await?.into_iter().filter_map(|team| team.manager_id);
    for manager in managers.filter(|manager| *manager != of) {
        let found = active(tx, user::Column::Id.eq(manager).into(), parties).await?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

/// Whether somebody may be given a decision: a user who can sign in, and has not asked for it.
pub async fn may_decide(tx: &Tx<'_>, id: user::Id, parties: Parties) -> Result<bool> {
    Ok(!active(tx, user::Column::Id.eq(id).into(), parties).await?.is_empty())
}
