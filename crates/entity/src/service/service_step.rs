//! How a service request came to stand as it does: one step for each change of its status, priority, owner or queue. What
//! clocks make of it can be reckoned anew from these at any time.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{queue, service_request, service_request::Priority, service_status::Category};
use crate::{
    Scoped, StatusKey,
    identity::{user, workspace},
    log::event::ActorKind,
};

/// A step: how the request stood from then on.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "service_step")]
#[serde(rename_all = "camelCase")]
#[schema(as = ServiceStep)]
#[graphql(name = "ServiceStepRow")]
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
    /// The version that the request came into by it. Of steps of the same moment, the one with the lower is first.
    #[schema(minimum = 1)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i32,
    /// Since when.
    pub at: DateTime<Utc>,
    /// The key of the status.
    pub status: StatusKey,
    /// What that status meant.
    pub category: Category,
    /// The priority.
    pub priority: Priority,
    /// The queue.
    pub queue_id: Option<queue::Id>,
    /// The user who had it.
    pub owner_id: Option<user::Id>,
    /// Through what it came.
    pub actor_kind: ActorKind,
    /// By whom, where it was somebody: the user or the API key.
    pub actor_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
