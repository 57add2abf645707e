use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::analysis::FiscalPeriod;
use crate::{
    Currency, Date, Money, Owner, Text,
    identity::{team, user, workspace},
    values::choice,
};

/// The id of an adjustment of a forecast.
pub type Id = crate::Id<Entity>;

/// An adjustment, as stored: [`ForecastAdjustment`] is what clients see.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "forecast_adjustment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub id: Id,
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[doc(hidden)]
    pub user_id: Option<user::Id>,
    #[doc(hidden)]
    pub team_id: Option<team::Id>,
    #[doc(hidden)]
    pub subject: String,
    #[doc(hidden)]
    pub category: Category,
    #[doc(hidden)]
    pub period: FiscalPeriod,
    #[doc(hidden)]
    pub starts_on: Date,
    #[doc(hidden)]
    pub amount_minor: i64,
    #[doc(hidden)]
    pub currency: Currency,
    #[doc(hidden)]
    pub note: Option<Text>,
    #[doc(hidden)]
    pub made_as: MadeAs,
    #[doc(hidden)]
    pub made_by: Option<user::Id>,
    #[doc(hidden)]
    pub superseded_at: Option<DateTime<Utc>>,
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

choice! {
    /// Which figure of a forecast is adjusted.
    #[schema(as = ForecastAdjustmentCategory)]
    #[graphql(name = "ForecastAdjustmentCategory")]
    pub enum Category {
        /// What comes, whoever has it says.
        Commit,
        /// What comes if all goes well.
        BestCase,
        /// What may come.
        Pipeline,
    }
}

choice! {
    /// As what somebody adjusts a figure.
    #[schema(as = ForecastAdjustmentMadeAs)]
    #[graphql(name = "ForecastAdjustmentMadeAs")]
    pub enum MadeAs {
        /// It is their own figure.
        Owner,
        /// It is the figure of somebody, or of a team, that they look after.
        Manager,
    }
}

/// What somebody holds a figure of a forecast to be. It stands beside the figure, never in its place; a new one takes the
/// place of the one before, which stays readable.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "ForecastAdjustmentRow")]
pub struct ForecastAdjustment {
    /// The record's id (UUIDv7).
    pub id: Id,
    /// The user whose figure it is.
    pub user_id: Option<user::Id>,
    /// The team whose figure it is, with all below it.
    pub team_id: Option<team::Id>,
    /// Which figure it is.
    pub category: Category,
    /// How long the period of the forecast is.
    pub period: FiscalPeriod,
    /// The first day of the period.
    pub starts_on: Date,
    /// What the figure is held to be.
    pub amount: Money,
    /// Why.
    pub note: Option<Text>,
    /// As what it was made: an owner's stands beside a manager's.
    pub made_as: MadeAs,
    /// Who made it; null where it was a program.
    pub made_by: Option<user::Id>,
    /// When another one took its place; null while it holds, or where it was withdrawn.
    pub superseded_at: Option<DateTime<Utc>>,
    /// Counts the changes of the record: 1 when created. It is the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was withdrawn; null while it is not.
    pub deleted_at: Option<DateTime<Utc>>,
}

impl From<Model> for ForecastAdjustment {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            team_id: row.team_id,
            category: row.category,
            period: row.period,
            starts_on: row.starts_on,
            amount: Money::from_minor(row.amount_minor, row.currency),
            note: row.note,
            made_as: row.made_as,
            made_by: row.made_by,
            superseded_at: row.superseded_at,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        }
    }
}

crate::resource!("forecast_adjustment", owner: Owner::UserOrTeam(Column::UserId, Column::TeamId), wire: ForecastAdjustment, {
    /// Whose figure it is, in one text: of what may be null no index says that there is one alone.
    fn derive(row: &mut Model) {
        let part = |id: Option<Uuid>| id.map(|id| id.simple().to_string()).unwrap_or_default();
        let (user, team) = (row.user_id.map(Uuid::from), row.team_id.map(Uuid::from));
        row.subject = format!("{}/{}", part(user), part(team));
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Category => Category::values(),
            Column::Period => FiscalPeriod::values(),
            Column::MadeAs => MadeAs::values(),
            _ => Vec::new(),
        }
    }

    fn indexed(column: &Column) -> bool {
        matches!(column, Column::CreatedAt | Column::StartsOn)
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::Subject)
    }
});
