use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Count, DayCount, Name, Owner, Slug, Text, identity::workspace, rule::Rule, values::choice,
    values::fold,
};

/// The id of a lifecycle stage.
pub type Id = crate::Id<Entity>;

/// Where a customer may stand with us. A customer is in one stage at a time, or in none.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "lifecycle_stage")]
#[serde(rename_all = "camelCase")]
#[schema(as = LifecycleStage)]
#[graphql(name = "LifecycleStageRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What the stage is called; unique in the workspace.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// What programs call it; unique in the workspace.
    pub key: Slug,
    /// What it means that a customer is in it, whatever it is called.
    pub kind: Kind,
    /// Where it stands among the stages. A move to a lower position is a move back (but see `kind`).
    pub position: Count,
    /// What it is for.
    pub description: Option<Text>,
    /// The rule by which customers come into it.
    #[graphql(skip)]
    pub entry_rule: Option<Rule>,
    /// The rule by which customers leave it.
    #[graphql(skip)]
    pub exit_rule: Option<Rule>,
    /// Whoever stays in it for more days than these is overdue.
    pub maximum_days: Option<DayCount>,
    /// Whether new customers begin here. At most one stage of a workspace is so.
    pub is_initial: bool,
    /// For so many days after a customer has left it, no rule brings them back.
    pub cooldown_days: DayCount,
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
    /// What it means that a customer is in a stage. Stages of the kinds `lapsed`, `lost` and `won_back` stand beside the
    /// path that the others are in the order of their positions: `lost` is behind `lapsed`, `lapsed` behind `won_back`, and
    /// `won_back` behind every stage of the path.
    #[derive(Default)]
    #[schema(as = LifecycleStageKind)]
    #[graphql(name = "LifecycleStageKind")]
    pub enum Kind {
        /// Knows of us, and we of them.
        Attracted,
        /// Has become a customer.
        Acquired,
        /// Buys.
        Transacting,
        /// Keeps buying.
        Retained,
        /// Buys much and long.
        Loyal,
        /// Has stopped buying.
        Lapsed,
        /// Is gone, for a reason. One stage of a workspace at most.
        Lost,
        /// Was lost, and has come back. One stage of a workspace at most.
        WonBack,
        /// Something else.
        #[default]
        Other,
    }
}

crate::resource!("lifecycle_stage", owner: Owner::Nobody, wire: Model, {
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
        matches!(column, Column::SortName | Column::EntryRule | Column::ExitRule)
    }
});
