//! What has come in through forms, so that it is known when it comes again. Written with the lead or the service request that it became.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::lead_form;
use crate::{Scoped, identity::workspace};

/// Something that came in.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "lead_form_submission")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub form_id: lead_form::Id,
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub hash: Vec<u8>,
    /// The lead, or the service request, that it has become.
    #[doc(hidden)]
    #[sea_orm(column_name = "lead_id")]
    pub record_id: Uuid,
    #[doc(hidden)]
    pub submitted_at: DateTime<Utc>,
    #[doc(hidden)]
    pub forget_at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
