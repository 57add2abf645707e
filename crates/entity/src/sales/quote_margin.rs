//! What is left of a quote once it is paid what its products cost. Written with the quote; read by whoever may know what
//! products cost.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::quote;
use crate::{Currency, Scoped, identity::workspace};

/// What is left of a quote.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "quote_margin")]
pub struct Model {
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub quote_id: quote::Id,
    #[doc(hidden)]
    pub currency: Currency,
    #[doc(hidden)]
    pub cost_minor: i64,
    #[doc(hidden)]
    pub margin_minor: i64,
    #[doc(hidden)]
    pub margin_rate: Option<f64>,
    #[doc(hidden)]
    pub complete: bool,
    #[doc(hidden)]
    pub created_at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
