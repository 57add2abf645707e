//! Signing in, staying signed in, and signing out.
//!
//! A refresh token is good for one use. Who uses one again, be it a thief or the owner robbed, ends the session: which
//! of the two it was cannot be told (RFC 9700). That holds for tries at the same moment as well: one at most is served,
//! the others end the session, so a client must not refresh twice at once.

use std::{borrow::Cow, str::FromStr};

use async_graphql::{InputObject, SimpleObject};
use chrono::TimeDelta;
use rapport_entity::{
    Label, LoginEmail, Slug,
    identity::{
        Password, Token, refresh_token,
        session::{self, ActiveModel, Column, Entity, Model},
        user, workspace,
    },
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Query,
};
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use super::{
    auth::{self, Auth},
    passwords,
    throttle::{self, Account},
    tokens::{ACCESS, Claims, Opaque, REFRESH, sign},
};
use crate::kernel::{
    Create, Ctx, Delete, Error, Expected, Listing, Page, Read, Result, Tx, Update,
};

/// How long a session lasts that is not refreshed.
pub const LIFETIME: TimeDelta = TimeDelta::days(30);

/// How many sessions a user has at most; the oldest makes way.
const MOST: u64 = 1000;

/// Who signs in.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSession {
    /// The workspace's short name.
    pub workspace: Slug,
    /// The user's e-mail address.
    pub email: LoginEmail,
    /// The user's password.
    pub password: Password,
    /// The program that signs in, to be told apart in the list of sessions.
    pub client: Option<Label>,
}

/// A request for new tokens.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefreshSession {
    /// The refresh token that came with the last tokens.
    pub refresh_token: Token,
}

/// What a client shows to be let in, and to stay in.
#[derive(Clone, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct Tokens {
    /// Goes with every request: `Authorization: Bearer …`. A JWT.
    #[schema(max_length = 4096, pattern = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$")]
    pub access_token: String,
    /// `Bearer`.
    pub token_type: TokenType,
    /// For how many seconds the access token is good.
    #[schema(minimum = 1, maximum = 900)]
    pub expires_in: i32,
    /// Good for one request for new tokens. Using it twice ends the session.
    #[schema(max_length = 200, pattern = "^rap_rt_[A-Za-z0-9_-]+$")]
    pub refresh_token: String,
    /// The session.
    pub session: Model,
}

/// How an access token is shown.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, async_graphql::Enum,
)]
pub enum TokenType {
    /// In the header `Authorization: Bearer …` (RFC 6750).
    #[graphql(name = "Bearer")]
    Bearer,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("session", &self.session.id).finish_non_exhaustive()
    }
}

/// Which session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one that this request came through: `current`.
    Current,
    /// The one of this id.
    Id(session::Id),
}

impl PartialSchema for Which {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A session's id, or `current`."))
            .pattern(Some("^(current|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$"))
            .max_length(Some(36))
            .into()
    }
}

impl ToSchema for Which {
    fn name() -> Cow<'static, str> {
        "WhichSession".into()
    }
}

impl FromStr for Which {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "current" => Ok(Self::Current),
            id => id.parse().map(Self::Id).map_err(|_| Error::NotFound("session")),
        }
    }
}

/// Signs in.
///
/// # Errors
/// [`Error::WrongCredentials`], whichever of them is wrong and whether or not there is such a workspace or user;
/// [`Error::Throttled`] after too many failures.
pub async fn create(auth: &Auth, new: NewSession) -> Result<Tokens> {
    let email = new.email.normalized();
    let account = Account::new(&new.workspace, &email);
    throttle::count(auth.database(), &account).await?;
    let found = find_user(auth, &new.workspace, email).await?;
    let kept = found.as_ref().and_then(|(_, user)| user.password_hash.clone());
    let right = passwords::verify(new.password, kept).await?;
    let Some((workspace, user)) = found.filter(|_| right) else {
        return Err(Error::WrongCredentials);
    };
    throttle::reset(auth.database(), &account).await?;
    auth::user_at_the_door(auth.database(), &workspace, &user)
        .tx(async |tx| {
            let now = tx.entailed::<user::Entity, Update>().lock(user.id, Expected::Any).await?;
            match now.status == user::Status::Active && now.password_hash == user.password_hash {
                true => start(auth, tx, now.id, new.client).await,
                false => Err(Error::WrongCredentials),
            }
        })
        .await
        .map_err(gone)
}

/// A user who was deleted in the meantime is as unknown as one who never was.
fn gone(err: Error) -> Error {
    if let Error::NotFound(_) = err { Error::WrongCredentials } else { err }
}

