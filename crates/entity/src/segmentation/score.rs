use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::score_definition::Definition;
use crate::{
    Name, Owner, ScoreKey, Text,
    identity::workspace,
    values::{choice, fold},
};

/// The id of a score.
pub type Id = crate::Id<Entity>;

/// A number, and mostly a named tier, that every customer has by one definition. It follows the data.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "score")]
#[serde(rename_all = "camelCase")]
#[schema(as = Score)]
#[graphql(name = "ScoreRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What the score is called; unique in the workspace.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// What formulas and rules call it; unique in the workspace, and never another.
    pub key: ScoreKey,
    /// What kind of score it is.
    pub kind: Kind,
    /// What it is for.
    pub description: Option<Text>,
    /// How it is made.
    #[graphql(skip)]
    pub definition: Definition,
    /// From where on which score or tier is given, as it was last evaluated; null until it has been.
    pub thresholds: Option<Thresholds>,
    /// How many customers have it.
    #[schema(minimum = 0)]
    pub customer_count: i32,
    /// When it was last evaluated over all customers; null until it has been.
    pub evaluated_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub due_at: Option<DateTime<Utc>>,
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
    /// What kind of score it is.
    #[schema(as = ScoreKind)]
    #[graphql(name = "ScoreKind")]
    pub enum Kind {
        /// Recency, frequency and monetary value of orders.
        Rfm,
        /// Tiers by cumulative revenue.
        ValueTier,
        /// An arithmetic expression.
        Formula,
    }
}

/// From where on which score or tier is given. Lists that do not concern the kind of score are empty.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Serialize,
    Deserialize,
    ToSchema,
    SimpleObject,
    FromJsonQueryResult,
)]
#[serde(rename_all = "camelCase")]
#[schema(as = ScoreThresholds)]
#[graphql(name = "ScoreThresholds")]
pub struct Thresholds {
    /// The days since the last order from which on recency is scored 4, 3, 2 and 1.
    #[schema(max_items = 4)]
    pub recency: Vec<f64>,
    /// The numbers of orders from which on frequency is scored 2, 3, 4 and 5.
    #[schema(max_items = 4)]
    pub frequency: Vec<f64>,
    /// The sums of orders, in units of the currency, from which on monetary value is scored 2, 3, 4 and 5.
    #[schema(max_items = 4)]
    pub monetary: Vec<f64>,
    /// The lowest value of each tier, highest tier first; null where nobody is in it. (The last tier of revenue has the
    /// rest, whatever theirs is.)
    #[schema(max_items = 20)]
    pub tiers: Vec<Option<f64>>,
}

/// What customers have changes without anybody changing the score, so it has a part of the tag of its own.
fn tag(row: &Model) -> String {
    let evaluated = row.evaluated_at.map_or(0, |at| at.timestamp_micros());
    format!("{}-{evaluated}-{}", row.version, row.customer_count)
}

crate::resource!("score", owner: Owner::Nobody, wire: Model, tag: tag, {
    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Kind => Kind::values(),
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
        matches!(column, Column::SortName | Column::Definition | Column::Thresholds | Column::DueAt)
    }
});
