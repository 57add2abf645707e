//! API keys: what programs work in the workspace with. A key acts for its owner, the user who made it, and never may
//! more than they may.

use async_graphql::InputObject;
use chrono::{DateTime, Utc};
use rapport_entity::{
    Name, Network, Versioned,
    identity::{
        ApiKeyScope, Scopes,
        api_key::{self, ActiveModel, ApiKey, Entity, Networks},
        role,
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, IntoActiveValue, QueryFilter, QuerySelect,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{api_key_secret::ApiKeySecret, roles, workspaces};
use crate::{
    kernel::{
        Create, Ctx, Expected, Faults, Listing, Page, Patch, Permissions, Result, Tx, Update,
        patched,
    },
    records,
};

/// A key to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewApiKey {
    /// What the key is called.
    pub name: Name,
    /// The role that says what it may do.
    pub role_id: role::Id,
    /// What of the role it is for; all of it where left out.
    #[schema(max_items = 500)]
    pub scopes: Option<Vec<ApiKeyScope>>,
    /// Where it is good; everywhere where left out.
    #[schema(max_items = 100)]
    pub networks: Option<Vec<Network>>,
    /// When it ends; never where left out.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What to change of a key: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiKeyPatch {
    /// What the key is called.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// What of the role it is for: all of them, not only what changes; all of the role where there are none.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<ApiKeyScope>, max_items = 500)]
    pub scopes: Option<Vec<ApiKeyScope>>,
    /// Where it is good: all of them, not only what changes; everywhere where there are none.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<Network>, max_items = 100)]
    pub networks: Option<Vec<Network>>,
    /// When it ends.
    #[serde(default)]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub expires_at: Patch<DateTime<Utc>>,
}

/// A key that was made, with its secret.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedApiKey {
    /// The key.
    #[serde(flatten)]
    pub api_key: ApiKey,
    /// What the program shows: `Authorization: Bearer …`. It is told this once.
    #[schema(min_length = 67, max_length = 67, pattern = "^rap_live_[0-9A-Za-z]{58}$")]
    pub secret: String,
}

impl std::fmt::Debug for CreatedApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreatedApiKey").field("api_key", &self.api_key.id).finish_non_exhaustive()
    }
}

impl Versioned for CreatedApiKey {
    fn id(&self) -> uuid::Uuid {
        self.api_key.id.uuid()
    }

    fn version(&self) -> i32 {
        self.api_key.version
    }

    fn tag(&self) -> String {
        self.api_key.tag()
    }
}

/// A page of the keys.
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid) names everything in the listing that is wrong.
pub async fn list(ctx: &Ctx, listing: &Listing) -> Result<Page<ApiKey>> {
    Ok(records::list::<Entity>(ctx, listing).await?.map(ApiKey::from))
}

/// One key.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound).
pub async fn get(ctx: &Ctx, id: api_key::Id) -> Result<ApiKey> {
    records::get(ctx, id).await.map(ApiKey::from)
}

/// Makes a key that acts for who makes it.
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid), [`Error::Conflict`](crate::Error::Conflict);
/// [`Error::Forbidden`](crate::Error::Forbidden) where the key could do more than its maker.
pub async fn create(ctx: &Ctx, new: NewApiKey) -> Result<CreatedApiKey> {
    check_lengths(new.scopes.as_deref(), new.networks.as_deref())?;
    let secret = ApiKeySecret::new(ctx.actor().workspace)?;
    let scopes = Scopes(new.scopes.unwrap_or_default());
    let key = ctx.tx(async |tx| {
        let keys = tx.can::<Entity, Create>()?;
        workspaces::hold(tx).await?;
        check(tx, new.role_id, &scopes, new.expires_at).await?;
        let row = ActiveModel {
            name: Set(new.name),
            secret_hash: Set(secret.hash()),
            hint: Set(secret.hint()),
            role_id: Set(new.role_id),
            scopes: Set(scopes),
            networks: Set(Networks(new.networks.unwrap_or_default())),
            expires_at: Set(new.expires_at),
            ..Default::default()
        };
        keys.insert(None, row).await
    });
    Ok(CreatedApiKey { api_key: key.await?.into(), secret: secret.text })
}

/// Changes a key.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`](crate::Error::NotFound), [`Error::Stale`](crate::Error::Stale).
pub async fn update(
    ctx: &Ctx,
    id: api_key::Id,
    expected: Expected,
    patch: ApiKeyPatch,
) -> Result<ApiKey> {
    check_lengths(patch.scopes.as_deref(), patch.networks.as_deref())?;
    let row = ActiveModel {
        name: patch.name.map_or(NotSet, Set),
        scopes: patch.scopes.map_or(NotSet, |scopes| Set(Scopes(scopes))),
        networks: patch.networks.map_or(NotSet, |networks| Set(Networks(networks))),
        expires_at: patch.expires_at.clone().into_active_value(),
        ..Default::default()
    };
    ctx.tx(async |tx| {
        let keys = tx.can::<Entity, Update>()?;
        workspaces::hold(tx).await?;
        let before = keys.lock(id, expected).await?;
        let after = patched::<Entity>(&before, row)?;
        check(tx, before.role_id, &after.scopes, patch.expires_at.as_set().copied()).await?;
        keys.save(&before, after, "updated", &[]).await
    })
    .await
    .map(ApiKey::from)
}

/// Revokes a key for good: it is of no use from now on.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound).
pub async fn revoke(ctx: &Ctx, id: api_key::Id) -> Result<ApiKey> {
    records::delete::<Entity>(ctx, id, Expected::Any).await.map(ApiKey::from)
}

/// What a key of a role is for may be done by it, as far as its owner may. What is of people is not.
pub(super) fn permissions(role: &role::Model, scopes: &Scopes) -> Permissions {
    Permissions::of(role.built_in, &role.grants).only(|resource, verb| scopes.cover(resource, verb))
}

/// The role must be there and, as far as the key is for it, give no more than the actor has. The workspace is held.
async fn check(
    tx: &Tx<'_>,
    role: role::Id,
    scopes: &Scopes,
    expires_at: Option<DateTime<Utc>>,
) -> Result<()> {
    let mut faults = Faults::default();
    match roles::live(tx, role).await? {
        None => faults.conflict("/roleId", "is no role"),
        Some(role) => roles::check_within(&permissions(&role, scopes), tx.actor(), "api_key")?,
    }
    if expires_at.is_some_and(|end| end <= tx.now()) {
        faults.conflict("/expiresAt", "is over already");
    }
    faults.check()
}

fn check_lengths(scopes: Option<&[ApiKeyScope]>, networks: Option<&[Network]>) -> Result<()> {
    let mut faults = Faults::default();
    if scopes.is_some_and(|scopes| scopes.len() > 500) {
        faults.invalid("/scopes", "must have at most 500 items");
    }
    if networks.is_some_and(|networks| networks.len() > 100) {
        faults.invalid("/networks", "must have at most 100 items");
    }
    faults.check()
}

/// The role's live keys keep it from being deleted.
pub(super) async fn has_any_of(tx: &Tx<'_>, role: role::Id) -> Result<bool> {
    let live = Entity::find()
        .filter(api_key::Column::RoleId.eq(role))
        .filter(api_key::Column::DeletedAt.is_null());
    Ok(!tx.rows::<Entity>().all(live.limit(1)).await?.is_empty())
}
