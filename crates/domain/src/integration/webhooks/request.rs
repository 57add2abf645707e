//! What is posted to an endpoint.

use chrono::{DateTime, Utc};
use hyper::{
    body::Bytes,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT},
};
use rapport_entity::{
    integration::{webhook_delivery, webhook_endpoint},
    log::event::{self, ActorKind},
};
use serde_json::json;
use uuid::Uuid;

use super::secrets::Keys;
use crate::{
    integration::cloud_event::{CloudEvent, MEDIA_TYPE, event_type},
    kernel::{Error, Result},
};

/// How we name ourselves.
const OURSELVES: &str = concat!("Rapport/", env!("CARGO_PKG_VERSION"), " (webhooks)");

/// The name of the event that a ping tells of. It is in no log.
const PING: &str = "webhook_endpoint.ping";

/// The type of the event that a ping tells of.
pub fn ping_type() -> String {
    event_type(PING)
}

/// The body of a delivery: always the same bytes for the same event.
pub fn body(event: event::Model) -> Result<Bytes> {
    let told = serde_json::to_vec(&CloudEvent::from(event));
    Ok(told.map_err(|err| Error::Internal(err.into()))?.into())
}

/// The event that a ping tells of.
pub fn ping(delivery: &webhook_delivery::Model) -> event::Model {
    event::Model {
        seq: 0,
        workspace_id: delivery.workspace_id,
        id: delivery.event_id,
        name: PING.to_owned(),
        subject_id: delivery.subject_id,
        subject_version: delivery.subject_version,
        customer_id: None,
        actor_kind: ActorKind::System,
        actor_id: None,
        at: delivery.created_at,
        data: json!({ "before": {}, "after": {} }),
    }
}

/// The headers of an attempt but for the signature, which only the receiver needs to see.
pub fn plain_headers(event: Uuid, at: DateTime<Utc>) -> [(&'static str, String); 4] {
    [
        ("content-type", MEDIA_TYPE.to_owned()),
        ("user-agent", OURSELVES.to_owned()),
        ("webhook-id", event.to_string()),
        ("webhook-timestamp", at.timestamp().to_string()),
    ]
}

/// The headers of an attempt.
pub fn headers(keys: &Keys, event: Uuid, at: DateTime<Utc>, body: &[u8]) -> Result<HeaderMap> {
    let text =
        |text: String| HeaderValue::from_str(&text).map_err(|err| Error::Internal(err.into()));
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(USER_AGENT, HeaderValue::from_static(OURSELVES));
    for (name, value) in plain_headers(event, at).into_iter().skip(2) {
        headers.insert(HeaderName::from_static(name), text(value)?);
    }
    let signature = text(keys.sign(event, at, body))?;
    headers.insert(HeaderName::from_static("webhook-signature"), signature);
    Ok(headers)
}

/// The record that a ping is about, and its version.
pub fn about(endpoint: &webhook_endpoint::Model) -> (Uuid, i32) {
    (endpoint.id.uuid(), endpoint.version)
}
