use std::collections::HashMap;

use async_graphql::SimpleObject;
use rapport_entity::{
    Currency, Label, Money,
    segmentation::{
        customer_score::{self, Column},
        score::{self, Thresholds},
        score_definition::Definition,
    },
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Query},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    check::named,
    evaluation::{Evaluated, evaluate, tiers_of},
    facts::Source,
    results::readable_customers,
    scores::{Known, check_definition},
};
use crate::{
    kernel::{Ctx, Read, Result},
    records,
};

/// How many customers are in each tier, and what they come to.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[schema(as = ScoreDistribution)]
#[graphql(name = "ScoreDistribution")]
pub struct Distribution {
    /// How many customers have the score.
    #[schema(minimum = 0)]
    pub customers: i64,
    /// The tiers in their order, those that nobody is in too; last those without a tier, where there are any.
    #[schema(max_items = 100)]
    pub tiers: Vec<TierSummary>,
    /// From where on which score or tier is given.
    pub thresholds: Option<Thresholds>,
}

/// The customers of a tier.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[schema(as = ScoreTier)]
#[graphql(name = "ScoreTier")]
pub struct TierSummary {
    /// The tier; null for those who have the score but are in no tier.
    pub tier: Option<Label>,
    /// How many customers.
    #[schema(minimum = 0)]
    pub customers: i64,
    /// How many orders of theirs count, where the score is made of orders.
    #[schema(minimum = 0)]
    pub orders: Option<i64>,
    /// What these come to.
    pub revenue: Option<Money>,
    /// The average of their values; null of nobody.
    pub average_value: Option<f64>,
}

/// What a definition would give.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[schema(as = ScorePreview)]
#[graphql(name = "ScorePreview")]
pub struct Preview {
    /// How many customers would be in each tier.
    pub distribution: Distribution,
    /// How many orders would count if they were in the currency.
    #[schema(minimum = 0)]
    pub orders_in_other_currencies: i64,
}

/// How many customers that the actor may see are in each tier of a score.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn distribution(ctx: &Ctx, id: score::Id) -> Result<Distribution> {
    let score = records::get::<score::Entity>(ctx, id).await?;
    let sums = sums(ctx, id).await?;
    let currency = sums.iter().find_map(|sum| sum.currency.clone());
    let mut sums: HashMap<Option<Label>, Sum> =
        sums.into_iter().map(|sum| (sum.tier.clone(), sum)).collect();
    let tiers = tiers_of(&score.definition).into_iter().map(|tier| {
        let sum = sums.remove(&Some(tier.clone())).unwrap_or_default();
        Sum { tier: Some(tier), ..sum }
    });
    let tiers: Vec<Sum> = tiers.collect();
    // Tiers that are no longer in the definition, until it is evaluated, and those without one.
    let mut rest: Vec<Sum> = sums.into_values().collect();
    rest.sort_by(|one, other| other.tier.cmp(&one.tier));
    let summed = tiers.into_iter().chain(rest);
    Ok(Distribution::of(summed.collect(), currency.as_ref(), score.thresholds))
}

/// What a definition would give. Nothing is saved.
///
/// # Errors
/// [`Error::Invalid`] and [`Error::Conflict`] name everything in the definition that is wrong; [`Error::Forbidden`] where
/// the actor may not read all of what it is made of.
pub async fn preview(ctx: &Ctx, definition: &Definition) -> Result<Preview> {
    let scores = ctx.can::<score::Entity, Read>()?;
    check_definition(ctx, definition, "/definition")?;
    let known = match named(definition).is_empty() {
        true => None,
        false => Some(Known::of(scores).await?),
    };
    if let Some(known) = &known {
        known.check(definition, None, "/definition")?;
    }
    tried(ctx, definition, &known.map(|known| known.ids()).unwrap_or_default()).await
}

/// What another definition of a score would give, or its own where there is none. Nothing is saved.
///
/// # Errors
/// As [`preview`], and [`Error::NotFound`].
pub async fn preview_change(
    ctx: &Ctx,
    id: score::Id,
    definition: Option<Definition>,
) -> Result<Preview> {
    let score = records::get::<score::Entity>(ctx, id).await?;
    let definition = definition.unwrap_or(score.definition);
    check_definition(ctx, &definition, "/definition")?;
    let known = Known::of(ctx.can::<score::Entity, Read>()?).await?;
    known.check(&definition, Some(&score.key), "/definition")?;
    tried(ctx, &definition, &known.ids()).await
}

