//! How customers came from stage to stage.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::lifecycle_stage;
use crate::{
    Scoped, Text,
    customers::customer,
    identity::workspace,
    log::event::ActorKind,
    values::{choice, duration},
};

/// A move of a customer from one stage to another. It is the change of the customer to a version, so that names it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "lifecycle_move")]
pub struct Model {
    /// The workspace.
    pub workspace_id: workspace::Id,
    /// Who moved.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: customer::Id,
    /// The version that the customer has since.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_version: i32,
    /// The stage before; null where there was none.
    pub from_stage_id: Option<lifecycle_stage::Id>,
    /// The stage since.
    pub to_stage_id: lifecycle_stage::Id,
    /// When.
    pub moved_at: DateTime<Utc>,
    /// Since when the customer had been in the stage before.
    pub since: Option<DateTime<Utc>>,
    /// How many seconds that was.
    pub seconds: Option<i64>,
    /// What it came of.
    pub cause: Cause,
    /// Why, in the words of whoever moved the customer.
    pub reason: Option<Text>,
    /// Through what it was done.
    pub actor_kind: ActorKind,
    /// By whom, where it was somebody.
    pub actor_id: Option<Uuid>,
}

/// A move, as clients see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "LifecycleMoveRow")]
pub struct LifecycleMove {
    /// Who moved.
    pub customer_id: customer::Id,
    /// The version that the customer has since.
    #[schema(minimum = 1)]
    pub customer_version: i32,
    /// The stage before; null where there was none.
    pub from_stage_id: Option<lifecycle_stage::Id>,
    /// The stage since.
    pub to_stage_id: lifecycle_stage::Id,
    /// When.
    pub moved_at: DateTime<Utc>,
    /// Since when the customer had been in the stage before.
    pub since: Option<DateTime<Utc>>,
    /// How long that was (ISO 8601, days of 24 hours), e.g. `P12DT4H`.
    #[schema(max_length = 40, pattern = "^P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+S)?)?$")]
    pub duration: Option<String>,
    /// What it came of.
    pub cause: Cause,
    /// Why.
    pub reason: Option<Text>,
    /// Through what it was done.
    pub actor_kind: ActorKind,
    /// By whom, where it was somebody: the user or the API key.
    pub actor_id: Option<Uuid>,
}

impl From<Model> for LifecycleMove {
    fn from(row: Model) -> Self {
        Self {
            customer_id: row.customer_id,
            customer_version: row.customer_version,
            from_stage_id: row.from_stage_id,
            to_stage_id: row.to_stage_id,
            moved_at: row.moved_at,
            since: row.since,
            duration: row.seconds.map(duration),
            cause: row.cause,
            reason: row.reason,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
        }
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}

choice! {
    /// What a move from stage to stage came of.
    #[schema(as = LifecycleCause)]
    #[graphql(name = "LifecycleCause")]
    pub enum Cause {
        /// Somebody moved the customer.
        Manual,
        /// The customer was lost.
        Loss,
        /// The customer was won back.
        Winback,
        /// The rules of the stages.
        Rule,
        /// A play.
        Play,
    }
}
