use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    EventType, Owner, Text, Url,
    identity::{Secret, api_key, user, workspace},
    rule::Rule,
    values::choice,
};

/// The id of a webhook endpoint.
pub type Id = crate::Id<Entity>;

/// Where events are sent as they happen, signed as Standard Webhooks 1.0 says.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "webhook_endpoint")]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookEndpoint)]
#[graphql(name = "WebhookEndpointRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// Where events are posted to.
    pub url: Url,
    /// What it is for.
    pub description: Option<Text>,
    /// Which events are sent.
    #[graphql(skip)]
    #[schema(value_type = Vec<EventType>, min_items = 1, max_items = 50)]
    pub event_types: EventTypes,
    /// Of those only the ones about a record of which this rule holds when the event is looked at.
    #[graphql(skip)]
    pub filter: Option<Rule>,
    /// Whether events are sent.
    pub enabled: bool,
    /// Why they are not.
    pub disabled_reason: Option<DisabledReason>,
    /// Since when nothing gets through; null where the last attempt succeeded.
    pub failing_since: Option<DateTime<Utc>>,
    /// The user with whose leave it reads: who saved it last. What they may not read is not sent.
    pub owner_id: Option<user::Id>,
    /// The API key with whose leave it reads, where it was saved through one.
    pub api_key_id: Option<api_key::Id>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub secret: Secret,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub previous_secret: Option<Secret>,
    /// Until when the secret before this one signs too; null where none does.
    pub previous_secret_expires_at: Option<DateTime<Utc>>,
    /// Counts the changes of the record: 1 when created. It is the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When the record was created.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
    /// When the record was deleted; null while it is not.
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Which events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct EventTypes(pub Vec<EventType>);

impl EventTypes {
    /// Whether events of this name in the log are among them.
    pub fn have(&self, name: &str) -> bool {
        self.0.iter().any(|types| types.has(name))
    }
}

choice! {
    /// Why events are not sent to an endpoint.
    pub enum DisabledReason {
        /// Somebody has disabled it.
        ByUser,
        /// It said that it is gone (410).
        Gone,
        /// Nothing has got through for five days.
        Failing,
        /// Its owner, or the API key it was saved through, may no longer come in, or read events.
        Owner,
    }
}

/// Whether it fails changes without anybody changing the endpoint, so that has a part of the tag of its own.
fn tag(row: &Model) -> String {
    let failing = row.failing_since.map_or(0, |since| since.timestamp_micros());
    format!("{}-{failing}", row.version)
}

crate::resource!("webhook_endpoint", owner: Owner::Column(Column::OwnerId), wire: Model, tag: tag, {
    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::DisabledReason => DisabledReason::values(),
            _ => Vec::new(),
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(
            column,
            Column::Secret | Column::PreviousSecret | Column::EventTypes | Column::Filter
        )
    }
});
