use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::pipeline;
use crate::{
    Count, DayCount, Name, Owner, Probability, Slug, Text,
    identity::workspace,
    rule::Rule,
    values::{choice, fold},
};

/// The id of a pipeline stage.
pub type Id = crate::Id<Entity>;

/// A stage of a pipeline, which open opportunities are in.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "pipeline_stage")]
#[serde(rename_all = "camelCase")]
#[schema(as = PipelineStage)]
#[graphql(name = "PipelineStageRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// The pipeline.
    pub pipeline_id: pipeline::Id,
    /// What the stage is called; unique in the pipeline, whatever the case of its letters.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// What programs call it; unique in the pipeline.
    pub key: Slug,
    /// Where it stands among the stages of the pipeline. A move to a lower position goes back.
    pub position: Count,
    /// How likely it is, in percent, that an opportunity that comes into it is won.
    pub probability: Probability,
    /// How an opportunity that comes into it is counted in forecasts.
    pub forecast_category: ForecastCategory,
    /// How many days an opportunity is expected to stay.
    pub expected_days: Option<DayCount>,
    /// An opportunity that stays for more days than these is stalled.
    pub maximum_days: Option<DayCount>,
    /// Whether no opportunity may skip it, whatever the pipeline allows.
    pub required: bool,
    /// What must hold of an opportunity that comes into it.
    #[graphql(skip)]
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub entry_criteria: Criteria,
    /// What must hold of an opportunity that leaves it forward, or is won.
    #[graphql(skip)]
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub exit_criteria: Criteria,
    /// What helps whoever has an opportunity in it.
    pub guidance: Option<Text>,
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
    /// How an opportunity is counted in forecasts.
    #[derive(Default)]
    #[schema(as = ForecastCategory)]
    #[graphql(name = "ForecastCategory")]
    pub enum ForecastCategory {
        /// Not at all.
        Omitted,
        /// It may come.
        #[default]
        Pipeline,
        /// It comes if all goes well.
        BestCase,
        /// It comes, whoever has it says.
        Commit,
        /// It has come: what is won is counted so, and nothing else is.
        Closed,
    }
}

/// The most criteria of a stage on each side.
pub const MOST_CRITERIA: usize = 20;

/// Criteria of a stage, in the order that they are shown in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(as = PipelineCriteria, max_items = 20)]
pub struct Criteria(pub Vec<Criterion>);

impl From<serde_json::Value> for Criteria {
    fn from(json: serde_json::Value) -> Self {
        serde_json::from_value(json).unwrap_or_default()
    }
}

impl From<Criteria> for Value {
    fn from(criteria: Criteria) -> Self {
        let json = || serde_json::to_value(&criteria).ok().map(Box::new);
        Self::Json(if criteria.0.is_empty() { None } else { json() })
    }
}

crate::values::kept_as_json!(Criteria);

/// Something that must hold of an opportunity.
#[derive(
    Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, InputObject, FromJsonQueryResult,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PipelineCriterion)]
#[graphql(name = "PipelineCriterion")]
pub struct Criterion {
    /// What it is called: what a refusal says is not met.
    pub name: Name,
    /// The rule that the opportunity must satisfy.
    pub rule: Rule,
}

crate::resource!("pipeline_stage", owner: Owner::Nobody, wire: Model, {
    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::ForecastCategory => ForecastCategory::values(),
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
        matches!(column, Column::SortName | Column::EntryCriteria | Column::ExitCriteria)
    }
});
