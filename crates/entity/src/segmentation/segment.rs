use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Name, Owner, Text, identity::workspace, rule::Rule, values::fold};

/// The id of a segment.
pub type Id = crate::Id<Entity>;

/// The customers of whom a rule holds. Membership follows every change of the data.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "segment")]
#[serde(rename_all = "camelCase")]
#[schema(as = Segment)]
#[graphql(name = "SegmentRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What the segment is called.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// What it is for.
    pub description: Option<Text>,
    /// The rule that its members satisfy.
    #[graphql(skip)]
    pub rule: Rule,
    /// How many members it has.
    #[schema(minimum = 0)]
    pub member_count: i32,
    /// When membership was last evaluated over all customers; null until it has been.
    pub evaluated_at: Option<DateTime<Utc>>,
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

/// Membership changes without anybody changing the segment, so it has a part of the tag of its own.
fn tag(row: &Model) -> String {
    let evaluated = row.evaluated_at.map_or(0, |at| at.timestamp_micros());
    format!("{}-{evaluated}-{}", row.version, row.member_count)
}

crate::resource!("segment", owner: Owner::Nobody, wire: Model, tag: tag, {
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
        matches!(column, Column::SortName | Column::Rule)
    }
});
