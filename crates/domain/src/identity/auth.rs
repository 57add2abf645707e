//! Whom a request comes from.

use std::{net::IpAddr, sync::Arc, time::Instant};

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use rapport_entity::{
    identity::{api_key, role, session, user, workspace},
    log::event::ActorKind,
};
use sea_orm::ColumnTrait;

pub use super::keys::{Jwk, Jwks};
use super::{
    api_key_secret::ApiKeySecret,
    api_keys,
    callers::{self, Caller, Callers},
    keys::{Key, Keyring},
    teams, tokens,
    uses::Uses,
};
use crate::{
    facts::custom_fields,
    kernel::{Actor, ActorData, Ctx, Database, Error, Permissions, Read, Renew, Result, sealing},
};

/// By whom and for whom access tokens are issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The `iss` of tokens: names this installation.
    pub issuer: String,
    /// The `aud` of tokens: names its API.
    pub audience: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { issuer: "rapport".to_owned(), audience: "rapport-api".to_owned() }
    }
}

/// Tells whom a request comes from: cheap to copy.
#[derive(Clone)]
pub struct Auth(Arc<Inner>);

/// Whoever has this token.
struct Bearer {
    auth: Auth,
    token: String,
    from: Option<IpAddr>,
}

impl Renew for Bearer {
    fn now(&self) -> BoxFuture<'_, Result<Ctx>> {
        Box::pin(self.auth.admit(&self.token, self.from))
    }
}

struct Inner {
    database: Database,
    settings: Settings,
    keys: Keyring,
    callers: Callers,
    uses: Uses,
}

impl Auth {
    /// Reads the installation's signing keys, and makes one where there is none.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn new(database: Database, settings: Settings) -> Result<Self> {
        let keys = Keyring::open(database.clone()).await?;
        sealing::prepare(&database).await?;
        let callers = Callers::new(database.log());
        Ok(Self(Arc::new(Inner { database, settings, keys, callers, uses: Uses::new() })))
    }

    /// The request of whoever this access token was issued to, if their session still lives and they may still sign in.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], whatever is wrong with the token.
    pub async fn ctx(&self, bearer: &str) -> Result<Ctx> {
        self.admit(bearer, None).await
    }

    /// The request of whoever shows this access token or API key, from an address where that is known.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], whatever is wrong with it.
    pub async fn admit(&self, bearer: &str, from: Option<IpAddr>) -> Result<Ctx> {
        let now = self.now();
        let caller = match self.0.callers.find(bearer, now) {
            Some(known) => {
                known.check(from)?;
                known
            }
            None => {
                let found = match ApiKeySecret::is_meant(bearer) {
                    true => self.by_key(bearer, from).await,
                    false => self.by_token(bearer, now).await,
                };
                let caller = found.map_err(unknown)?;
                self.0.callers.remember(bearer, caller.clone());
                caller
            }
        };
        let renewal = Bearer { auth: self.clone(), token: bearer.to_owned(), from };
        Ok(Ctx::of(Arc::new(renewal), self.0.database.clone(), caller.actor))
    }

    /// The public keys that access tokens can be checked with.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn jwks(&self) -> Result<Jwks> {
        self.0.keys.jwks().await
    }

    /// Makes a new signing key. Tokens signed before stay good until they end.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn rotate_keys(&self) -> Result<()> {
        self.0.keys.rotate().await
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.0.database
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(super) fn signing_key(&self) -> Arc<Key> {
        self.0.keys.newest()
    }

    fn now(&self) -> DateTime<Utc> {
        self.0.database.clock().now()
    }

    async fn by_token(&self, token: &str, now: DateTime<Utc>) -> Result<Caller> {
        let key = self.0.keys.find(&tokens::key_named_in(token)?).await?;
        let key = key.ok_or(Error::Unauthenticated)?;
        let claims = tokens::verify(token, &key, &self.0.settings, now)?;
        let as_of = self.0.callers.state(claims.wid);
        let workspace = self.workspace(claims.wid).await?;
        let ctx = rapport_itself(&self.0.database, &workspace);
        let session = ctx.can::<session::Entity, Read>()?.one(claims.sid).await?;
        if session.user_id != claims.sub || session.expires_at <= now {
            return Err(Error::Unauthenticated);
        }
        let user = user_now(&ctx, &workspace, claims.sub).await?;
        let actor = ActorData { session: Some(session.id), ..user };
        let until = claims.ends().min(session.expires_at);
        Ok(Caller { actor: actor.into(), until, as_of, key: None })
    }

    async fn by_key(&self, text: &str, from: Option<IpAddr>) -> Result<Caller> {
        let secret = ApiKeySecret::parse(text).ok_or(Error::Unauthenticated)?;
        let asked = Instant::now();
        let workspace = self.workspace(secret.workspace).await?;
        let as_of = self.0.callers.state(workspace.id);
        let ctx = rapport_itself(&self.0.database, &workspace);
        let this = api_key::Column::SecretHash.eq(secret.hash());
        let key = ctx.can::<api_key::Entity, Read>()?.filtered(this.into(), 1).await?.pop();
        let key = key.ok_or(Error::Unauthenticated)?;
        let actor = key_now(&ctx, &workspace, &key).await?;
        let until = key.expires_at.unwrap_or(DateTime::<Utc>::MAX_UTC);
        let known = Arc::new(callers::Key::new(key.networks.clone(), asked));
        let caller = Caller { actor: actor.into(), until, as_of, key: Some(known) };
        caller.check(from)?;
        self.0.uses.note(ctx, &key, from);
        Ok(caller)
    }

    async fn workspace(&self, id: workspace::Id) -> Result<workspace::Model> {
        let which = workspace::Column::Id.eq(id);
        self.0.database.workspace(which).await?.ok_or(Error::Unauthenticated)
    }
}

