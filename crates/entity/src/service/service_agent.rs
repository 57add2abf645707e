use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::skill::{Languages, Skill, Skills};
use crate::{
    Count, CountryCode, Label, LanguageCode, Owner,
    identity::{user, workspace},
    values::{choice, list_as_json},
    work::business_calendar,
};

/// The id of an agent's profile.
pub type Id = crate::Id<Entity>;

/// What a user can do for service, where, when, and how much at once: by it queues give requests out.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "service_agent")]
#[serde(rename_all = "camelCase")]
#[schema(as = ServiceAgent)]
#[graphql(name = "ServiceAgentRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// The user whose profile it is; each has one at most.
    pub user_id: user::Id,
    /// What they can do.
    #[graphql(skip)]
    #[schema(value_type = Vec<Skill>, max_items = 50)]
    pub skills: Skills,
    /// The languages that they speak.
    #[graphql(skip)]
    #[schema(value_type = Vec<LanguageCode>, max_items = 50)]
    pub languages: Languages,
    /// The countries whose customers they look after; all where none is named.
    #[graphql(skip)]
    #[schema(value_type = Vec<CountryCode>, max_items = 250)]
    pub countries: Countries,
    /// What the postal codes of the customers begin with whom they look after; all where none is named.
    #[graphql(skip)]
    #[schema(value_type = Vec<Label>, max_items = 250)]
    pub postal_codes: PostalCodes,
    /// The business calendar of their working hours; the queue's where it is null.
    pub calendar_id: Option<business_calendar::Id>,
    /// How many open requests they have at most; null for as many as come.
    pub capacity: Option<Count>,
    /// Whether they are there for more.
    pub availability: Availability,
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

choice! {
    /// Whether an agent is there for more requests.
    #[derive(Default)]
    #[schema(as = ServiceAgentAvailability)]
    #[graphql(name = "ServiceAgentAvailability")]
    pub enum Availability {
        /// They are given requests, within their hours.
        #[default]
        Available,
        /// They are given none. What they have stays theirs.
        Away,
    }
}

/// The most countries, and the most beginnings of postal codes, of an agent.
pub const MOST_PLACES: usize = 250;

/// Countries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Countries(pub Vec<CountryCode>);

list_as_json!(Countries);

/// Beginnings of postal codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PostalCodes(pub Vec<Label>);

list_as_json!(PostalCodes);

crate::resource!("service_agent", owner: Owner::Nobody, wire: Model, {
    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Availability => Availability::values(),
            _ => Vec::new(),
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(
            column,
            Column::Skills | Column::Languages | Column::Countries | Column::PostalCodes
        )
    }
});
