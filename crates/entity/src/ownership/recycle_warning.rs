//! What somebody was told they would lose to a pool unless they look after it.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use uuid::Uuid;

use super::pool;
use crate::{Scoped, identity::workspace};

/// A warning.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recycle_warning")]
pub struct Model {
    /// The workspace.
    pub workspace_id: workspace::Id,
    /// The pool.
    #[sea_orm(primary_key, auto_increment = false)]
    pub pool_id: pool::Id,
    /// The customer or the lead.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: Uuid,
    /// When its owner was told.
    pub warned_at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
