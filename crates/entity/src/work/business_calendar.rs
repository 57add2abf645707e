use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    ClockTime, Date, Name, Owner, TimeZone,
    identity::workspace,
    values::{choice, fold},
};

/// The id of a business calendar.
pub type Id = crate::Id<Entity>;

/// When there is somebody: windows of every week in a time zone, and days on which it is otherwise.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "business_calendar")]
#[serde(rename_all = "camelCase")]
#[schema(as = BusinessCalendar)]
#[graphql(name = "BusinessCalendarRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What the calendar is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// The time zone whose clocks are meant.
    pub time_zone: TimeZone,
    /// The windows of a week; without any there is nobody but on days that say otherwise.
    #[graphql(skip)]
    #[schema(value_type = Vec<WeeklyWindow>, max_items = 168)]
    pub hours: Week,
    /// The days on which it is otherwise.
    #[graphql(skip)]
    #[schema(value_type = Vec<Exception>, max_items = 1000)]
    pub exceptions: Exceptions,
    /// Whether it is the workspace's usual one; one is at most.
    pub is_default: bool,
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
    /// A day of the week.
    #[schema(as = Weekday)]
    #[graphql(name = "Weekday")]
    pub enum Weekday {
        /// Monday.
        Monday,
        /// Tuesday.
        Tuesday,
        /// Wednesday.
        Wednesday,
        /// Thursday.
        Thursday,
        /// Friday.
        Friday,
        /// Saturday.
        Saturday,
        /// Sunday.
        Sunday,
    }
}

/// A time of every week in which there is somebody. A night is two of them: until 24:00, and from 00:00 on the next day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[graphql(name = "WeeklyWindowInput")]
pub struct WeeklyWindow {
    /// On which day.
    pub weekday: Weekday,
    /// When it begins, as clocks there show it.
    pub from: ClockTime,
    /// When it ends: later than it begins, and no later than the next one begins.
    pub until: ClockTime,
}

/// A time of one day in which there is somebody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = DayWindow)]
#[graphql(name = "DayWindowInput")]
pub struct DayWindow {
    /// When it begins, as clocks there show it.
    pub from: ClockTime,
    /// When it ends: later than it begins, and no later than the next one begins.
    pub until: ClockTime,
}

/// A day on which it is otherwise, such as a holiday.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CalendarException)]
#[graphql(name = "CalendarExceptionInput")]
pub struct Exception {
    /// What the day is called.
    pub name: Name,
    /// Which day.
    pub date: Date,
    /// Whether it is so on this day of every year, before and after; only on this one day where left out. A single day goes
    /// before one of every year.
    #[serde(default)]
    #[graphql(default)]
    pub yearly: bool,
    /// When there is somebody on that day, in place of the week's windows; nobody where left out.
    #[serde(default)]
    #[graphql(default)]
    #[schema(max_items = 24)]
    pub windows: Vec<DayWindow>,
}

/// The windows of a week.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Week(pub Vec<WeeklyWindow>);

crate::values::list_as_json!(Week);

/// The days on which it is otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Exceptions(pub Vec<Exception>);

crate::values::list_as_json!(Exceptions);

crate::resource!("business_calendar", owner: Owner::Nobody, wire: Model, {
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
        matches!(column, Column::SortName | Column::Hours | Column::Exceptions)
    }
});
