use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{customers::customer, identity::workspace, values::choice};

/// Something that happened. Written in the same transaction as the change it tells of, never changed after.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// The order of appending, given by the database.
    #[sea_orm(primary_key)]
    pub seq: i64,
    /// The workspace it happened in.
    pub workspace_id: workspace::Id,
    /// The event's own id, which never changes however often it is delivered.
    pub id: Uuid,
    /// What happened, e.g. `order.updated`.
    pub name: String,
    /// The id of the record it happened to.
    pub subject_id: Uuid,
    /// The version the record has since.
    pub subject_version: i32,
    /// The customer it is about, whose timeline it belongs to.
    pub customer_id: Option<customer::Id>,
    /// What kind of actor did it.
    pub actor_kind: ActorKind,
    /// Who did it: the user or the API key, where it was one.
    pub actor_id: Option<Uuid>,
    /// When.
    pub at: DateTime<Utc>,
    /// The members that changed: `before` and `after`.
    pub data: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

choice! {
    /// What kind of actor did something.
    pub enum ActorKind {
        /// A person who is signed in.
        User,
        /// An API key: a program that shows it, or what that has started.
        ApiKey,
        /// An import.
        Import,
        /// Rapport itself, following a rule.
        System,
        /// A customer who was given a link.
        Customer,
    }
}

/// What happened to a record.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The event's own id.
    pub id: Uuid,
    /// Where it stands in the log: hand it back to go on from there.
    pub cursor: String,
    /// What happened, e.g. `rapport.order.updated.v1`.
    #[serde(rename = "type")]
    #[graphql(name = "type")]
    pub kind: String,
    /// The id of the record it happened to.
    pub subject: Uuid,
    /// The version the record has since.
    pub subject_version: i32,
    /// The customer it is about.
    pub customer_id: Option<customer::Id>,
    /// What kind of actor did it.
    pub actor_kind: ActorKind,
    /// Who did it: the user or the API key, where it was one.
    pub actor_id: Option<Uuid>,
    /// When.
    pub time: DateTime<Utc>,
    /// The members that changed: `before` and `after`.
    pub data: Json,
}

impl crate::Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
