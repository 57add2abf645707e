use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{analysis::FiscalPeriod, product};
use crate::{
    Count, Currency, Date, Money, Owner,
    identity::{team, user, workspace},
    values::choice,
};

/// The id of a target.
pub type Id = crate::Id<Entity>;

/// A target, as stored: [`Target`] is what clients see.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "target")]
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
    pub product_id: Option<product::Id>,
    #[doc(hidden)]
    pub subject: String,
    #[doc(hidden)]
    pub measure: Measure,
    #[doc(hidden)]
    pub period: FiscalPeriod,
    #[doc(hidden)]
    pub starts_on: Date,
    #[doc(hidden)]
    pub amount_minor: Option<i64>,
    #[doc(hidden)]
    pub currency: Currency,
    #[doc(hidden)]
    pub count: Option<Count>,
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
    /// What a target is of.
    #[derive(Default)]
    #[schema(as = TargetMeasure)]
    #[graphql(name = "TargetMeasure")]
    pub enum Measure {
        /// What is won is worth: such a target is a quota.
        #[default]
        WonAmount,
        /// How many opportunities are won.
        WonCount,
        /// How many opportunities begin, by the day they were opened on.
        OpportunitiesOpened,
        /// How many leads become customers.
        LeadsConverted,
        /// How many tasks somebody completes.
        TasksCompleted,
        /// How many telephone calls somebody has with customers.
        Calls,
        /// How many meetings.
        Meetings,
        /// How many visits.
        Visits,
        /// How many e-mails.
        Emails,
    }
}

impl Measure {
    /// Whether it is of what is won, which may be of one product alone, and of which there is a forecast.
    pub fn is_of_sales(self) -> bool {
        matches!(self, Self::WonAmount | Self::WonCount)
    }
}

/// What somebody is to reach in a period of the fiscal calendar: one user, a team with all below it, or, where neither is
/// named, the whole workspace.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "TargetRow")]
pub struct Target {
    /// The record's id (UUIDv7).
    pub id: Id,
    /// The user whose target it is.
    pub user_id: Option<user::Id>,
    /// The team whose target it is, with all below it.
    pub team_id: Option<team::Id>,
    /// The product that alone counts; null where all do.
    pub product_id: Option<product::Id>,
    /// What it is of.
    pub measure: Measure,
    /// How long its period is.
    pub period: FiscalPeriod,
    /// The first day of its period.
    pub starts_on: Date,
    /// What is to be won; null where it is something that is counted.
    pub amount: Option<Money>,
    /// How many there are to be; null where it is an amount.
    pub count: Option<Count>,
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

impl From<Model> for Target {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            team_id: row.team_id,
            product_id: row.product_id,
            measure: row.measure,
            period: row.period,
            starts_on: row.starts_on,
            amount: row.amount_minor.map(|minor| Money::from_minor(minor, row.currency)),
            count: row.count,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        }
    }
}

crate::resource!("target", owner: Owner::UserOrTeam(Column::UserId, Column::TeamId), wire: Target, {
    /// Who and what it is of, in one text: of what may be null no index says that there is one alone.
    fn derive(row: &mut Model) {
        let part = |id: Option<Uuid>| id.map(|id| id.simple().to_string()).unwrap_or_default();
        let (user, team) = (row.user_id.map(Uuid::from), row.team_id.map(Uuid::from));
        let product = row.product_id.map(Uuid::from);
        row.subject = format!("{}/{}/{}", part(user), part(team), part(product));
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Measure => Measure::values(),
            Column::Period => FiscalPeriod::values(),
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
