//! Who is in which segment now.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::segment;
use crate::{Scoped, customers::customer, identity::workspace};

/// A membership.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "segment_member")]
pub struct Model {
    /// The workspace.
    pub workspace_id: workspace::Id,
    /// The segment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub segment_id: segment::Id,
    /// The member.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: customer::Id,
    /// Since when.
    pub entered_at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
