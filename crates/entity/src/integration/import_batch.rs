//! Where in the log the events of a batch of an import stand, by which it is undone.

use sea_orm::entity::prelude::*;

use super::import;
use crate::{Scoped, identity::workspace};

/// A batch that changed something.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_batch")]
pub struct Model {
    /// The workspace.
    pub workspace_id: workspace::Id,
    /// The import.
    #[sea_orm(primary_key, auto_increment = false)]
    pub import_id: import::Id,
    /// The batch, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// The transaction that the events were written in; 0 on SQLite.
    pub tx: i64,
    /// On SQLite, where the first of the events stands; 0 on PostgreSQL.
    pub first_seq: i64,
    /// How many events there are.
    pub events: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
