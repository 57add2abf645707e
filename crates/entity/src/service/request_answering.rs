//! Who is answering a service request: a hint that expires by itself.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::service_request;
use crate::{
    Scoped,
    identity::{user, workspace},
};

/// A user who is answering a service request.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "request_answering")]
#[serde(rename_all = "camelCase")]
#[schema(as = RequestAnswering)]
#[graphql(name = "RequestAnsweringRow")]
pub struct Model {
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: workspace::Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: service_request::Id,
    /// The user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: user::Id,
    /// Since when, without a break.
    pub since: DateTime<Utc>,
    /// Until when that counts, unless they say so again.
    pub until: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
