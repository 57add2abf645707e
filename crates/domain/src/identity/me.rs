//! Oneself.

use async_graphql::InputObject;
use rapport_entity::{
    Id,
    identity::{
        NewPassword, Password,
        api_key::{self, ApiKey},
        role::{Permission, Role},
        session, team,
        user::{self, ActiveModel},
        workspace,
    },
};
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    auth::Auth,
    passwords, roles, sessions,
    throttle::{self, Account},
    workspaces,
};
use crate::kernel::{Ctx, Described, Error, Expected, Read, Result, Update, patched};

/// Who is asking, and what they may do.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// The user; where it is an API key, the one it acts for.
    pub user: user::Model,
    /// The workspace they work in.
    pub workspace: workspace::Model,
    /// Their role, or the key's.
    pub role: Role,
    /// The team they are in.
    pub team: Option<team::Model>,
    /// The session this request came through; null where it is an API key that asks.
    pub session: Option<session::Model>,
    /// The API key that asks; null where it is a user who is signed in.
    pub api_key: Option<ApiKey>,
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
    let actor = ctx.actor();
    let user = own::<user::Entity>(ctx, actor.user).await?.ok_or(Error::Unauthenticated)?;
    let key = own::<api_key::Entity>(ctx, actor.key).await?;
    let role = key.as_ref().map_or(user.role_id, |key| key.role_id);
    let workspace = own::<workspace::Entity>(ctx, Some(actor.workspace)).await?;
    Ok(Me {
        workspace: workspace.ok_or(Error::Unauthenticated)?,
        role: own(ctx, Some(role)).await?.map(roles::view).ok_or(Error::Unauthenticated)?,
        team: own(ctx, user.team_id).await?,
        session: own(ctx, actor.session).await?,
        api_key: key.map(ApiKey::from),
        permissions: actor.permissions.table(),
        user,
    })
}

/// What belongs to oneself, whatever else one may see.
async fn own<E: Described>(ctx: &Ctx, id: Option<Id<E>>) -> Result<Option<E::Model>> {
    let Some(id) = id else { return Ok(None) };
    Ok(ctx.rows::<E>().all(E::find().filter(E::ID.eq(id))).await?.pop())
}

/// Changes one's own password, and ends one's other sessions.
///
/// # Errors
/// [`Error::Invalid`] where the current password is wrong or the new one is easily guessed; [`Error::Throttled`] after
/// too many wrong ones, together with those at signing in; [`Error::Forbidden`] where it is an API key that asks.
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

/// The user who is signed in.
async fn own_user(ctx: &Ctx) -> Result<user::Model> {
    if ctx.actor().key.is_some() {
        return Err(Error::Forbidden { verb: "change", resource: "password" });
    }
    let id = ctx.actor().user.ok_or(Error::Unauthenticated)?;
    ctx.can::<user::Entity, Read>()?.one(id).await
}

fn wrong() -> Error {
    Error::invalid("/currentPassword", "is not your password")
}
