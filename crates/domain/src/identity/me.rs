//! Oneself.

use async_graphql::InputObject;
use rapport_entity::identity::{
    NewPassword, Password,
    role::{Permission, Role},
    session, team,
    user::{self, ActiveModel},
    workspace,
};
use sea_orm::ActiveValue::Set;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    auth::Auth,
    passwords, roles, sessions,
    throttle::{self, Account},
    workspaces,
};
use crate::{
    kernel::{Ctx, Error, Expected, Read, Result, Update, patched},
    records,
};

/// Who is asking, and what they may do.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// The user.
    pub user: user::Model,
    /// The workspace they work in.
    pub workspace: workspace::Model,
    /// Their role.
    pub role: Role,
    /// The team they are in.
    pub team: Option<team::Model>,
    /// The session this request came through.
    pub session: session::Model,
    /// What they may do: every resource and verb.
    #[schema(max_items = 500)]
    pub permissions: Vec<Permission>,
}

/// A change of password.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangePassword {
    /// The password until now.
    pub current_password: Password,
    /// The password from now on.
    pub new_password: NewPassword,
}

/// Who is asking.
///
/// # Errors
/// [`Error::Unauthenticated`] where it is no user.
pub async fn get(ctx: &Ctx) -> Result<Me> {
    let user = own_user(ctx).await?;
    let session = ctx.actor().session.ok_or(Error::Unauthenticated)?;
    let team = match user.team_id {
        Some(team) => records::many(ctx, &[team]).await?.into_iter().next(),
        None => None,
    };
    Ok(Me {
        workspace: workspaces::get(ctx).await?,
        role: roles::get(ctx, user.role_id).await?,
        team,
        session: records::get(ctx, session).await?,
        permissions: ctx.actor().permissions.table(),
        user,
    })
}

/// Changes one's own password, and ends one's other sessions.
///
/// # Errors
/// [`Error::Invalid`] where the current password is wrong or the new one is easily guessed; [`Error::Throttled`] after
/// too many wrong ones, together with those at signing in.
pub async fn change_password(auth: &Auth, ctx: &Ctx, change: ChangePassword) -> Result<()> {
    let user = own_user(ctx).await?;
    let workspace = workspaces::get(ctx).await?;
    passwords::check("/newPassword", &change.new_password, &user.email, &workspace.slug)?;
    let account = Account::new(&workspace.slug, &user.email.normalized());
    throttle::count(auth.database(), &account).await?;
    if !passwords::verify(change.current_password, user.password_hash.clone()).await? {
        return Err(wrong());
    }
    throttle::reset(auth.database(), &account).await?;
    let hash = passwords::hash(change.new_password).await?;
    ctx.tx(async |tx| {
        let users = tx.entailed::<user::Entity, Update>();
        let before = users.lock(user.id, Expected::Any).await?;
        if before.password_hash != user.password_hash {
            return Err(wrong());
        }
        let new = ActiveModel { password_hash: Set(Some(hash)), ..Default::default() };
        let after = patched::<user::Entity>(&before, new)?;
        users.save(&before, after, "password_changed", &[]).await?;
        sessions::end_all_of(tx, user.id, tx.actor().session).await.map(|_| ())
    })
    .await
}

async fn own_user(ctx: &Ctx) -> Result<user::Model> {
    let id = ctx.actor().user.ok_or(Error::Unauthenticated)?;
    ctx.can::<user::Entity, Read>()?.one(id).await
}

fn wrong() -> Error {
    Error::invalid("/currentPassword", "is not your password")
}