/// A user, with the leave that they have now.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unauthenticated`] where they may not sign in.
pub(super) async fn user_now(
    ctx: &Ctx,
    workspace: &workspace::Model,
    id: user::Id,
) -> Result<ActorData> {
    let user = ctx.can::<user::Entity, Read>()?.one(id).await?;
    if user.status != user::Status::Active {
        return Err(Error::Unauthenticated);
    }
    let role = ctx.can::<role::Entity, Read>()?.one(user.role_id).await?;
    Ok(ActorData {
        teams: teams::within_reach(ctx, user.team_id).await?,
        permissions: Permissions::of(role.built_in, &role.grants),
        custom: Arc::new(custom_fields(ctx, &bound_by(&role)).await?),
        ..user_at_work(workspace, &user)
    })
}

/// An API key, with the leave that it has now: what its role gives, as far as its scopes cover that and its owner has it.
///
/// # Errors
/// [`Error::Unauthenticated`] where it has expired; as [`user_now`] of its owner.
pub(super) async fn key_now(
    ctx: &Ctx,
    workspace: &workspace::Model,
    key: &api_key::Model,
) -> Result<ActorData> {
    let now = ctx.database().clock().now();
    if key.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::Unauthenticated);
    }
    let owner = user_now(ctx, workspace, key.owner_id).await?;
    let role = ctx.can::<role::Entity, Read>()?.one(key.role_id).await?;
    let permissions = api_keys::permissions(&role, &key.scopes).at_most(&owner.permissions);
    let custom = owner.custom.as_ref().clone();
    let custom = custom.and(custom_fields(ctx, &bound_by(&role)).await?);
    let custom = Arc::new(custom);
    Ok(ActorData { kind: ActorKind::ApiKey, key: Some(key.id), permissions, custom, ..owner })
}

/// The role that keeps somebody from seeing fields: an administrator sees all.
fn bound_by(role: &role::Model) -> Vec<role::Id> {
    (role.built_in != Some(role::BuiltIn::Admin)).then_some(role.id).into_iter().collect()
}

/// A session, key, user or role that is not there is nobody's.
fn unknown(err: Error) -> Error {
    if let Error::NotFound(_) = err { Error::Unauthenticated } else { err }
}

/// Rapport itself at work in a workspace.
pub(super) fn rapport_itself(database: &Database, workspace: &workspace::Model) -> Ctx {
    Ctx::new(database.clone(), Actor::system(workspace, ActorKind::System))
}

/// A user who is not signed in yet, such as one about to: what they do is theirs in the log, but they have leave
/// for nothing.
pub(super) fn user_at_the_door(
    database: &Database,
    workspace: &workspace::Model,
    user: &user::Model,
) -> Ctx {
    Ctx::new(database.clone(), user_at_work(workspace, user).into())
}

/// A user, with leave for nothing.
fn user_at_work(workspace: &workspace::Model, user: &user::Model) -> ActorData {
    ActorData {
        workspace: workspace.id,
        kind: ActorKind::User,
        user: Some(user.id),
        session: None,
        key: None,
        teams: Vec::new(),
        permissions: Permissions::default(),
        at_leisure: false,
        time_zone: workspace.time_zone.clone(),
        currency: workspace.currency.clone(),
        fiscal_year_start: workspace.fiscal_year_start,
        custom: Arc::default(),
    }
}
