//! Who was in which segment, and when: stays that have ended. Those that go on are memberships.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::segment;
use crate::{Scoped, customers::customer, identity::workspace};

/// A stay that has ended.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "segment_stay")]
pub struct Model {
    /// The workspace.
    pub workspace_id: workspace::Id,
    /// The segment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub segment_id: segment::Id,
    /// Who was in it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: customer::Id,
    /// From when on.
    #[sea_orm(primary_key, auto_increment = false)]
    pub entered_at: DateTime<Utc>,
    /// Until when, which does not belong to it.
    pub left_at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
