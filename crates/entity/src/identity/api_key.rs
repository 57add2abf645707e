use std::net::IpAddr;

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ApiKeyScope, Scopes, role, user, workspace};
use crate::{Name, Network, Owner};

/// The id of an API key.
pub type Id = crate::Id<Entity>;

/// What a program shows to work in the workspace. Only the hash of its secret is kept.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    /// The workspace it belongs to.
    pub workspace_id: workspace::Id,
    /// What the key is called.
    pub name: Name,
    /// The SHA-256 of the secret.
    pub secret_hash: Vec<u8>,
    /// The last characters of the secret.
    pub hint: String,
    /// The role that says what the key may do.
    pub role_id: role::Id,
    /// The user it acts for.
    pub owner_id: user::Id,
    /// What of the role the key is for; all of it where there are none.
    pub scopes: Scopes,
    /// Where the key is good; everywhere where there are none.
    pub networks: Networks,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The address it was last used from.
    pub last_used_from: Option<String>,
    /// Counts the changes of the record.
    pub version: i32,
    /// When the record was created.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
    /// When the key was revoked.
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What a program shows, in the place of an access token, to work in the workspace.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "ApiKeyRow")]
pub struct ApiKey {
    /// The record's id (UUIDv7).
    pub id: Id,
    /// What the key is called.
    pub name: Name,
    /// The last four characters of the secret, to tell keys apart.
    #[schema(min_length = 4, max_length = 4, pattern = "^[0-9A-Za-z]{4}$")]
    pub hint: String,
    /// The role that says what the key may do. It never may more than its owner.
    pub role_id: role::Id,
    /// The user it acts for, who made it: what is their own is the key's own.
    pub owner_id: user::Id,
    /// What of the role the key is for; all of it where there are none.
    #[schema(max_items = 500)]
    pub scopes: Vec<ApiKeyScope>,
    /// Where the key is good; everywhere where there are none.
    #[schema(max_items = 100)]
    pub networks: Vec<Network>,
    /// When it ends; never where null.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute; null while it was not.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The address it was last used from.
    #[schema(min_length = 2, max_length = 45, pattern = "^[0-9a-f:.]+$")]
    pub last_used_from: Option<String>,
    /// Counts the changes of the record: 1 when created. It is the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When the record was created.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
    /// When the key was revoked; null while it was not.
    pub deleted_at: Option<DateTime<Utc>>,
}

impl From<Model> for ApiKey {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            hint: row.hint,
            role_id: row.role_id,
            owner_id: row.owner_id,
            scopes: row.scopes.0,
            networks: row.networks.0,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            last_used_from: row.last_used_from,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        }
    }
}

/// Where a key is good, as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Networks(pub Vec<Network>);

impl Networks {
    /// Whether a key is good at an address.
    pub fn allow(&self, address: Option<IpAddr>) -> bool {
        self.0.is_empty()
            || address.is_some_and(|address| self.0.iter().any(|network| network.contains(address)))
    }
}

/// A key is used without anybody changing it, so that has a part of the tag of its own.
fn tag(key: &ApiKey) -> String {
    format!("{}-{}", key.version, key.last_used_at.map_or(0, |at| at.timestamp_micros()))
}

crate::resource!("api_key", owner: Owner::Column(Column::OwnerId), wire: ApiKey, tag: tag, {
    fn hidden(column: &Column) -> bool {
        matches!(column, Column::SecretHash | Column::Scopes | Column::Networks)
    }
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_good_in_its_networks_alone() {
        let networks = |texts: &[&str]| {
            Networks(texts.iter().map(|text| text.parse().expect("a network")).collect())
        };
        let at = |text: &str| Some(text.parse().expect("an address"));
        assert!(networks(&[]).allow(None));
        let office = networks(&["192.0.2.0/24", "2001:db8::/32"]);
        for inside in ["192.0.2.7", "2001:db8::7", "::ffff:192.0.2.7"] {
            assert!(office.allow(at(inside)), "{inside}");
        }
        for outside in ["192.0.3.7", "2001:db9::7", "::1"] {
            assert!(!office.allow(at(outside)), "{outside}");
        }
        assert!(!office.allow(None));
    }
}
