//! Whose turn it is to decide on an approval that is pending. Written with it.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::approval;
use crate::{
    Scoped,
    identity::{user, workspace},
};

/// A user who may decide now.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "approver")]
pub struct Model {
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub approval_id: approval::Id,
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub user_id: user::Id,
    #[doc(hidden)]
    pub since: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
