use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Count, DayCount, Name, Owner,
    identity::{team, workspace},
    rule::Rule,
    segmentation::segment,
    values::{choice, fold},
};

/// The id of a pool.
pub type Id = crate::Id<Entity>;

/// Customers, or leads, that nobody has, and who may claim them. Of the pools whose condition holds of a record, it is in
/// the one with the lowest position.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "pool")]
#[serde(rename_all = "camelCase")]
#[schema(as = Pool)]
#[graphql(name = "PoolRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What the pool is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// What it holds.
    pub kind: Kind,
    /// Where it stands among the others.
    pub position: Count,
    /// Whether anything is claimed from it, or returned to it.
    pub active: bool,
    /// What must hold of a customer or a lead that nobody has, for it to be in this pool; null where all are.
    #[graphql(skip)]
    pub condition: Option<Rule>,
    /// The teams whose people may claim from it, and all teams below them; null where everybody may who may claim at all.
    #[graphql(skip)]
    #[schema(value_type = Option<Vec<team::Id>>, min_items = 1, max_items = 200)]
    pub team_ids: Option<Teams>,
    /// How many customers, or open leads, somebody has at most who claims another; null for as many as they like.
    pub hold_limit: Option<Count>,
    /// How many somebody claims from all pools of this kind on a day, at most; null for as many as they like.
    pub daily_limit: Option<Count>,
    /// For how many days nobody may claim what they had before; null where they may at once.
    pub cooldown_days: Option<DayCount>,
    /// Whoever is in this segment is neglected; null where no customers are returned to the pool.
    pub recycle_segment_id: Option<segment::Id>,
    /// After so many days in the segment a customer is returned to the pool; after so many days without any change, an open
    /// lead. Null where nothing is returned.
    pub recycle_after_days: Option<DayCount>,
    /// So many days before, its owner is warned; null where they are not.
    pub recycle_warning_days: Option<DayCount>,
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
    /// What a pool holds.
    #[schema(as = PoolKind)]
    #[graphql(name = "PoolKind")]
    pub enum Kind {
        /// Customers.
        Customers,
        /// Leads that are open.
        Leads,
    }
}

impl Model {
    /// Whether anything is returned to it.
    pub fn recycles(&self) -> bool {
        self.active && self.recycle_after_days.is_some() && self.deleted_at.is_none()
    }
}

/// The most teams that a pool names.
pub const MOST_TEAMS: usize = 200;

/// The teams whose people may claim from a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sea_orm::FromJsonQueryResult)]
#[serde(transparent)]
pub struct Teams(pub Vec<team::Id>);

crate::resource!("pool", owner: Owner::Nobody, wire: Model, {
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
        matches!(column, Column::SortName | Column::Condition | Column::TeamIds)
    }
});