async fn tried(
    ctx: &Ctx,
    definition: &Definition,
    scores: &HashMap<String, uuid::Uuid>,
) -> Result<Preview> {
    let connection = ctx.reader().await?;
    let now = ctx.database().clock().now();
    let source = Source { db: &connection, actor: ctx.actor(), now, who: None };
    let found = evaluate(&source, definition, scores).await?;
    let counted = source.counted(definition.orders());
    let others = source.orders_in_other_currencies(&counted).await?;
    let distribution =
        Distribution::of(found.sums(), Some(&found.currency), Some(found.thresholds));
    Ok(Preview { distribution, orders_in_other_currencies: others })
}

/// What the customers of a tier come to.
#[derive(Clone, Debug, Default)]
struct Sum {
    tier: Option<Label>,
    customers: i64,
    value: f64,
    orders: Option<i64>,
    minor: Option<i64>,
    currency: Option<Currency>,
}

impl Distribution {
    fn of(sums: Vec<Sum>, currency: Option<&Currency>, thresholds: Option<Thresholds>) -> Self {
        let summary = |sum: Sum| TierSummary {
            tier: sum.tier,
            customers: sum.customers,
            orders: sum.orders,
            revenue: sum
                .minor
                .zip(currency)
                .map(|(minor, of)| Money::from_minor(minor, of.clone())),
            average_value: (sum.customers > 0).then(|| sum.value / sum.customers as f64),
        };
        let customers = sums.iter().map(|sum| sum.customers).sum();
        Self { customers, tiers: sums.into_iter().map(summary).collect(), thresholds }
    }
}

impl Evaluated {
    fn sums(&self) -> Vec<Sum> {
        let named =
            self.tiers.iter().map(|tier| Sum { tier: Some(tier.clone()), ..Sum::default() });
        let mut sums: Vec<Sum> = named.chain([Sum::default()]).collect();
        for outcome in &self.outcomes {
            let sum = &mut sums[outcome.tier.unwrap_or(self.tiers.len())];
            sum.customers += 1;
            sum.value += outcome.value;
            if let Some(orders) = &outcome.orders {
                sum.orders = Some(sum.orders.unwrap_or(0) + orders.count);
                sum.minor = Some(sum.minor.unwrap_or(0) + orders.minor);
            }
        }
        if sums.last().is_some_and(|rest| rest.customers == 0) {
            sums.pop();
        }
        sums
    }
}

/// The customers of each tier, of those that the actor may see.
async fn sums(ctx: &Ctx, id: score::Id) -> Result<Vec<Sum>> {
    let (bigint, double) = (Alias::new("bigint"), Alias::new("double precision"));
    let query = Query::select()
        .column(Column::Tier)
        .expr(Expr::col(Column::CustomerId).count())
        .expr(Expr::col(Column::Value).sum().cast_as(double))
        .expr(Expr::col(Column::OrderCount).sum().cast_as(bigint.clone()))
        .expr(Expr::col(Column::RevenueMinor).sum().cast_as(bigint))
        .expr(Expr::col(Column::Currency).max())
        .from(customer_score::Entity)
        .and_where(Column::WorkspaceId.eq(ctx.actor().workspace))
        .and_where(Column::ScoreId.eq(id))
        .cond_where(readable_customers(ctx)?)
        .group_by_col(Column::Tier)
        .to_owned();
    let connection = ctx.reader().await?;
    let read = |row: QueryResult| {
        Ok(Sum {
            tier: row.try_get_by_index(0)?,
            customers: row.try_get_by_index(1)?,
            value: row.try_get_by_index(2)?,
            orders: row.try_get_by_index(3)?,
            minor: row.try_get_by_index(4)?,
            currency: row.try_get_by_index(5)?,
        })
    };
    let statement = connection.get_database_backend().build(&query);
    Ok(connection.each(statement, read).await?)
}
