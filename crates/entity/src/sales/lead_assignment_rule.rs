use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Count, Name, OpenTime, Owner, Percent, Span,
    identity::{user, workspace},
    rule::Rule,
    values::{choice, fold},
    work::{business_calendar, warn_at::WarnAt},
};

/// The id of an assignment rule.
pub type Id = crate::Id<Entity>;

/// Who gets a lead that nobody has. Of the rules whose condition holds, the one with the lowest position counts.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "lead_assignment_rule")]
#[serde(rename_all = "camelCase")]
#[schema(as = LeadAssignmentRule)]
#[graphql(name = "LeadAssignmentRuleRow")]
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
    /// Whether leads are assigned by it.
    pub active: bool,
    /// What must hold of a lead, such as where it is; null where it is for all.
    #[graphql(skip)]
    pub condition: Option<Rule>,
    /// The users who get leads by it, in their order.
    #[graphql(skip)]
    #[schema(value_type = Vec<user::Id>, min_items = 1, max_items = 200)]
    pub user_ids: Assignees,
    /// Which of them gets the next one.
    pub strategy: Strategy,
    /// How many open leads one of them has at most; null for as many as come.
    pub capacity: Option<Count>,
    /// How soon whoever gets a lead is to answer, by the clock on the wall; null where that is not said, or in business hours.
    pub response_within: Option<Span>,
    /// How soon whoever gets a lead is to answer, in hours of the calendar; null where that is not said, or by the clock on the wall.
    pub response_target: Option<OpenTime>,
    /// The calendar whose hours count; around the clock where it is null.
    pub calendar_id: Option<business_calendar::Id>,
    /// Whoever has the lead is told when so much of that time is used up, from least to most.
    #[graphql(skip)]
    #[schema(value_type = Vec<Percent>, max_items = 8)]
    pub warn_at_percent: WarnAt,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub last_user_id: Option<user::Id>,
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

/// The most users of one rule.
pub const MOST_ASSIGNEES: usize = 200;

/// The users who get leads by a rule, in their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Assignees(pub Vec<user::Id>);

crate::values::list_as_json!(Assignees);

choice! {
    /// Which of several users gets the next lead.
    #[derive(Default)]
    #[schema(as = LeadAssignmentStrategy)]
    #[graphql(name = "LeadAssignmentStrategy")]
    pub enum Strategy {
        /// One after the other.
        #[default]
        RoundRobin,
        /// The one with the fewest open leads; of several, one after the other.
        LeastOpen,
    }
}

crate::resource!("lead_assignment_rule", owner: Owner::Nobody, wire: Model, {
    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Strategy => Strategy::values(),
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
        matches!(
            column,
            Column::SortName
                | Column::Condition
                | Column::UserIds
                | Column::LastUserId
                | Column::WarnAtPercent
        )
    }
});
