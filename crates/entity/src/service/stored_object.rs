//! What is in the store of files. It is written down before anything is stored, so that what is left of an upload that never
//! came to its end is found again.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::{Scoped, identity::workspace};

/// Something that is, or may be, in the store of files.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stored_object")]
pub struct Model {
    #[doc(hidden)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: workspace::Id,
    #[doc(hidden)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[doc(hidden)]
    pub forget_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
