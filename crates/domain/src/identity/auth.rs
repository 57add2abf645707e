//! Whom a request comes from.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use rapport_entity::{
    identity::{role, session, team, user, workspace},
    log::event::ActorKind,
};
use sea_orm::ColumnTrait;

pub use super::keys::{Jwk, Jwks};
use super::{
    callers::{Caller, Callers},
    keys::{Key, Keyring},
    teams, tokens,
};
use crate::kernel::{
    Actor, ActorData, Ctx, Database, Error, Permissions, Read, Renew, Result, sealing,
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
}

impl Renew for Bearer {
    fn now(&self) -> BoxFuture<'_, Result<Ctx>> {
        Box::pin(self.auth.ctx(&self.token))
    }
}

struct Inner {
    database: Database,
    settings: Settings,
    keys: Keyring,
    callers: Callers,
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
        Ok(Self(Arc::new(Inner { database, settings, keys, callers })))
    }

    /// The request of whoever this access token was issued to, if their session still lives and they may still sign in.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], whatever is wrong with the token.
    pub async fn ctx(&self, bearer: &str) -> Result<Ctx> {
        let now = self.now();
        if let Some(actor) = self.0.callers.find(bearer, now) {
            return Ok(self.request(bearer, actor));
        }
        let key = self.0.keys.find(&tokens::key_named_in(bearer)?).await?;
        let key = key.ok_or(Error::Unauthenticated)?;
        let claims = tokens::verify(bearer, &key, &self.0.settings, now)?;
        let as_of = self.0.callers.state(claims.wid);
        let (actor, session) = self.look_up(&claims, now).await.map_err(unknown)?;
        let until = claims.ends().min(session.expires_at);
        self.0.callers.remember(bearer, Caller { actor: actor.clone(), until, as_of });
        Ok(self.request(bearer, actor))
    }

    fn request(&self, bearer: &str, actor: Actor) -> Ctx {
        let renewal = Bearer { auth: self.clone(), token: bearer.to_owned() };
        Ctx::of(Arc::new(renewal), self.0.database.clone(), actor)
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

    async fn look_up(
        &self,
        claims: &tokens::Claims,
        now: DateTime<Utc>,
    ) -> Result<(Actor, session::Model)> {
        let which = workspace::Column::Id.eq(claims.wid);
        let workspace = self.0.database.workspace(which).await?.ok_or(Error::Unauthenticated)?;
        let ctx = rapport_itself(&self.0.database, &workspace);
        let session = ctx.can::<session::Entity, Read>()?.one(claims.sid).await?;
        let user = ctx.can::<user::Entity, Read>()?.one(claims.sub).await?;
        let may = session.user_id == user.id
            && session.expires_at > now
            && user.status == user::Status::Active;
        if !may {
            return Err(Error::Unauthenticated);
        }
        let role = ctx.can::<role::Entity, Read>()?.one(user.role_id).await?;
        let teams = teams::within_reach(&ctx, user.team_id).await?;
        let permissions = Permissions::of(role.built_in, &role.grants);
        Ok((user_at_work(&workspace, &user, Some(&session), teams, permissions), session))
    }
}

/// A session, user or role that is not there is nobody's.
fn unknown(err: Error) -> Error {
    if let Error::NotFound(_) = err { Error::Unauthenticated } else { err }
}

/// Rapport itself at work in a workspace.
pub(super) fn rapport_itself(database: &Database, workspace: &workspace::Model) -> Ctx {
    Ctx::new(database.clone(), Actor::system(workspace, ActorKind::System))
}

/// A user for whom something is done while they are not there, with the leave that they have now; `None` where they may
/// no longer sign in.
pub(crate) async fn on_behalf_of(
    database: &Database,
    workspace: &workspace::Model,
    id: user::Id,
) -> Result<Option<Ctx>> {
    let ctx = rapport_itself(database, workspace);
    let user = match ctx.can::<user::Entity, Read>()?.one(id).await {
        Err(Error::NotFound(_)) => return Ok(None),
        user => user?,
    };
    if user.status != user::Status::Active {
        return Ok(None);
    }
    let role = ctx.can::<role::Entity, Read>()?.one(user.role_id).await?;
    let teams = teams::within_reach(&ctx, user.team_id).await?;
    let permissions = Permissions::of(role.built_in, &role.grants);
    let actor = user_at_work(workspace, &user, None, teams, permissions);
    Ok(Some(Ctx::new(database.clone(), actor)))
}

/// A user who is not signed in yet, such as one about to: what they do is theirs in the log, but they have leave
/// for nothing.
pub(super) fn user_at_the_door(
    database: &Database,
    workspace: &workspace::Model,
    user: &user::Model,
) -> Ctx {
    let actor = user_at_work(workspace, user, None, Vec::new(), Permissions::default());
    Ctx::new(database.clone(), actor)
}

fn user_at_work(
    workspace: &workspace::Model,
    user: &user::Model,
    session: Option<&session::Model>,
    teams: Vec<team::Id>,
    permissions: Permissions,
) -> Actor {
    Actor::from(ActorData {
        workspace: workspace.id,
        kind: ActorKind::User,
        user: Some(user.id),
        session: session.map(|session| session.id),
        teams,
        permissions,
        time_zone: workspace.time_zone.clone(),
        currency: workspace.currency.clone(),
    })
}
