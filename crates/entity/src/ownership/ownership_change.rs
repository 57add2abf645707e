//! When somebody else came to have a customer or a lead. Who had it from when until when can be read off these changes. Of
//! opportunities their periods tell it.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Scoped, Text,
    identity::{user, workspace},
    log::event::ActorKind,
    values::duration,
};

/// A change, as stored: [`OwnershipPeriod`] is what clients see. The change of the record to a version made it, so that names
/// it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ownership_change")]
pub struct Model {
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[doc(hidden)]
    pub resource: String,
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub subject_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub subject_version: i32,
    #[doc(hidden)]
    pub at: DateTime<Utc>,
    #[doc(hidden)]
    pub way: String,
    #[doc(hidden)]
    pub owner_before: Option<user::Id>,
    #[doc(hidden)]
    pub owner_id: Option<user::Id>,
    #[doc(hidden)]
    pub actor_kind: ActorKind,
    #[doc(hidden)]
    pub actor_id: Option<Uuid>,
    #[doc(hidden)]
    pub reason: Option<Text>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}

/// Who had a record for some time.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "OwnershipPeriodRow")]
pub struct OwnershipPeriod {
    /// The user who had it; null while nobody had it: then it was in the pool.
    pub owner_id: Option<user::Id>,
    /// When it began.
    pub since: DateTime<Utc>,
    /// When it ended; null for what is so now.
    pub until: Option<DateTime<Utc>>,
    /// How long that was (ISO 8601, days of 24 hours), e.g. `P12DT4H`; null for what is so now.
    #[schema(max_length = 40, pattern = "^P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+S)?)?$")]
    pub duration: Option<String>,
    /// How it began, as the event says it: `created`, `updated`, `assigned`, `transferred`, `claimed`, `released`,
    /// `recycled`. Null for opportunities, unless it has been so since they were made.
    #[schema(max_length = 40, pattern = "^[a-z_]+$")]
    pub way: Option<String>,
    /// Through what it began; null for what is so since the record was made.
    pub actor_kind: Option<ActorKind>,
    /// By whom it began, where it was somebody: the user or the API key.
    pub actor_id: Option<Uuid>,
    /// Why, in the words of whoever did it.
    pub reason: Option<Text>,
}

impl OwnershipPeriod {
    /// What a change began, until another.
    pub fn begun_by(change: Model, until: Option<DateTime<Utc>>) -> Self {
        Self {
            owner_id: change.owner_id,
            since: change.at,
            until,
            duration: length(change.at, until),
            way: Some(change.way),
            actor_kind: Some(change.actor_kind),
            actor_id: change.actor_id,
            reason: change.reason,
        }
    }

    /// What has been so since the record was made, until a change.
    pub fn first(
        owner: Option<user::Id>,
        since: DateTime<Utc>,
        until: Option<DateTime<Utc>>,
    ) -> Self {
        Self {
            owner_id: owner,
            since,
            until,
            duration: length(since, until),
            way: Some("created".to_owned()),
            actor_kind: None,
            actor_id: None,
            reason: None,
        }
    }
}

fn length(since: DateTime<Utc>, until: Option<DateTime<Utc>>) -> Option<String> {
    until.map(|until| duration((until - since).num_seconds()))
}
