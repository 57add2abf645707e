//! Invitations: how a user comes to a password that nobody else has known.

use async_graphql::InputObject;
use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::{
    Email, Label, Name, Resource, TimeZone,
    identity::{
        NewPassword, Token,
        invitation::{Column, Entity, Model},
        role::{self, Scope, Verb},
        team,
        user::{self, Status},
        workspace,
    },
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DeriveIntoActiveModel, EntityTrait, IntoActiveModel,
    QueryFilter,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

// The derive below names the row it makes so.
use user::ActiveModel;

use super::{
    auth::{self, Auth},
    passwords, roles,
    sessions::{self, Tokens},
    tokens::{INVITATION, Opaque},
    users, workspaces,
};
use crate::kernel::{Create, Ctx, Error, Expected, Fault, Read, Result, Tx, Update};

/// How long an invitation can be accepted.
pub const LIFETIME: TimeDelta = TimeDelta::days(7);

/// Who is invited.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InviteUser {
    /// The id the client has given them; made here where left out. The invitation can then be repeated.
    #[sea_orm(ignore)]
    pub id: Option<user::Id>,
    /// The address they will sign in with.
    pub email: Email,
    /// What they are called.
    pub name: Name,
    /// What they may do.
    pub role_id: role::Id,
    /// The team they are in.
    pub team_id: Option<team::Id>,
    /// Their own time zone.
    pub time_zone: Option<TimeZone>,
}

/// An invitation, to be handed to who is invited.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// The user, who cannot sign in until they accept.
    pub user: user::Model,
    /// The token to accept with. It is shown this once.
    #[schema(max_length = 200, pattern = "^rap_inv_[A-Za-z0-9_-]+$")]
    pub token: String,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invitation").field("user", &self.user.id).finish_non_exhaustive()
    }
}

/// The answer to an invitation.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AcceptInvitation {
    /// The token of the invitation.
    pub token: Token,
    /// The password to sign in with from now on.
    pub password: NewPassword,
    /// The program that signs in, to be told apart in the list of sessions.
    pub client: Option<Label>,
}

/// Invites somebody to the workspace.
///
/// # Errors
/// [`Error::Conflict`], [`Error::Duplicate`]; [`Error::Forbidden`] where the role gives more than the caller has.
pub async fn create(ctx: &Ctx, new: InviteUser) -> Result<Invitation> {
    ctx.tx(async |tx| {
        let users = tx.can::<user::Entity, Create>()?;
        workspaces::hold(tx).await?;
        users::check_references(tx, Some(new.role_id), new.team_id).await?;
        let id = new.id;
        let row = ActiveModel { status: Set(Status::Invited), ..new.into_active_model() };
        hand_out(tx, users.insert(id, row).await?).await
    })
    .await
}

/// Invites a user once more who has not accepted yet. The invitation before is of no use from then on.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where they have accepted; [`Error::Forbidden`] where their role gives more
/// than the caller has, who could otherwise accept in their place.
pub async fn renew(ctx: &Ctx, id: user::Id) -> Result<Invitation> {
    ctx.tx(async |tx| {
        if tx.actor().permissions.scope(user::Entity::NAME, Verb::Create) != Scope::All {
            return Err(Error::Forbidden { verb: "create", resource: user::Entity::NAME });
        }
        workspaces::hold(tx).await?;
        let user = tx.entailed::<user::Entity, Update>().lock(id, Expected::Any).await?;
        if user.status != Status::Invited {
            return Err(Error::Refused("the user is not waiting for an invitation".to_owned()));
        }
        roles::to_give(tx, user.role_id).await?;
        hand_out(tx, user).await
    })
    .await
}

/// Accepts an invitation: the user has this password from now on, and is signed in.
///
/// # Errors
/// [`Error::Conflict`] where the token is not, or no longer, that of an invitation; [`Error::Invalid`] where the password
/// is easily guessed.
pub async fn accept(auth: &Auth, accept: AcceptInvitation) -> Result<Tokens> {
    // Revealed to be looked up.
    let token = Opaque::parse(INVITATION, accept.token.reveal()).ok_or_else(no_invitation)?;
    let which = workspace::Column::Id.eq(token.workspace);
    let workspace = auth.database().workspace(which).await?.ok_or_else(no_invitation)?;
    let user = invited(&auth::rapport_itself(auth.database(), &workspace), &token).await?;
    passwords::check("/password", &accept.password, &user.email, &workspace.slug)?;
    let hash = passwords::hash(accept.password).await?;
    auth::user_at_the_door(auth.database(), &workspace, &user)
        .tx(async |tx| {
            use_up(tx, &token).await?;
            let users = tx.entailed::<user::Entity, Update>();
            if users.lock(user.id, Expected::Any).await?.status != Status::Invited {
                return Err(no_invitation());
            }
            let row = ActiveModel {
                status: Set(Status::Active),
                password_hash: Set(Some(hash)),
                ..Default::default()
            };
            let user = users.update(user.id, Expected::Any, row).await?;
            sessions::start(auth, tx, user.id, accept.client).await
        })
        .await
}

/// Makes the invitations of a user worthless.
pub(super) async fn withdraw(tx: &Tx<'_>, user: user::Id) -> Result<()> {
    let theirs = Condition::all().add(Column::UserId.eq(user));
    tx.rows::<Entity>().delete(theirs).await.map(|_| ())
}

async fn hand_out(tx: &Tx<'_>, user: user::Model) -> Result<Invitation> {
    withdraw(tx, user.id).await?;
    let token = Opaque::new(INVITATION, user.workspace_id)?;
    let row = Model {
        hash: token.hash(),
        workspace_id: user.workspace_id,
        user_id: user.id,
        expires_at: tx.now() + LIFETIME,
    };
    tx.rows::<Entity>().insert(std::slice::from_ref(&row)).await?;
    Ok(Invitation { user, token: token.text, expires_at: row.expires_at })
}

/// Who may accept with this token.
async fn invited(ctx: &Ctx, token: &Opaque) -> Result<user::Model> {
    let theirs = Entity::find().filter(is_good(token, ctx.database().clock().now()));
    let row = ctx.rows::<Entity>().all(theirs).await?.into_iter().next();
    let row = row.ok_or_else(no_invitation)?;
    match ctx.can::<user::Entity, Read>()?.one(row.user_id).await {
        Err(Error::NotFound(_)) => Err(no_invitation()),
        user => user,
    }
}

/// An invitation can be accepted once, however many try at the same time.
async fn use_up(tx: &Tx<'_>, token: &Opaque) -> Result<()> {
    match tx.rows::<Entity>().delete(is_good(token, tx.now())).await? {
        1 => Ok(()),
        _ => Err(no_invitation()),
    }
}

fn is_good(token: &Opaque, now: DateTime<Utc>) -> Condition {
    Condition::all().add(Column::Hash.eq(token.hash())).add(Column::ExpiresAt.gt(now))
}

fn no_invitation() -> Error {
    let why = "is no invitation, or one that was used or has expired";
    Error::Conflict(vec![Fault::new("/token", why)])
}
