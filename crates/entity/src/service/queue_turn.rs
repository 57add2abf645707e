//! Whose turn it was last in a queue. It is apart from the queue, which others hold while they put requests into it.

use sea_orm::entity::prelude::*;

use super::queue;
use crate::{
    Scoped,
    identity::{user, workspace},
};

/// Who got the last request of a queue.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "queue_turn")]
pub struct Model {
    /// The workspace.
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: workspace::Id,
    /// The queue.
    #[sea_orm(primary_key, auto_increment = false)]
    pub queue_id: queue::Id,
    /// Who got its last request.
    pub last_user_id: user::Id,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
