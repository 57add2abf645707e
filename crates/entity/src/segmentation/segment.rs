use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Label, Name, Owner, Text,
    identity::workspace,
    rule::Rule,
    values::{choice, fold},
};

/// The id of a segment.
pub type Id = crate::Id<Entity>;

/// Customers who are alike: those of whom a rule holds, or who were chosen.
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
    /// How its members come about.
    pub kind: Kind,
    /// The rule that its members satisfy, or of a snapshot satisfied when it was taken; of a static segment one that never
    /// holds.
    #[graphql(skip)]
    pub rule: Rule,
    /// Whether customers were put into it, or kept out of it, by hand.
    pub has_listings: bool,
    /// When a snapshot was taken; null while it has not been, and for other kinds.
    pub taken_at: Option<DateTime<Utc>>,
    /// What we promise these customers that others do not.
    pub value_proposition: Option<Text>,
    /// How quickly and how well they are served, in the company's own words.
    pub service_level: Option<Label>,
    /// How closely they are looked after, in the company's own words.
    pub care_level: Option<Label>,
    /// What is planned with them.
    pub plan: Option<Text>,
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

choice! {
    /// How the members of a segment come about.
    #[derive(Default)]
    #[schema(as = SegmentKind)]
    #[graphql(name = "SegmentKind")]
    pub enum Kind {
        /// By the rule, which follows every change of the data.
        #[default]
        Dynamic,
        /// By hand.
        Static,
        /// By the rule, at one time; later changes of the data are none of the segment's.
        Snapshot,
    }
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

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Kind => Kind::values(),
            _ => Vec::new(),
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::SortName | Column::Rule)
    }
});
