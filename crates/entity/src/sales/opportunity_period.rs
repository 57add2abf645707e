//! What an opportunity was from when until when. Its history can be read off them, and any past forecast.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    opportunity::{self, Status},
    pipeline,
    pipeline_stage::{self, ForecastCategory},
};
use crate::{
    Currency, Date, Money, Probability, Scoped, Text,
    identity::{user, workspace},
    log::event::ActorKind,
    values::duration,
};

/// A period, as stored: [`OpportunityPeriod`] is what clients see. The change of the opportunity to a version began it, so
/// that names it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "opportunity_period")]
pub struct Model {
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub opportunity_id: opportunity::Id,
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub opportunity_version: i32,
    #[doc(hidden)]
    pub from_at: DateTime<Utc>,
    #[doc(hidden)]
    pub until_at: Option<DateTime<Utc>>,
    #[doc(hidden)]
    pub pipeline_id: pipeline::Id,
    #[doc(hidden)]
    pub stage_id: pipeline_stage::Id,
    #[doc(hidden)]
    pub stage_since: DateTime<Utc>,
    #[doc(hidden)]
    pub status: Status,
    #[doc(hidden)]
    pub forecast_category: ForecastCategory,
    #[doc(hidden)]
    pub probability: Probability,
    #[doc(hidden)]
    pub owner_id: Option<user::Id>,
    #[doc(hidden)]
    pub amount_minor: i64,
    #[doc(hidden)]
    pub currency: Currency,
    #[doc(hidden)]
    pub expected_close_on: Option<Date>,
    #[doc(hidden)]
    pub closed_on: Option<Date>,
    #[doc(hidden)]
    pub actor_kind: ActorKind,
    #[doc(hidden)]
    pub actor_id: Option<Uuid>,
    #[doc(hidden)]
    pub reason: Option<Text>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}

/// What an opportunity was for some time.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "OpportunityPeriodRow")]
pub struct OpportunityPeriod {
    /// The version that the opportunity had since it began; 0 for what it was before it was imported.
    #[schema(minimum = 0)]
    pub version: i32,
    /// When it began.
    pub since: DateTime<Utc>,
    /// When it ended; null for what is so now.
    pub until: Option<DateTime<Utc>>,
    /// How long that was (ISO 8601, days of 24 hours), e.g. `P12DT4H`; null for what is so now.
    #[schema(max_length = 40, pattern = "^P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+S)?)?$")]
    pub duration: Option<String>,
    /// The pipeline.
    pub pipeline_id: pipeline::Id,
    /// The stage.
    pub stage_id: pipeline_stage::Id,
    /// Whether it was open, won or lost.
    pub status: Status,
    /// How it was counted in forecasts.
    pub forecast_category: ForecastCategory,
    /// How likely it was to be won, in percent.
    pub probability: Probability,
    /// The user who had it.
    pub owner_id: Option<user::Id>,
    /// What it was worth.
    pub amount: Money,
    /// The day it was expected to be closed.
    pub expected_close_on: Option<Date>,
    /// The day it was won or lost.
    pub closed_on: Option<Date>,
    /// Through what it became so.
    pub actor_kind: ActorKind,
    /// By whom, where it was somebody: the user or the API key.
    pub actor_id: Option<Uuid>,
    /// Why, in the words of whoever did it.
    pub reason: Option<Text>,
}

impl From<Model> for OpportunityPeriod {
    fn from(row: Model) -> Self {
        let seconds = row.until_at.map(|until| (until - row.from_at).num_seconds());
        Self {
            version: row.opportunity_version,
            since: row.from_at,
            until: row.until_at,
            duration: seconds.map(duration),
            pipeline_id: row.pipeline_id,
            stage_id: row.stage_id,
            status: row.status,
            forecast_category: row.forecast_category,
            probability: row.probability,
            owner_id: row.owner_id,
            amount: Money::from_minor(row.amount_minor, row.currency),
            expected_close_on: row.expected_close_on,
            closed_on: row.closed_on,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            reason: row.reason,
        }
    }
}
