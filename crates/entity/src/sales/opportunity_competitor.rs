//! Who else wants to make the sale. Written and read with the opportunity.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::opportunity;
use crate::{Label, Scoped, Text, identity::workspace};

/// Somebody else who wants to make the sale.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "opportunity_competitor")]
#[serde(rename_all = "camelCase")]
#[schema(as = OpportunityCompetitor)]
#[graphql(name = "OpportunityCompetitorRow")]
pub struct Model {
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub opportunity_id: opportunity::Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// What they are called; each once.
    pub name: Label,
    /// What is known of their offer.
    pub note: Option<Text>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
