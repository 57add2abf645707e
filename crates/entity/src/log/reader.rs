use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::{Scoped, identity::workspace};

/// How far a reader of the log has come in a workspace.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "log_reader")]
pub struct Model {
    /// The workspace.
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: workspace::Id,
    /// The reader's name, e.g. `segments`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The transaction it has read up to (0 where there is one writer only).
    pub tx: i64,
    /// The event in that transaction.
    pub seq: i64,
    /// Until when it has done what time brings.
    pub passed_at: Option<DateTime<Utc>>,
    /// When time brings more; null while that is never.
    pub due_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
