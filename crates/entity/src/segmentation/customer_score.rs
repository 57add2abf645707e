//! What score each customer has. The rows have no life of their own: they are made of the customer's data.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::score;
use crate::{
    Currency, Date, Label, Money, Scoped, ScoreKey, customers::customer, identity::workspace,
};

/// A customer's score, as stored: [`CustomerScore`] is what clients see.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_score")]
pub struct Model {
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub score_id: score::Id,
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub customer_id: customer::Id,
    #[doc(hidden)]
    pub score_key: ScoreKey,
    #[doc(hidden)]
    pub value: f64,
    #[doc(hidden)]
    pub tier: Option<Label>,
    #[doc(hidden)]
    pub recency_score: Option<i32>,
    #[doc(hidden)]
    pub frequency_score: Option<i32>,
    #[doc(hidden)]
    pub monetary_score: Option<i32>,
    #[doc(hidden)]
    pub last_ordered_on: Option<Date>,
    #[doc(hidden)]
    pub order_count: Option<i32>,
    #[doc(hidden)]
    pub revenue_minor: Option<i64>,
    #[doc(hidden)]
    pub currency: Option<Currency>,
    #[doc(hidden)]
    pub scored_at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}

/// What a customer has of a score.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "CustomerScoreRow")]
pub struct CustomerScore {
    /// The score.
    pub score_id: score::Id,
    /// What formulas and rules call the score.
    pub score_key: ScoreKey,
    /// The customer.
    pub customer_id: customer::Id,
    /// The value: of an RFM score its three digits (343), of a value tier the revenue in units of its currency, of a formula
    /// what the expression gives.
    pub value: f64,
    /// The group or tier; null where there is none.
    pub tier: Option<Label>,
    /// RFM: the score of recency, 5 for those who ordered last.
    #[schema(minimum = 1, maximum = 5)]
    pub recency_score: Option<i32>,
    /// RFM: the score of frequency, 5 for those who order most often.
    #[schema(minimum = 1, maximum = 5)]
    pub frequency_score: Option<i32>,
    /// RFM: the score of monetary value, 5 for those who spend most.
    #[schema(minimum = 1, maximum = 5)]
    pub monetary_score: Option<i32>,
    /// RFM and value tier: the day of the last order that counts.
    pub last_ordered_on: Option<Date>,
    /// RFM and value tier: how many orders count.
    #[schema(minimum = 0)]
    pub order_count: Option<i32>,
    /// RFM and value tier: what they come to.
    pub revenue: Option<Money>,
    /// When the customer was last found to have another value than before.
    pub scored_at: DateTime<Utc>,
}

impl From<Model> for CustomerScore {
    fn from(row: Model) -> Self {
        let revenue = row.revenue_minor.zip(row.currency);
        Self {
            score_id: row.score_id,
            score_key: row.score_key,
            customer_id: row.customer_id,
            value: row.value,
            tier: row.tier,
            recency_score: row.recency_score,
            frequency_score: row.frequency_score,
            monetary_score: row.monetary_score,
            last_ordered_on: row.last_ordered_on,
            order_count: row.order_count,
            revenue: revenue.map(|(minor, currency)| Money::from_minor(minor, currency)),
            scored_at: row.scored_at,
        }
    }
}
