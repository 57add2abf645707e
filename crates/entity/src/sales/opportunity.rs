use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    close_reason, pipeline,
    pipeline_stage::{self, ForecastCategory},
};
use crate::{
    Currency, Custom, Date, ExternalId, Label, Money, Name, Owner, Probability, Source, Tags, Text,
    customers::customer,
    identity::{user, workspace},
    values::{choice, fold, search_terms},
};

/// The id of an opportunity.
pub type Id = crate::Id<Entity>;

/// An opportunity, as stored: [`Opportunity`] is what clients see.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "opportunity")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub id: Id,
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[doc(hidden)]
    pub name: Name,
    #[doc(hidden)]
    pub sort_name: String,
    #[doc(hidden)]
    pub customer_id: Option<customer::Id>,
    #[doc(hidden)]
    pub owner_id: Option<user::Id>,
    #[doc(hidden)]
    pub pipeline_id: pipeline::Id,
    #[doc(hidden)]
    pub stage_id: pipeline_stage::Id,
    #[doc(hidden)]
    pub stage_since: DateTime<Utc>,
    #[doc(hidden)]
    pub stage_due_at: Option<DateTime<Utc>>,
    #[doc(hidden)]
    pub status: Status,
    #[doc(hidden)]
    pub forecast_category: ForecastCategory,
    #[doc(hidden)]
    pub probability: Probability,
    #[doc(hidden)]
    pub amount_minor: i64,
    #[doc(hidden)]
    pub currency: Currency,
    #[doc(hidden)]
    pub amount_source: AmountSource,
    #[doc(hidden)]
    pub opened_on: Option<Date>,
    #[doc(hidden)]
    pub expected_close_on: Option<Date>,
    #[doc(hidden)]
    pub closed_on: Option<Date>,
    #[doc(hidden)]
    pub cycle_days: Option<i32>,
    #[doc(hidden)]
    pub need: Option<Text>,
    #[doc(hidden)]
    pub budget_minor: Option<i64>,
    #[doc(hidden)]
    pub next_step: Option<Name>,
    #[doc(hidden)]
    pub next_step_on: Option<Date>,
    #[doc(hidden)]
    pub lead_source: Option<Label>,
    #[doc(hidden)]
    pub campaign: Option<Label>,
    #[doc(hidden)]
    pub close_reason_id: Option<close_reason::Id>,
    #[doc(hidden)]
    pub close_note: Option<Text>,
    #[doc(hidden)]
    pub lost_to: Option<Label>,
    #[doc(hidden)]
    pub description: Option<Text>,
    #[doc(hidden)]
    pub source: Option<Source>,
    #[doc(hidden)]
    pub external_id: Option<ExternalId>,
    #[doc(hidden)]
    pub search_text: String,
    #[doc(hidden)]
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub custom: Custom,
    #[doc(hidden)]
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub comparable: Custom,
    #[doc(hidden)]
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub tags: Tags,
    #[doc(hidden)]
    pub version: i32,
    #[doc(hidden)]
    pub created_at: DateTime<Utc>,
    #[doc(hidden)]
    pub updated_at: DateTime<Utc>,
    #[doc(hidden)]
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A sale that may be made.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "OpportunityRow")]
pub struct Opportunity {
    /// The record's id (UUIDv7).
    pub id: Id,
    /// What the opportunity is called.
    pub name: Name,
    /// The customer; null while it is not known who.
    pub customer_id: Option<customer::Id>,
    /// The user who has it.
    pub owner_id: Option<user::Id>,
    /// The pipeline it goes through.
    pub pipeline_id: pipeline::Id,
    /// The stage it is in; of one that is closed, the last one.
    pub stage_id: pipeline_stage::Id,
    /// Since when.
    pub stage_since: DateTime<Utc>,
    /// When it is stalled, or since when it has been; null where the stage has no maximum, or it is closed.
    pub stage_due_at: Option<DateTime<Utc>>,
    /// Whether it is open, won or lost.
    pub status: Status,
    /// How it is counted in forecasts: as the stage says, until somebody says otherwise.
    pub forecast_category: ForecastCategory,
    /// How likely it is to be won, in percent: as the stage says, until somebody says otherwise.
    pub probability: Probability,
    /// What it is worth.
    pub amount: Money,
    /// Whether the amount is that of the lines.
    pub amount_source: AmountSource,
    /// The day it began, in the workspace's time zone.
    pub opened_on: Option<Date>,
    /// The day it is expected to be closed.
    pub expected_close_on: Option<Date>,
    /// The day it was won or lost; null while it is open.
    pub closed_on: Option<Date>,
    /// The days from the one it began to the one it was closed.
    #[schema(minimum = 0)]
    pub cycle_days: Option<i32>,
    /// What the customer needs.
    pub need: Option<Text>,
    /// What the customer can spend, in the same currency.
    pub budget: Option<Money>,
    /// What is to be done next.
    pub next_step: Option<Name>,
    /// The day it is to be done.
    pub next_step_on: Option<Date>,
    /// Where it came from.
    pub lead_source: Option<Label>,
    /// The campaign that it came of.
    pub campaign: Option<Label>,
    /// Why it was won or lost.
    pub close_reason_id: Option<close_reason::Id>,
    /// What else there is to say about that.
    pub close_note: Option<Text>,
    /// The competitor who won it.
    pub lost_to: Option<Label>,
    /// Anything worth knowing.
    pub description: Option<Text>,
    /// The system the record came from.
    pub source: Option<Source>,
    /// The id it has there; unique within the source.
    pub external_id: Option<ExternalId>,
    /// Values of the workspace's custom fields.
    pub custom: Custom,
    /// Words that the record is marked with.
    pub tags: Tags,
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

impl From<Model> for Opportunity {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            customer_id: row.customer_id,
            owner_id: row.owner_id,
            pipeline_id: row.pipeline_id,
            stage_id: row.stage_id,
            stage_since: row.stage_since,
            stage_due_at: row.stage_due_at,
            status: row.status,
            forecast_category: row.forecast_category,
            probability: row.probability,
            amount: Money::from_minor(row.amount_minor, row.currency.clone()),
            amount_source: row.amount_source,
            opened_on: row.opened_on,
            expected_close_on: row.expected_close_on,
            closed_on: row.closed_on,
            cycle_days: row.cycle_days,
            need: row.need,
            next_step: row.next_step,
            next_step_on: row.next_step_on,
            lead_source: row.lead_source,
            campaign: row.campaign,
            close_reason_id: row.close_reason_id,
            close_note: row.close_note,
            lost_to: row.lost_to,
            description: row.description,
            source: row.source,
            external_id: row.external_id,
            custom: row.custom,
            tags: row.tags,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
            budget: row.budget_minor.map(|minor| Money::from_minor(minor, row.currency)),
        }
    }
}

