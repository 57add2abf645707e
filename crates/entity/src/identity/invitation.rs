//! Invitations to users who have no password yet. Only the hash of the token is kept.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{user, workspace};
use crate::Scoped;

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitation")]
pub struct Model {
    /// The SHA-256 of the token that was handed out.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Vec<u8>,
    /// The workspace it belongs to.
    pub workspace_id: workspace::Id,
    /// Who is invited.
    pub user_id: user::Id,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
