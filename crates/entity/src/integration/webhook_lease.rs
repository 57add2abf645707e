//! Which node sends to which endpoint. One row for each endpoint there is. The table belongs to the installation, so
//! that a node finds and keeps all that is its own with one statement; there is nothing in it but ids.

use sea_orm::entity::prelude::*;

use super::webhook_endpoint;
use crate::identity::workspace;

/// A lease.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_lease")]
pub struct Model {
    /// The workspace.
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: workspace::Id,
    /// The endpoint.
    #[sea_orm(primary_key, auto_increment = false)]
    pub endpoint_id: webhook_endpoint::Id,
    /// The node that sends to it; as a process it has an id of its own each time it starts.
    pub node: Option<Uuid>,
    /// Until when, in milliseconds since 1970 by the database's clock.
    pub until: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
