//! How far the customers of a workspace have been looked at, where all of them are to be.

use sea_orm::entity::prelude::*;

use crate::{Scoped, identity::workspace};

/// Looking at everybody, under way.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lifecycle_sweep")]
pub struct Model {
    /// The workspace.
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: workspace::Id,
    /// The last customer who was looked at.
    pub after_id: Uuid,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
