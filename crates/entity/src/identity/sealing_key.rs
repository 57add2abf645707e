//! The keys that secrets are sealed with. They belong to the installation, not to a workspace, and are kept for good.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::Secret;

/// A key for AES-256-GCM.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sealing_key")]
pub struct Model {
    /// Names the key in what it sealed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The key: 32 bytes, base64.
    pub secret_key: Secret,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