choice! {
    /// Whether an opportunity is open, won or lost.
    #[derive(Default)]
    #[schema(as = OpportunityStatus)]
    #[graphql(name = "OpportunityStatus")]
    pub enum Status {
        /// It may still come.
        #[default]
        Open,
        /// The customer buys.
        Won,
        /// The customer does not buy.
        Lost,
    }
}

choice! {
    /// Where the amount of an opportunity comes from.
    #[derive(Default)]
    #[schema(as = AmountSource)]
    #[graphql(name = "AmountSource")]
    pub enum AmountSource {
        /// Somebody says it.
        #[default]
        Manual,
        /// It is what the lines come to, without tax.
        Lines,
    }
}

crate::resource!("opportunity", owner: Owner::Column(Column::OwnerId), wire: Opportunity, {
    crate::by_place! {
        id, workspace_id, name, sort_name, customer_id: null, owner_id: null, pipeline_id, stage_id, stage_since, stage_due_at: null, status, forecast_category, probability, amount_minor, currency, amount_source, opened_on: null, expected_close_on: null, closed_on: null, cycle_days: null, need: null, budget_minor: null, next_step: null, next_step_on: null, lead_source: null, campaign: null, close_reason_id: null, close_note: null, lost_to: null, description: null, source: null, external_id: null, search_text, custom: empty, comparable: empty, tags: empty, version, created_at, updated_at, deleted_at: null
    }

    crate::extensible!(search_text);

    const SEARCH: Option<Column> = Some(Column::SearchText);

    fn customer(row: &Model) -> Option<customer::Id> {
        row.customer_id
    }

    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
        let words = [Some(row.name.as_str()), row.external_id.as_ref().map(ExternalId::as_str)];
        row.search_text = search_terms(words.into_iter().flatten());
    }

    fn indexed(column: &Column) -> bool {
        matches!(column, Column::CreatedAt | Column::ExpectedCloseOn | Column::ClosedOn)
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Status => Status::values(),
            Column::ForecastCategory => ForecastCategory::values(),
            Column::AmountSource => AmountSource::values(),
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
        matches!(column, Column::SortName | Column::SearchText)
    }
});
