//! How the open opportunities of a pipeline stand: for each stage how many, what they are worth, and the first of them.

use std::collections::{BTreeMap, HashMap};

use async_graphql::SimpleObject;
use rapport_entity::{
    Currency, Money,
    rule::Rule,
    sales::{
        opportunity::{self, Column, Entity, Opportunity},
        pipeline,
        pipeline_stage::{self, Model as Stage},
    },
};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use sea_orm::{
    Condition,
    sea_query::{Expr, ExprTrait},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::stages::in_order;
use crate::{
    kernel::{Ctx, Read, Result, catalogue, compile, day_of, is_among},
    sales::exchange_rates::Rates,
};

/// The most cards of a stage.
pub const MOST_CARDS: u64 = 100;

/// What is asked of a board.
#[derive(Clone, Debug)]
pub struct BoardOf {
    /// Only the opportunities of which this rule holds.
    pub filter: Option<Rule>,
    /// How many cards of each stage.
    pub cards: u64,
}

/// The open opportunities of a pipeline.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Board {
    /// The pipeline.
    pub pipeline: pipeline::Model,
    /// Its stages, in their order.
    #[schema(max_items = 50)]
    pub stages: Vec<BoardStage>,
}

/// The open opportunities of a stage.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BoardStage {
    /// The stage.
    pub stage: Stage,
    /// How many there are.
    #[schema(minimum = 0)]
    pub count: i64,
    /// What they are worth, currency by currency.
    #[schema(max_items = 200)]
    pub totals: Vec<BoardTotal>,
    /// What they are worth together, in the workspace's currency by today's rates; null where a rate is missing, or it is
    /// more than ten whole digits.
    pub total: Option<Money>,
    /// The same, each by its probability.
    pub weighted: Option<Money>,
    /// The first of them: those that are expected to be closed soonest.
    #[schema(max_items = 100)]
    pub cards: Vec<Opportunity>,
}

/// What the opportunities of a stage are worth in a currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct BoardTotal {
    /// How many there are.
    #[schema(minimum = 0)]
    pub count: i64,
    /// The currency.
    pub currency: Currency,
    /// What they are worth in its minor units (cents), which may be more than an amount can be.
    pub minor: i64,
    /// The same, each by its probability.
    pub weighted_minor: i64,
}

/// How the open opportunities of a pipeline stand, as far as the actor may see them.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound); [`Error::Invalid`](crate::Error::Invalid) names everything in the filter that
/// is wrong.
pub async fn board(ctx: &Ctx, id: pipeline::Id, of: &BoardOf) -> Result<Board> {
    let pipeline = ctx.can::<pipeline::Entity, Read>()?.one(id).await?;
    ctx.can::<pipeline_stage::Entity, Read>()?;
    let stages = ctx.rows::<pipeline_stage::Entity>().all(in_order(id)).await?;
    let opportunities = ctx.can::<Entity, Read>()?;
    let mut which = Condition::all().add(is_open());
    if let Some(rule) = &of.filter {
        let catalogue = catalogue::<Entity>();
        which =
            which.add(compile(rule, catalogue, &catalogue.table, ctx.filter_scope(), "/filter")?);
    }
    let ids: Vec<uuid::Uuid> = stages.iter().map(|stage| stage.id.uuid()).collect();
    let totals = totals(ctx, &ids, which.clone()).await?;
    let cards = match of.cards {
        0 => Vec::new(),
        most => {
            let order = (Column::ExpectedCloseOn, sea_orm::Order::Asc);
            opportunities.first_each(Column::StageId, &ids, which, order, most).await?
        }
    };
    let currencies = totals.values().flatten().map(|total| &total.currency);
    let rates = Rates::of_currencies(ctx, currencies).await?;
    Ok(Board { pipeline, stages: laid_out(ctx, stages, totals, cards, &rates) })
}

/// That an opportunity is open. It is written out: of the index that a board is read off only what is open is a part, which the
/// database cannot tell of a value that it is yet to be given.
fn is_open() -> Expr {
    Expr::col((Entity, Column::Status)).eq(Expr::cust("'open'"))
}

async fn totals(
    ctx: &Ctx,
    stages: &[uuid::Uuid],
    which: Condition,
) -> Result<HashMap<uuid::Uuid, Vec<BoardTotal>>> {
    let by = [Column::StageId, Column::Currency, Column::Probability];
    let here = is_among(Expr::col(Column::StageId), stages, ctx.database().backend());
    let rows: Vec<(uuid::Uuid, Currency, i32, i64, Option<i64>)> =
        ctx.can::<Entity, Read>()?.sums(&by, Column::AmountMinor, which.add(here)).await?;
    let mut totals: HashMap<uuid::Uuid, BTreeMap<String, BoardTotal>> = HashMap::new();
    for (stage, currency, probability, count, minor) in rows {
        let minor = minor.unwrap_or(0);
        let of_stage = totals.entry(stage).or_default();
        let total = of_stage.entry(currency.as_str().to_owned()).or_insert(BoardTotal {
            count: 0,
            currency,
            minor: 0,
            weighted_minor: 0,
        });
        total.count += count;
        total.minor = total.minor.saturating_add(minor);
        total.weighted_minor = total.weighted_minor.saturating_add(weighted(minor, probability));
    }
    Ok(totals.into_iter().map(|(stage, totals)| (stage, totals.into_values().collect())).collect())
}

/// So many percent of an amount, in minor units, rounded half to even.
fn weighted(minor: i64, percent: i32) -> i64 {
    let exact = Decimal::from(minor) * Decimal::new(percent.into(), 2);
    exact.round().to_i64().unwrap_or(minor)
}

fn laid_out(
    ctx: &Ctx,
    stages: Vec<Stage>,
    mut totals: HashMap<uuid::Uuid, Vec<BoardTotal>>,
    cards: Vec<opportunity::Model>,
    rates: &Rates,
) -> Vec<BoardStage> {
    let today = day_of(ctx.database().clock().now(), ctx.actor());
    let mut cards_of: HashMap<pipeline_stage::Id, Vec<Opportunity>> = HashMap::new();
    for card in cards {
        cards_of.entry(card.stage_id).or_default().push(card.into());
    }
    let laid = |stage: Stage| {
        let totals = totals.remove(&stage.id.uuid()).unwrap_or_default();
        let worth = |of: fn(&BoardTotal) -> i64| {
            let each = totals.iter().map(|total| rates.convert(of(total), &total.currency, today));
            let sum = each.map(|minor| minor.map(i128::from)).sum::<Option<i128>>()?;
            let minor = Money::in_bounds(sum, rates.own())?;
            Some(Money::from_minor(minor, rates.own().clone()))
        };
        BoardStage {
            count: totals.iter().map(|total| total.count).sum(),
            total: worth(|total| total.minor),
            weighted: worth(|total| total.weighted_minor),
            cards: cards_of.remove(&stage.id).unwrap_or_default(),
            totals,
            stage,
        }
    };
    stages.into_iter().map(laid).collect()
}
