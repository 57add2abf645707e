//! The keys that access tokens are signed with. They belong to the installation, not to a workspace.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::Secret;

/// An Ed25519 key.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub struct Model {
    /// Names the key in tokens (`kid`).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The private key, PKCS #8, base64.
    pub private_key: Secret,
    /// The public key, 32 bytes, base64url.
    pub public_key: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
