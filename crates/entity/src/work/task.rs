use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Moment, Name, Owner, Text,
    customers::{contact, customer},
    identity::{user, workspace},
    sales::{lead, opportunity},
    values::{beginning, choice, search_terms},
};

/// The id of a task.
pub type Id = crate::Id<Entity>;

/// Something that somebody has to do.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "task")]
#[serde(rename_all = "camelCase")]
#[schema(as = Task)]
#[graphql(name = "TaskRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What is to be done.
    pub subject: Name,
    /// What else there is to know.
    pub description: Option<Text>,
    /// Where it stands. What is done or cancelled is reopened before anything else becomes of it.
    pub status: Status,
    /// How much it matters.
    pub priority: Priority,
    /// Until when it is to be done.
    pub due_at: Option<Moment>,
    /// When whoever has it is reminded, unless it is done or cancelled by then.
    pub remind_at: Option<Moment>,
    /// The user who has it.
    pub owner_id: Option<user::Id>,
    /// The customer it is about.
    pub customer_id: Option<customer::Id>,
    /// The person there it is about.
    pub contact_id: Option<contact::Id>,
    /// The opportunity it is about.
    pub opportunity_id: Option<opportunity::Id>,
    /// The lead it is about.
    pub lead_id: Option<lead::Id>,
    /// When it was done; null while it is not.
    pub completed_at: Option<DateTime<Utc>>,
    /// The user who did it, or said that it is done.
    pub completed_by: Option<user::Id>,
    /// Where it comes from.
    pub source: Source,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub occasion: Option<String>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub search_text: String,
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
    /// Where a task stands.
    #[derive(Default)]
    #[schema(as = TaskStatus)]
    #[graphql(name = "TaskStatus")]
    pub enum Status {
        /// To be done.
        #[default]
        Open,
        /// Somebody is at it.
        InProgress,
        /// Done.
        Done,
        /// Not to be done any more.
        Cancelled,
    }
}

choice! {
    /// How much a task matters.
    #[derive(Default)]
    #[schema(as = TaskPriority)]
    #[graphql(name = "TaskPriority")]
    pub enum Priority {
        /// When there is nothing better to do.
        Low,
        /// In its turn.
        #[default]
        Normal,
        /// Before others.
        High,
        /// Now.
        Urgent,
    }
}

choice! {
    /// Where a task comes from.
    #[derive(Default)]
    #[schema(as = TaskSource)]
    #[graphql(name = "TaskSource")]
    pub enum Source {
        /// Somebody made it.
        #[default]
        Manual,
        /// A play made it.
        Play,
        /// A lead came in that says what is needed and what may be spent.
        Enquiry,
    }
}

impl Status {
    /// Whether nothing is left to be done.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }

    /// Whether this may become that: what is over is reopened before anything else becomes of it.
    pub fn may_become(self, that: Self) -> bool {
        self == that || !self.is_over() || that == Self::Open
    }
}

crate::resource!("task", owner: Owner::Column(Column::OwnerId), wire: Model, {
    crate::by_place! {
        id, workspace_id, subject, description: null, status, priority, due_at: null, remind_at: null, owner_id: null, customer_id: null, contact_id: null, opportunity_id: null, lead_id: null, completed_at: null, completed_by: null, source, occasion: null, search_text, version, created_at, updated_at, deleted_at: null
    }

    const SEARCH: Option<Column> = Some(Column::SearchText);

    fn customer(row: &Model) -> Option<customer::Id> {
        row.customer_id
    }

    fn derive(row: &mut Model) {
        let description = row.description.as_ref().map(|text| beginning(text.as_str()));
        row.search_text = search_terms([row.subject.as_str()].into_iter().chain(description));
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Status => Status::values(),
            Column::Priority => Priority::values(),
            Column::Source => Source::values(),
            _ => Vec::new(),
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::SearchText | Column::Occasion)
    }
});

#[cfg(test)]
mod tests {
    use sea_orm::Iterable;

    use super::{Status::*, *};

    #[test]
    fn what_is_over_is_reopened_before_anything_else_becomes_of_it() {
        for status in Status::iter() {
            assert!(status.may_become(status) && status.may_become(Open), "{status:?}");
            assert_eq!(status.may_become(Done), status != Cancelled);
            assert_eq!(status.may_become(Cancelled), status != Done);
            assert_eq!(status.may_become(InProgress), !status.is_over());
        }
    }
}
