use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    action::{Action, Actions},
    trigger::{QuietHours, Trigger},
};
use crate::{
    Name, Owner, Text,
    identity::{user, workspace},
    rule::Rule,
    values::fold,
};

/// The id of a play.
pub type Id = crate::Id<Entity>;

/// What is to be done when something comes up with a customer: they enter a segment, stay too long in a stage, have
/// their birthday.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "play")]
#[serde(rename_all = "camelCase")]
#[schema(as = Play)]
#[graphql(name = "PlayRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What the play is called; unique in the workspace.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// What it is for.
    pub description: Option<Text>,
    /// Whether it is played.
    pub enabled: bool,
    /// Since when it is played as it is: nothing that came up before concerns it. Null while it is not enabled.
    pub active_since: Option<DateTime<Utc>>,
    /// What it waits for.
    #[graphql(skip)]
    pub trigger: Trigger,
    /// It is played only for customers of whom this rule holds when it is due.
    #[graphql(skip)]
    pub condition: Option<Rule>,
    /// What it does, in order.
    #[graphql(skip)]
    #[schema(value_type = Vec<Action>, min_items = 1, max_items = 10)]
    pub actions: Actions,
    /// When customers are left in peace.
    #[graphql(skip)]
    pub quiet_hours: Option<QuietHours>,
    /// The user who saved it last, on whose behalf it is played.
    pub owner_id: Option<user::Id>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub planned_until: Option<DateTime<Utc>>,
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

crate::resource!("play", owner: Owner::Column(Column::OwnerId), wire: Model, {
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
                | Column::Trigger
                | Column::Condition
                | Column::Actions
                | Column::QuietHours
                | Column::PlannedUntil
        )
    }
});
