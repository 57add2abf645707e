//! Every refresh token a session ever had, by its hash, so that the use of an old one is noticed.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{session, workspace};
use crate::Scoped;

/// A refresh token.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// The SHA-256 of the token; the token itself is not kept.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Vec<u8>,
    /// The workspace it belongs to.
    pub workspace_id: workspace::Id,
    /// The session it refreshes.
    pub session_id: session::Id,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it was used, after which it must not be used again.
    pub used_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
