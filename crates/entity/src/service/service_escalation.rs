//! How a service request was escalated: each time once.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    service_escalation_rule::{self, Trigger},
    service_request,
};
use crate::{Scoped, Text, identity::workspace, log::event::ActorKind};

/// That a service request was escalated.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "service_escalation")]
#[serde(rename_all = "camelCase")]
#[schema(as = ServiceEscalation)]
#[graphql(name = "ServiceEscalation")]
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
    /// The level that it has had since, from 1.
    #[schema(minimum = 1)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub level: i32,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub occasion: String,
    /// Why.
    pub trigger_kind: Trigger,
    /// The rule that it was escalated by; null where none held of it.
    pub rule_id: Option<service_escalation_rule::Id>,
    /// What was said about it.
    pub reason: Option<Text>,
    /// When.
    pub at: DateTime<Utc>,
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
