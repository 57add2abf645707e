use async_graphql::{InputObject, OneofObject};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::score::Kind;
use crate::{Count, Currency, Date, Days, Expression, Label, Percent, RfmScore, values::Amount};

/// How a score is made. Exactly one member is given.
#[derive(
    Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, OneofObject, FromJsonQueryResult,
)]
#[serde(rename_all = "camelCase")]
#[schema(as = ScoreDefinition)]
#[graphql(name = "ScoreDefinition")]
pub enum Definition {
    /// Recency, frequency and monetary value of orders, each scored from 1 to 5, and named groups of these scores.
    Rfm(Rfm),
    /// Tiers by cumulative revenue (ABC analysis).
    ValueTier(ValueTier),
    /// An arithmetic expression over the customer's numbers.
    Formula(Formula),
}

impl Definition {
    /// What kind of score it makes.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Rfm(_) => Kind::Rfm,
            Self::ValueTier(_) => Kind::ValueTier,
            Self::Formula(_) => Kind::Formula,
        }
    }

    /// Which orders count.
    pub fn orders(&self) -> &CountedOrders {
        match self {
            Self::Rfm(rfm) => &rfm.orders,
            Self::ValueTier(tiers) => &tiers.orders,
            Self::Formula(formula) => &formula.orders,
        }
    }
}

/// Which orders count: placed and completed ones, in one currency, up to a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[graphql(name = "CountedOrders")]
pub struct CountedOrders {
    /// Their currency; the workspace's where left out. Orders in others do not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// The last day whose orders count, and from which recency is reckoned; today, in the workspace's time zone, where
    /// left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// Only the orders of so many days up to and with the last; all of them where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Days>,
}

/// Recency (days since the last order), frequency (number of orders) and monetary value (sum of orders), each scored
/// from 1 to 5.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Rfm {
    /// Which orders count.
    #[graphql(default)]
    pub orders: CountedOrders,
    /// The days from which on recency is scored 4, 3, 2 and 1; quintiles where left out.
    #[schema(min_items = 4, max_items = 4)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recency_bounds: Option<Vec<Count>>,
    /// The numbers of orders from which on frequency is scored 2, 3, 4 and 5; quintiles where left out.
    #[schema(min_items = 4, max_items = 4)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_bounds: Option<Vec<Count>>,
    /// The sums from which on monetary value is scored 2, 3, 4 and 5; quintiles where left out.
    #[schema(min_items = 4, max_items = 4)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monetary_bounds: Option<Vec<Amount>>,
    /// The named groups: the first that fits is the customer's, and the rest are `Others`. Where left out, those of the
    /// package `rfm` for R.
    #[schema(min_items = 1, max_items = 50)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<RfmGroup>>,
}

/// A named group of scores. What is left out may be anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RfmGroup {
    /// What the group is called.
    pub name: Label,
    /// Its recency scores.
    #[serde(default)]
    #[graphql(default)]
    pub recency: RfmRange,
    /// Its frequency scores.
    #[serde(default)]
    #[graphql(default)]
    pub frequency: RfmRange,
    /// Its monetary scores.
    #[serde(default)]
    #[graphql(default)]
    pub monetary: RfmRange,
}

/// Scores from one to another. Both ends belong to it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RfmRange {
    /// The lowest; 1 where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<RfmScore>,
    /// The highest; 5 where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<RfmScore>,
}

/// Tiers by cumulative revenue: who has the highest revenue comes first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ValueTier {
    /// Which orders count.
    #[graphql(default)]
    pub orders: CountedOrders,
    /// The tiers, highest first; `A` up to 80 %, `B` up to 95 % and `C` up to 100 % where left out.
    #[schema(min_items = 1, max_items = 20)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiers: Option<Vec<RevenueTier>>,
}

/// A tier of customers by the share of revenue that they and those above them bring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevenueTier {
    /// What the tier is called.
    pub name: Label,
    /// Where it ends, in percent of all revenue. Each ends after the one before, and the last at 100.
    pub up_to: Percent,
}

/// An arithmetic expression over the customer's numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Formula {
    /// The expression: `+ - * / ^`, parentheses, the functions `abs`, `ceil`, `coalesce`, `exp`, `floor`, `log`, `log10`,
    /// `max`, `min`, `round` and `sqrt`, the customer's whole numbers by name, `orders.count`, `orders.sum`,
    /// `orders.average`, `orders.lastDays`, and other scores as `scores.` and their key.
    pub expression: Expression,
    /// Which orders count.
    #[serde(default)]
    #[graphql(default)]
    pub orders: CountedOrders,
    /// Named tiers by value, highest first; the score has none where left out.
    #[schema(min_items = 1, max_items = 20)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiers: Option<Vec<ValueBand>>,
}

/// A tier of customers by their value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ValueBand {
    /// What the tier is called.
    pub name: Label,
    /// The lowest value that belongs to it. Each is below the one before; values below the last have no tier.
    pub from: f64,
}
