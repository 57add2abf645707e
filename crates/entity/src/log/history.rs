use async_graphql::{Json as AnyJson, SimpleObject};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::event::ActorKind;
use crate::customers::customer;

/// Something that was done: by whom, when, to which record, and what it changed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// The id of the event.
    pub id: Uuid,
    /// What happened, e.g. `rapport.order.updated.v1`.
    #[serde(rename = "type")]
    #[graphql(name = "type")]
    #[schema(max_length = 100, pattern = r"^rapport\.[a-z_]+\.[a-z_]+\.v1$")]
    pub kind: String,
    /// The kind of record that it happened to, e.g. `order`.
    #[schema(max_length = 40, pattern = "^[a-z_]+$")]
    pub resource: String,
    /// The id of that record.
    pub subject: Uuid,
    /// The version the record has since.
    #[schema(minimum = 1)]
    pub subject_version: i32,
    /// The customer it is about.
    pub customer_id: Option<customer::Id>,
    /// Who did it.
    pub actor: HistoryActor,
    /// When.
    pub time: DateTime<Utc>,
    /// What it changed.
    #[schema(max_items = 500)]
    pub changes: Vec<Change>,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct HistoryActor {
    /// Through what.
    pub kind: ActorKind,
    /// Whose id that is, where it is somebody's.
    pub id: Option<Uuid>,
    /// What they are called.
    #[schema(max_length = 200)]
    pub name: Option<String>,
}

/// A member of a record that was changed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Its name.
    #[schema(max_length = 100)]
    pub member: String,
    /// What it was; null where it was nothing.
    #[schema(value_type = Value)]
    pub before: AnyJson<Value>,
    /// What it is since; null where it is nothing.
    #[schema(value_type = Value)]
    pub after: AnyJson<Value>,
}
