use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::{Scoped, identity::workspace};

/// The answer to a request that may be repeated.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// The workspace.
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: workspace::Id,
    /// Whose request it was: each caller has keys of their own.
    #[sea_orm(primary_key, auto_increment = false)]
    pub caller_id: Uuid,
    /// A hash of the key, which is needed to read the answer.
    #[sea_orm(primary_key, auto_increment = false, column_type = "VarBinary(StringLen::None)")]
    pub key_hash: Vec<u8>,
    /// A hash of the request.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub request_hash: Vec<u8>,
    /// The answer, sealed with the key.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub answer: Vec<u8>,
    /// When it was given.
    pub created_at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
