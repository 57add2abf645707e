//! Who works on an opportunity on our side. Written and read with the opportunity.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::opportunity;
use crate::{
    Label, Percentage, Scoped,
    identity::{user, workspace},
};

/// A user who works on an opportunity.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "opportunity_member")]
#[serde(rename_all = "camelCase")]
#[schema(as = OpportunityMember)]
#[graphql(name = "OpportunityMemberRow")]
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
    /// The user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: user::Id,
    /// What they do.
    pub role: Option<Label>,
    /// How much of the revenue is theirs, in percent.
    pub split: Percentage,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
