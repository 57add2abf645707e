use async_graphql::SimpleObject;
use rapport_entity::{Currency, Date, Money, sales::order, segmentation::segment};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Alias, Expr, ExprTrait, Query},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    basis::{Basis, is_in, within},
    decomposition::{Counts, effects},
    period::{Period, today},
    share::share,
};
use crate::kernel::{Ctx, Error, Result};

/// What is asked for of revenue.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The first day; 365 days before the last where left out.
    pub from: Option<Date>,
    /// The last day; today where left out.
    pub to: Option<Date>,
    /// The first day of the period that it is compared with; where left out, as many days right before.
    pub compare_from: Option<Date>,
    /// The last day of the period that it is compared with.
    pub compare_to: Option<Date>,
    /// The currency; the workspace's where left out. Orders in others do not count.
    pub currency: Option<Currency>,
    /// Only customers who are in this segment now.
    pub segment_id: Option<segment::Id>,
}

/// Revenue = customers × orders per customer × revenue per order, in two periods, and what the change is made of.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "RevenueAnalysisRow")]
pub struct RevenueAnalysis {
    /// The currency.
    pub currency: Currency,
    /// The period that is compared with.
    pub before: RevenuePeriod,
    /// The period that was asked for.
    pub after: RevenuePeriod,
    /// What has changed from the one to the other.
    pub change: RevenueChange,
}

/// Revenue of a period, and what it is made of.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct RevenuePeriod {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Customers who ordered.
    #[schema(minimum = 0)]
    pub customers: i64,
    /// Their orders.
    #[schema(minimum = 0)]
    pub orders: i64,
    /// What these come to.
    pub revenue: Money,
    /// Orders per customer; null where there are none.
    #[schema(minimum = 0)]
    pub orders_per_customer: Option<f64>,
    /// Revenue per order, rounded half to even; null where there are none.
    pub revenue_per_order: Option<Money>,
}

/// How much of a change of revenue came of what (Shapley decomposition). The parts add up to the whole, to the cent.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct RevenueChange {
    /// The whole.
    pub revenue: Money,
    /// What came of the number of customers.
    pub customers: Money,
    /// What came of the orders per customer.
    pub orders_per_customer: Money,
    /// What came of the revenue per order.
    pub revenue_per_order: Money,
}

/// Revenue in a period and the one it is compared with, as far as the actor may read the orders and their customers.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`], [`Error::Forbidden`].
pub async fn analyse(ctx: &Ctx, asked: &Asked) -> Result<RevenueAnalysis> {
    let basis = Basis::new(ctx, asked.segment_id).await?;
    let (before, after) = periods(ctx, asked)?;
    let currency = asked.currency.clone().unwrap_or_else(|| ctx.actor().currency.clone());
    let was = count(ctx, &basis, &currency, before).await?;
    let is = count(ctx, &basis, &currency, after).await?;
    let effects = effects(was, is).ok_or_else(|| Error::internal("revenue is too large"))?;
    let money = |minor: i64| Money::from_minor(minor, currency.clone());
    let change = RevenueChange {
        revenue: money(is.minor - was.minor),
        customers: money(effects.customers),
        orders_per_customer: money(effects.frequency),
        revenue_per_order: money(effects.value),
    };
    let (before, after) = (shown(before, was, &currency), shown(after, is, &currency));
    Ok(RevenueAnalysis { before, after, change, currency })
}

fn periods(ctx: &Ctx, asked: &Asked) -> Result<(Period, Period)> {
    let after = Period::asked(asked.from, asked.to, (today(ctx), 365))?;
    let before = match (asked.compare_from, asked.compare_to) {
        (None, None) => after.before()?,
        (Some(from), Some(to)) => Period { from, to },
        _ => return Err(Error::invalid("/compareFrom", "goes together with compareTo")),
    };
    before.check("/compareFrom")?;
    Ok((before, after))
}

async fn count(
    ctx: &Ctx,
    basis: &Basis<'_>,
    currency: &Currency,
    period: Period,
) -> Result<Counts> {
    use order::Column::{CustomerId, Id, TotalMinor};
    let sum = Expr::col((order::Entity, TotalMinor)).sum().cast_as(Alias::new("bigint"));
    let query = Query::select()
        .expr(Expr::col((order::Entity, CustomerId)).count_distinct())
        .expr(Expr::col((order::Entity, Id)).count())
        .expr(sum)
        .from(order::Entity)
        .cond_where(basis.orders()?.add(is_in(currency)).add(within(period)))
        .to_owned();
    let db = ctx.reader().await?;
    let row = db.query_one_raw(db.get_database_backend().build(&query)).await?;
    let Some(row) = row else { return Ok(Counts::default()) };
    Ok(Counts {
        customers: row.try_get_by_index(0)?,
        orders: row.try_get_by_index(1)?,
        minor: row.try_get_by_index::<Option<i64>>(2)?.unwrap_or(0),
    })
}

fn shown(period: Period, counts: Counts, currency: &Currency) -> RevenuePeriod {
    let per_order = rust_decimal::Decimal::from(counts.minor).checked_div(counts.orders.into());
    let per_order = per_order.and_then(|minor| i64::try_from(minor.round()).ok());
    RevenuePeriod {
        from: period.from,
        to: period.to,
        customers: counts.customers,
        orders: counts.orders,
        revenue: Money::from_minor(counts.minor, currency.clone()),
        orders_per_customer: share(counts.orders, counts.customers),
        revenue_per_order: per_order.map(|minor| Money::from_minor(minor, currency.clone())),
    }
}
