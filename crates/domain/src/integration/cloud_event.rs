//! Events as other systems are told of them: CloudEvents 1.0, in JSON.

use chrono::{DateTime, Utc};
use rapport_entity::log::event::{self, ActorKind};
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;
use uuid::Uuid;

/// The media type of a [`CloudEvent`] (CloudEvents 1.0.2, HTTP binding, 3.2.1).
pub const MEDIA_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// Something that happened, in the form of CloudEvents 1.0. Attributes that are ours have lower-case names without
/// separators, as CloudEvents wants them.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CloudEvent {
    /// `1.0`.
    #[schema(max_length = 3, pattern = r"^1\.0$")]
    pub specversion: &'static str,
    /// The event's own id, which never changes however often it is told of.
    pub id: Uuid,
    /// Where it happened: `/workspaces/` and the workspace's id.
    #[schema(max_length = 48, pattern = "^/workspaces/[0-9a-f-]{36}$")]
    pub source: String,
    /// What happened, e.g. `rapport.order.updated.v1`.
    #[serde(rename = "type")]
    #[schema(max_length = 100, pattern = r"^rapport\.[a-z_]+\.[a-z_]+\.v1$")]
    pub kind: String,
    /// The id of the record it happened to.
    pub subject: Uuid,
    /// When.
    pub time: DateTime<Utc>,
    /// `application/json`.
    #[schema(max_length = 16, pattern = "^application/json$")]
    pub datacontenttype: &'static str,
    /// The version the record has since.
    #[schema(minimum = 1)]
    pub subjectversion: i32,
    /// The customer it is about, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customerid: Option<Uuid>,
    /// What kind of actor did it.
    pub actorkind: ActorKind,
    /// Who did it, where it was a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actorid: Option<Uuid>,
    /// The members that changed: `before` and `after`.
    #[schema(value_type = Object)]
    pub data: Json,
}

impl From<event::Model> for CloudEvent {
    fn from(event: event::Model) -> Self {
        Self {
            specversion: "1.0",
            id: event.id,
            source: format!("/workspaces/{}", event.workspace_id),
            kind: event_type(&event.name),
            subject: event.subject_id,
            time: event.at,
            datacontenttype: "application/json",
            subjectversion: event.subject_version,
            customerid: event.customer_id.map(|id| id.uuid()),
            actorkind: event.actor_kind,
            actorid: event.actor_id,
            data: event.data,
        }
    }
}

/// The type of an event of this name in the log: `order.updated` is `rapport.order.updated.v1`.
pub fn event_type(name: &str) -> String {
    format!("rapport.{name}.v1")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_has_every_attribute_that_cloudevents_asks_for_and_none_that_is_null() {
        let event = event::Model {
            seq: 7,
            workspace_id: Uuid::from_u128(1).into(),
            id: Uuid::from_u128(2),
            name: "order.updated".into(),
            subject_id: Uuid::from_u128(3),
            subject_version: 4,
            customer_id: Some(Uuid::from_u128(5).into()),
            actor_kind: ActorKind::System,
            actor_id: None,
            at: "2026-11-22T03:04:05.678901Z".parse().unwrap(),
            data: json!({ "before": { "status": "placed" }, "after": { "status": "completed" } }),
        };
        let told = serde_json::to_value(CloudEvent::from(event)).unwrap();
        assert_eq!(
            told,
            json!({
                "specversion": "1.0",
                "id": "00000000-0000-0000-0000-000000000002",
                "source": "/workspaces/00000000-0000-0000-0000-000000000001",
                "type": "rapport.order.updated.v1",
                "subject": "00000000-0000-0000-0000-000000000003",
                "time": "2026-11-22T03:04:05.678901Z",
                "datacontenttype": "application/json",
                "subjectversion": 4,
                "customerid": "00000000-0000-0000-0000-000000000005",
                "actorkind": "system",
                "data": { "before": { "status": "placed" }, "after": { "status": "completed" } },
            })
        );
        // Names of attributes are lower-case letters and digits (CloudEvents 1.0.2, 3).
        let plain =
            |name: &String| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        assert!(told.as_object().unwrap().keys().all(plain));
    }
}
