use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::service_request::Priority;
use crate::{
    Count, Name, OpenTime, Owner, Percent,
    identity::workspace,
    rule::Rule,
    values::{choice, fold},
    work::{business_calendar, warn_at::WarnAt},
};

/// The id of a service policy.
pub type Id = crate::Id<Entity>;

/// What is promised of service requests. Of the policies whose condition holds of a request, the one with the lowest
/// position counts.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "service_policy")]
#[serde(rename_all = "camelCase")]
#[schema(as = ServicePolicy)]
#[graphql(name = "ServicePolicyRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What the policy is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// Where it stands among the others.
    pub position: Count,
    /// Whether it counts.
    pub active: bool,
    /// What must hold of a service request; null where it is for all.
    #[graphql(skip)]
    pub condition: Option<Rule>,
    /// The calendar whose hours count; null where all hours do.
    pub calendar_id: Option<business_calendar::Id>,
    /// What is promised: of each kind of clock and priority once at most.
    #[graphql(skip)]
    #[schema(value_type = Vec<Target>, min_items = 1, max_items = 12)]
    pub targets: Targets,
    /// When clocks stand still: each kind once at most.
    #[graphql(skip)]
    #[schema(value_type = Vec<Pause>, max_items = 3)]
    pub pauses: Pauses,
    /// At which parts of a target, in percent, is warned: 1 to 99, in their order.
    #[graphql(skip)]
    #[schema(value_type = Vec<Percent>, max_items = 8)]
    pub warn_at_percent: WarnAt,
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

/// The most targets of a policy: one of each kind and priority.
pub const MOST_TARGETS: usize = 12;

/// The most pauses of a policy: one of each kind.
pub const MOST_PAUSES: usize = 3;

choice! {
    /// A kind of service clock.
    #[schema(as = ServiceClockKind)]
    #[graphql(name = "ServiceClockKind")]
    pub enum Kind {
        /// Until an agent's first public reply.
        FirstResponse,
        /// From the customer's first unanswered message until the next public reply.
        NextResponse,
        /// Until it is resolved.
        Resolution,
    }
}

choice! {
    /// What a status means in which a clock may stand still.
    #[schema(as = ServicePausingCategory)]
    #[graphql(name = "ServicePausingCategory")]
    pub enum Category {
        /// Nobody has looked at it.
        New,
        /// Somebody is at it.
        Open,
        /// The customer is to do something.
        WaitingForCustomer,
        /// Somebody else is to do something.
        WaitingForThirdParty,
    }
}

/// How soon something is to be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ServiceTarget)]
#[graphql(name = "ServiceTargetInput")]
pub struct Target {
    /// What.
    pub kind: Kind,
    /// Of requests of which priority.
    pub priority: Priority,
    /// How much time there is, within the calendar's hours.
    pub within: OpenTime,
}

/// When clocks of a kind stand still.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ServicePause)]
#[graphql(name = "ServicePauseInput")]
pub struct Pause {
    /// Which clocks.
    pub kind: Kind,
    /// While a request is in one of these categories of status: each once.
    #[schema(min_items = 1, max_items = 4)]
    pub categories: Vec<Category>,
}

/// What is promised.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Targets(pub Vec<Target>);

crate::values::list_as_json!(Targets);

/// When clocks stand still.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pauses(pub Vec<Pause>);

crate::values::list_as_json!(Pauses);

crate::resource!("service_policy", owner: Owner::Nobody, wire: Model, {
    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
    }

    fn sort_column(column: Column) -> Column {
        match column {
            Column::Name => Column::SortName,
            other => other,
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(
            column,
            Column::SortName
                | Column::Condition
                | Column::Targets
                | Column::Pauses
                | Column::WarnAtPercent
        )
    }
});
