//! Who is told what becomes of a service request.

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

/// A user who is told what becomes of a service request.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "request_watcher")]
#[serde(rename_all = "camelCase")]
#[schema(as = RequestWatcher)]
#[graphql(name = "RequestWatcherRow")]
pub struct Model {
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: service_request::Id,
    /// The user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: user::Id,
    /// Since when.
    pub since: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
