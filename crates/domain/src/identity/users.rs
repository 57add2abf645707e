//! The people who work in the workspace.

use async_graphql::{Enum, InputObject};
use rapport_entity::{
    Name, TimeZone,
    identity::{
        role::{self, BuiltIn, Scope, Verb},
        team,
        user::{self, ActiveModel, Column, Entity, Model, Status},
    },
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DeriveIntoActiveModel, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{invitations, roles, sessions, teams, workspaces};
use crate::kernel::{Ctx, Delete, Error, Expected, Faults, Patch, Result, Tx, Update};

/// What to change of a user: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserPatch {
    /// What they are called.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// What they may do.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = role::Id)]
    pub role_id: Option<role::Id>,
    /// The team they are in.
    #[serde(default)]
    #[schema(value_type = Option<team::Id>)]
    pub team_id: Patch<team::Id>,
    /// Their own time zone.
    #[serde(default)]
    #[schema(value_type = Option<TimeZone>)]
    pub time_zone: Patch<TimeZone>,
    /// Whether they can sign in.
    #[sea_orm(ignore)]
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = NewStatus)]
    pub status: Option<NewStatus>,
}

/// Whether a user is to be able to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
#[graphql(name = "NewUserStatus")]
#[schema(as = NewUserStatus)]
pub enum NewStatus {
    /// They can, or once they have accepted their invitation.
    Active,
    /// They cannot; their sessions end.
    Inactive,
}

/// Changes a user. Role, team and status decide who may do what, so they take leave to change all users.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Conflict`]; [`Error::Forbidden`] where the role gives more than the
/// caller has; [`Error::Refused`] where no administrator would be left.
pub async fn update(
    ctx: &Ctx,
    id: user::Id,
    expected: Expected,
    patch: UserPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let users = tx.can::<Entity, Update>()?;
        workspaces::hold(tx).await?;
        let before = users.lock(id, expected).await?;
        check_leave(tx, &patch)?;
        check_references(tx, patch.role_id, patch.team_id.as_set().copied()).await?;
        let status = patch.status.map_or(before.status, |new| becoming(&before, new));
        let row = ActiveModel { status: Set(status), ..patch.into_active_model() };
        let after = users.update(id, Expected::Any, row).await?;
        if after.status == Status::Inactive && before.status != Status::Inactive {
            shut_out(tx, id).await?;
        }
        check_admin_left(tx).await?;
        Ok(after)
    })
    .await
}

/// Deletes a user: their sessions end, what they own stays theirs.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where no administrator would be left.
pub async fn delete(ctx: &Ctx, id: user::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let users = tx.can::<Entity, Delete>()?;
        workspaces::hold(tx).await?;
        let deleted = users.delete(id, expected).await?;
        shut_out(tx, id).await?;
        check_admin_left(tx).await?;
        Ok(deleted)
    })
    .await
}

/// Brings a deleted user back.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where their role or team has been deleted since; [`Error::Forbidden`] where
/// their role gives more than the caller has.
pub async fn restore(ctx: &Ctx, id: user::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let users = tx.can::<Entity, Delete>()?;
        workspaces::hold(tx).await?;
        let restored = users.restore(id).await?;
        check_references(tx, Some(restored.role_id), restored.team_id).await?;
        Ok(restored)
    })
    .await
}

fn check_leave(tx: &Tx<'_>, patch: &UserPatch) -> Result<()> {
    let decides = patch.role_id.is_some() || patch.team_id != Patch::Keep || patch.status.is_some();
    match decides && tx.actor().permissions.scope("user", Verb::Update) != Scope::All {
        true => {
            Err(Error::Forbidden { verb: "decide on role, team or status of", resource: "user" })
        }
        false => Ok(()),
    }
}

/// The role and the team must be there, and the role be one that the actor may give. The workspace is held.
pub(super) async fn check_references(
    tx: &Tx<'_>,
    role: Option<role::Id>,
    team: Option<team::Id>,
) -> Result<()> {
    let mut faults = Faults::default();
    if let Some(role) = role
        && roles::to_give(tx, role).await?.is_none()
    {
        faults.conflict("/roleId", "is no role");
    }
    if let Some(team) = team
        && !teams::exists(tx, team).await?
    {
        faults.conflict("/teamId", "is no team");
    }
    faults.check()
}

/// Who has no password yet has an invitation to accept first.
fn becoming(user: &Model, new: NewStatus) -> Status {
    match new {
        NewStatus::Inactive => Status::Inactive,
        NewStatus::Active if user.password_hash.is_none() => Status::Invited,
        NewStatus::Active => Status::Active,
    }
}

async fn shut_out(tx: &Tx<'_>, user: user::Id) -> Result<()> {
    sessions::end_all_of(tx, user, None).await?;
    invitations::withdraw(tx, user).await
}

/// Somebody must be able to say who may do what. The workspace is held.
async fn check_admin_left(tx: &Tx<'_>) -> Result<()> {
    let built_in = role::Entity::find().filter(role::Column::BuiltIn.eq(BuiltIn::Admin));
    let roles = tx.rows::<role::Entity>().all(built_in).await?;
    let admins = Entity::find()
        .filter(Column::RoleId.is_in(roles.into_iter().map(|role| role.id)))
        .filter(Column::Status.eq(Status::Active))
        .filter(Column::DeletedAt.is_null());
    match tx.rows::<Entity>().all(admins.limit(1)).await?.is_empty() {
        true => Err(Error::Refused("no active administrator would be left".to_owned())),
        false => Ok(()),
    }
}