async fn find_user(
    auth: &Auth,
    slug: &Slug,
    email: String,
) -> Result<Option<(workspace::Model, user::Model)>> {
    let named = workspace::Column::Slug.eq(slug.clone());
    let Some(workspace) = auth.database().workspace(named).await? else { return Ok(None) };
    let ctx = auth::rapport_itself(auth.database(), &workspace);
    let addressed = Condition::all()
        .add(user::Column::EmailKey.eq(email))
        .add(user::Column::Status.eq(user::Status::Active));
    let users = ctx.can::<user::Entity, Read>()?.filtered(addressed, 1).await?;
    Ok(users.into_iter().next().map(|user| (workspace, user)))
}

/// A new session of a user who has shown who they are.
pub(super) async fn start(
    auth: &Auth,
    tx: &Tx<'_>,
    user: user::Id,
    client: Option<Label>,
) -> Result<Tokens> {
    make_way(tx, user).await?;
    let new = ActiveModel {
        user_id: Set(user),
        client: Set(client),
        last_used_at: Set(tx.now()),
        expires_at: Set(tx.now() + LIFETIME),
        ..Default::default()
    };
    let session = tx.entailed::<Entity, Create>().insert(None, new).await?;
    issue(auth, tx, session).await
}

/// Keeps what is kept of a user's sessions within bounds.
async fn make_way(tx: &Tx<'_>, user: user::Id) -> Result<()> {
    forget_tokens_of_the_expired(tx, user).await?;
    let oldest = Entity::find()
        .filter(Column::UserId.eq(user))
        .filter(Column::DeletedAt.is_null())
        .order_by_desc(Column::CreatedAt)
        .offset(MOST - 1)
        .limit(MOST);
    for session in tx.rows::<Entity>().all(oldest).await? {
        end_entailed(tx, session.id).await?;
    }
    Ok(())
}

/// The tokens of sessions that were not ended but ran out.
async fn forget_tokens_of_the_expired(tx: &Tx<'_>, user: user::Id) -> Result<()> {
    let expired = Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::WorkspaceId.eq(tx.actor().workspace))
        .and_where(Column::UserId.eq(user))
        .and_where(Column::ExpiresAt.lte(tx.now()))
        .to_owned();
    let theirs = refresh_token::Column::SessionId.in_subquery(expired);
    tx.rows::<refresh_token::Entity>().delete(theirs.into()).await?;
    Ok(())
}

async fn issue(auth: &Auth, tx: &Tx<'_>, session: Model) -> Result<Tokens> {
    let refresh = Opaque::new(REFRESH, session.workspace_id)?;
    let row = refresh_token::Model {
        hash: refresh.hash(),
        workspace_id: session.workspace_id,
        session_id: session.id,
        issued_at: tx.now(),
        used_at: None,
    };
    tx.rows::<refresh_token::Entity>().insert(&[row]).await?;
    let claims = Claims::new(auth.settings(), &session, tx.now());
    Ok(Tokens {
        access_token: sign(&claims, &auth.signing_key())?,
        token_type: TokenType::Bearer,
        expires_in: i32::try_from(ACCESS.num_seconds()).unwrap_or(0),
        refresh_token: refresh.text,
        session,
    })
}

/// New tokens for a session.
///
/// # Errors
/// [`Error::Unauthenticated`] where the token is not good. Where it was used before, the session ends.
pub async fn refresh(auth: &Auth, refresh: RefreshSession) -> Result<Tokens> {
    // Revealed to be looked up.
    let token = Opaque::parse(REFRESH, refresh.refresh_token.reveal());
    let token = token.ok_or(Error::Unauthenticated)?;
    let which = workspace::Column::Id.eq(token.workspace);
    let workspace = auth.database().workspace(which).await?.ok_or(Error::Unauthenticated)?;
    let ctx = auth::rapport_itself(auth.database(), &workspace);
    let hash = refresh_token::Column::Hash.eq(token.hash());
    let rows = ctx.rows::<refresh_token::Entity>();
    let row = rows.all(refresh_token::Entity::find().filter(hash)).await?.into_iter().next();
    let row = row.ok_or(Error::Unauthenticated)?;
    let found = async {
        let session = ctx.can::<Entity, Read>()?.one(row.session_id).await?;
        ctx.can::<user::Entity, Read>()?.one(session.user_id).await
    };
    let user = found.await.map_err(signed_out)?;
    let ctx = auth::user_at_the_door(auth.database(), &workspace, &user);
    // What ends the session must be kept although the caller is told of a failure, so it is no failure in here.
    let tokens = ctx.tx(async |tx| exchange(auth, tx, &row, &user).await).await;
    tokens.map_err(signed_out)?.ok_or(Error::Unauthenticated)
}

