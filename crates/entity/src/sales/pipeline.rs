use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Count, Name, Owner, Slug, Text,
    identity::workspace,
    values::{choice, fold},
};

/// The id of a pipeline.
pub type Id = crate::Id<Entity>;

/// A way of selling: stages that opportunities go through, one after the other.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "pipeline")]
#[serde(rename_all = "camelCase")]
#[schema(as = Pipeline)]
#[graphql(name = "PipelineRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What the pipeline is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// What programs call it; unique in the workspace.
    pub key: Slug,
    /// What is sold through it, and how.
    pub description: Option<Text>,
    /// Where it stands among the pipelines.
    pub position: Count,
    /// Whether opportunities go through it that name none. One pipeline of a workspace at most is so.
    pub is_default: bool,
    /// Whether new opportunities may go through it. Those that do go on.
    pub active: bool,
    /// Whether opportunities may skip stages.
    pub skipping: Freedom,
    /// Whether opportunities may go back to earlier stages.
    pub going_back: Freedom,
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
    /// Whether something may be done.
    #[derive(Default)]
    #[schema(as = PipelineFreedom)]
    #[graphql(name = "PipelineFreedom")]
    pub enum Freedom {
        /// By whoever may change the opportunity.
        #[default]
        Allowed,
        /// By them, for a reason that they say.
        WithReason,
        /// By nobody.
        Refused,
    }
}

crate::resource!("pipeline", owner: Owner::Nobody, wire: Model, {
    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Skipping | Column::GoingBack => Freedom::values(),
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
        matches!(column, Column::SortName)
    }
});
