use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{queue, service_policy::Kind};
use crate::{
    Count, Name, Owner, Span,
    identity::{user, workspace},
    rule::Rule,
    values::{choice, fold, list_as_json},
};

/// The id of an escalation rule.
pub type Id = crate::Id<Entity>;

/// What follows when a service request does not go as it should: its level is one higher, and what the rule says is done.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "service_escalation_rule")]
#[serde(rename_all = "camelCase")]
#[schema(as = ServiceEscalationRule)]
#[graphql(name = "ServiceEscalationRuleRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What the rule is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// Where it stands among the others.
    pub position: Count,
    /// Whether requests are escalated by it.
    pub active: bool,
    /// When a request is escalated by it.
    pub trigger_kind: Trigger,
    /// The kind of clock that warns or is too late; any where it is null.
    pub clock_kind: Option<Kind>,
    /// How long a request waits for somebody to have it, until it is escalated.
    pub waited: Option<Span>,
    /// What must hold of a request; null where it is for all.
    #[graphql(skip)]
    pub condition: Option<Rule>,
    /// Whether the request's priority becomes one higher.
    pub raise_priority: bool,
    /// The queue that the request goes to; it stays where it is null.
    pub queue_id: Option<queue::Id>,
    /// The user who gets the request. Where a queue is named and nobody, whoever has the request no longer has it.
    pub owner_id: Option<user::Id>,
    /// Who is told of it, beside those who have the request and watch it.
    #[graphql(skip)]
    #[schema(value_type = Vec<user::Id>, max_items = 50)]
    pub user_ids: Told,
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
    /// When a service request is escalated.
    #[schema(as = ServiceEscalationTrigger)]
    #[graphql(name = "ServiceEscalationTrigger")]
    pub enum Trigger {
        /// A part of the time is used up that a clock gives.
        ClockWarned,
        /// A clock is too late.
        ClockBreached,
        /// Nobody has had it for some time.
        Unassigned,
        /// Somebody asks for it.
        Requested,
    }
}

/// The most users that a rule tells.
pub const MOST_TOLD: usize = 50;

/// Who is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Told(pub Vec<user::Id>);

list_as_json!(Told);

crate::resource!("service_escalation_rule", owner: Owner::Nobody, wire: Model, {
    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::TriggerKind => Trigger::values(),
            Column::ClockKind => Kind::values(),
            _ => Vec::new(),
        }
    }

    fn sort_column(column: Column) -> Column {
        match column {
            Column::Name => Column::SortName,
            other => other,
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::SortName | Column::Condition | Column::UserIds)
    }
});
