use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::webhook_endpoint;
use crate::{Owner, identity::workspace, values::choice};

/// The id of a delivery.
pub type Id = crate::Id<Entity>;

/// An event on its way to an endpoint, with all attempts there were.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_delivery")]
pub struct Model {
    /// The record's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    /// The workspace.
    pub workspace_id: workspace::Id,
    /// Where it goes.
    pub endpoint_id: webhook_endpoint::Id,
    /// The event's id.
    pub event_id: Uuid,
    /// Where the event stands in the log; `None` for a ping, which is not in it.
    pub event_seq: Option<i64>,
    /// What happened.
    pub event_type: String,
    /// The record it happened to.
    pub subject_id: Uuid,
    /// The version the record has since.
    pub subject_version: i32,
    /// How it stands.
    pub status: Status,
    /// When the next attempt is due. `None` where there is none, or where an earlier event about the same record must
    /// get through first.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// How many attempts there were.
    pub attempt_count: i32,
    /// The status of the last answer.
    pub response_status: Option<i32>,
    /// The attempts, as far as they are kept.
    pub attempts: Attempts,
    /// Whether later events about the same record wait for this one: not for a ping, nor for what is sent again.
    pub in_order: bool,
    /// Since when it has been tried, this time round.
    pub tried_since: Option<DateTime<Utc>>,
    /// How often it has been tried, this time round.
    pub tries: i32,
    /// Counts the changes of the record.
    pub version: i32,
    /// When the record was created.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
    /// Always `None`: deliveries are removed for good.
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// An event on its way to an endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "WebhookDeliveryRow")]
pub struct WebhookDelivery {
    /// The record's id.
    pub id: Id,
    /// Where it goes.
    pub endpoint_id: webhook_endpoint::Id,
    /// The event's id, which is the header `webhook-id` of each attempt.
    pub event_id: Uuid,
    /// What happened, e.g. `rapport.order.updated.v1`.
    #[schema(max_length = 100, pattern = r"^rapport\.[a-z_]+\.[a-z_]+\.v1$")]
    pub event_type: String,
    /// The id of the record it happened to.
    pub subject_id: Uuid,
    /// The version the record has since.
    #[schema(minimum = 0)]
    pub subject_version: i32,
    /// How it stands.
    pub status: Status,
    /// When the next attempt is due; null where there is none, or where an earlier event about the same record must get
    /// through first.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// How many attempts there were.
    #[schema(minimum = 0)]
    pub attempt_count: i32,
    /// The status of the last answer; null where there was none.
    #[schema(minimum = 100, maximum = 999)]
    pub response_status: Option<i32>,
    /// Counts the changes of the record: 1 when created. It is the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When the record was created.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<Model> for WebhookDelivery {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            endpoint_id: row.endpoint_id,
            event_id: row.event_id,
            event_type: row.event_type,
            subject_id: row.subject_id,
            subject_version: row.subject_version,
            status: row.status,
            next_attempt_at: row.next_attempt_at,
            attempt_count: row.attempt_count,
            response_status: row.response_status,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

choice! {
    /// How a delivery stands.
    #[schema(as = DeliveryStatus)]
    #[graphql(name = "DeliveryStatus")]
    pub enum Status {
        /// It waits for its next attempt.
        Pending,
        /// It was answered with success (2xx).
        Delivered,
        /// It is a dead letter: it was given up, and can be sent again.
        Dead,
    }
}

/// The attempts of a delivery, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Attempts(pub Vec<Attempt>);

/// One attempt to deliver an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "DeliveryAttempt")]
#[schema(as = DeliveryAttempt)]
pub struct Attempt {
    /// When it began; in seconds since 1970 the header `webhook-timestamp`.
    pub at: DateTime<Utc>,
    /// How many milliseconds it took.
    #[schema(minimum = 0)]
    pub duration_ms: i32,
    /// The status of the answer; null where there was none.
    #[schema(minimum = 100, maximum = 999)]
    pub response_status: Option<i32>,
    /// The first 1,024 bytes of the answer's body, as text; null where there was none.
    #[schema(max_length = 1024)]
    pub response_body: Option<String>,
    /// Why there was no answer, in words; null where there was one.
    #[schema(max_length = 500)]
    pub error: Option<String>,
}

crate::resource!("webhook_delivery", owner: Owner::Nobody, wire: WebhookDelivery, {
    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Status => Status::values(),
            _ => Vec::new(),
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(
            column,
            Column::EventSeq
                | Column::Attempts
                | Column::InOrder
                | Column::TriedSince
                | Column::Tries
                | Column::DeletedAt
        )
    }
});