/// A session that is gone is no session.
fn signed_out(err: Error) -> Error {
    if let Error::NotFound(_) = err { Error::Unauthenticated } else { err }
}

async fn exchange(
    auth: &Auth,
    tx: &Tx<'_>,
    token: &refresh_token::Model,
    user: &user::Model,
) -> Result<Option<Tokens>> {
    let sessions = tx.entailed::<Entity, Update>();
    let session = sessions.lock(token.session_id, Expected::Any).await?;
    if session.expires_at <= tx.now() || user.status != user::Status::Active {
        return Ok(None);
    }
    if !take(tx, &token.hash).await? {
        tracing::warn!(session = %session.id, user = %user.id, "a refresh token was used twice");
        end_entailed(tx, session.id).await?;
        return Ok(None);
    }
    let used = ActiveModel {
        last_used_at: Set(tx.now()),
        expires_at: Set(tx.now() + LIFETIME),
        ..Default::default()
    };
    let session = sessions.update(session.id, Expected::Any, used).await?;
    issue(auth, tx, session).await.map(Some)
}

/// Uses a token up; whether it was still there to be used.
async fn take(tx: &Tx<'_>, hash: &[u8]) -> Result<bool> {
    let unused = Condition::all()
        .add(refresh_token::Column::Hash.eq(hash.to_vec()))
        .add(refresh_token::Column::UsedAt.is_null());
    let rows = tx.rows::<refresh_token::Entity>();
    Ok(rows.set(refresh_token::Column::UsedAt, tx.now(), unused).await? == 1)
}

/// The sessions that are not over: one's own, or everybody's where the role gives leave to read them.
///
/// # Errors
/// [`Error::Invalid`] names everything in the listing that is wrong.
pub async fn list(ctx: &Ctx, listing: &Listing) -> Result<Page<Model>> {
    let lasting = Column::ExpiresAt.gt(ctx.database().clock().now());
    ctx.can::<Entity, Read>()?.page_of(listing, Condition::all().add(lasting)).await
}

/// One session.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(ctx: &Ctx, which: Which) -> Result<Model> {
    ctx.can::<Entity, Read>()?.one(resolve(ctx, which)?).await
}

/// Ends a session: its tokens are of no use from now on.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn end(ctx: &Ctx, which: Which) -> Result<Model> {
    ctx.tx(async |tx| {
        let sessions = tx.can::<Entity, Delete>()?;
        let id = resolve(ctx, which)?;
        let ended = sessions.delete(id, Expected::Any).await?;
        forget_tokens(tx, id).await?;
        Ok(ended)
    })
    .await
}

/// Ends every session of the user who asks, this one too; how many there were.
///
/// # Errors
/// [`Error::Unauthenticated`] where it is no user who asks; [`Error::Forbidden`] where it is an API key.
pub async fn end_all(ctx: &Ctx) -> Result<u64> {
    let user = ctx.actor().user.ok_or(Error::Unauthenticated)?;
    ctx.can::<Entity, Delete>()?;
    ctx.tx(async |tx| end_all_of(tx, user, None).await).await
}

fn resolve(ctx: &Ctx, which: Which) -> Result<session::Id> {
    match which {
        Which::Id(id) => Ok(id),
        Which::Current => ctx.actor().session.ok_or(Error::NotFound("session")),
    }
}

/// Ends the sessions of a user, but for one.
pub(super) async fn end_all_of(
    tx: &Tx<'_>,
    user: user::Id,
    but: Option<session::Id>,
) -> Result<u64> {
    let theirs = Entity::find().filter(Column::UserId.eq(user)).filter(Column::DeletedAt.is_null());
    let mut ended = 0;
    for session in tx.rows::<Entity>().all(theirs).await? {
        if Some(session.id) != but {
            end_entailed(tx, session.id).await?;
            ended += 1;
        }
    }
    Ok(ended)
}

/// A session that another transaction has just ended is ended.
async fn end_entailed(tx: &Tx<'_>, id: session::Id) -> Result<()> {
    match tx.entailed::<Entity, Delete>().delete(id, Expected::Any).await {
        Err(Error::NotFound(_)) => Ok(()),
        ended => {
            ended?;
            forget_tokens(tx, id).await
        }
    }
}

/// The tokens of a session that has ended tell nothing any more.
async fn forget_tokens(tx: &Tx<'_>, id: session::Id) -> Result<()> {
    let theirs = Condition::all().add(refresh_token::Column::SessionId.eq(id));
    tx.rows::<refresh_token::Entity>().delete(theirs).await.map(|_| ())
}
