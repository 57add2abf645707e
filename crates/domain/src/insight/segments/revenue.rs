use std::collections::HashMap;

use async_graphql::SimpleObject;
use rapport_entity::{Currency, Money, Month, sales::order, segmentation::segment};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Query},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    insight::{
        basis::{Basis, is_in},
        decomposition::Counts,
        period::{month, number, today},
    },
    kernel::{Ctx, Result, database::month_of},
    records,
};

/// What the members of a segment bought, month by month.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "SegmentRevenueRow")]
pub struct SegmentRevenue {
    /// The currency. Orders in others do not count.
    pub currency: Currency,
    /// What all of it comes to.
    pub revenue: Money,
    /// This month and the eleven before it, earliest first.
    #[schema(max_items = 12)]
    pub months: Vec<MonthOfRevenue>,
}

/// What was bought in a month.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct MonthOfRevenue {
    /// The month.
    pub month: Month,
    /// Members who ordered.
    #[schema(minimum = 0)]
    pub customers: i64,
    /// Their orders.
    #[schema(minimum = 0)]
    pub orders: i64,
    /// What these come to.
    pub revenue: Money,
}

/// So many months are told of.
const MONTHS: i32 = 12;

/// What those who are in a segment now bought in the last twelve months, as far as the actor may read it.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Forbidden`](crate::Error::Forbidden).
pub async fn revenue(
    ctx: &Ctx,
    id: segment::Id,
    currency: Option<Currency>,
) -> Result<SegmentRevenue> {
    records::get::<segment::Entity>(ctx, id).await?;
    let currency = currency.unwrap_or_else(|| ctx.actor().currency.clone());
    let now = number(today(ctx));
    let found = by_month(ctx, id, &currency, now - MONTHS + 1).await?;
    let money = |minor: i64| Money::from_minor(minor, currency.clone());
    let shown = |number: i32| {
        let month = month(number)?;
        let Counts { customers, orders, minor } =
            found.get(month.as_str()).copied().unwrap_or_default();
        Some(MonthOfRevenue { month, customers, orders, revenue: money(minor) })
    };
    let months = (now - MONTHS + 1..=now).filter_map(shown).collect();
    let all = found.values().map(|counts| counts.minor).sum();
    Ok(SegmentRevenue { revenue: money(all), months, currency })
}

/// What was ordered in each month, from one until today.
async fn by_month(
    ctx: &Ctx,
    id: segment::Id,
    currency: &Currency,
    first: i32,
) -> Result<HashMap<String, Counts>> {
    use order::Column::{CustomerId, OrderedOn, TotalMinor};
    let orders = Basis::everybody(ctx).within(id).orders()?;
    let db = ctx.reader().await?;
    let backend = db.get_database_backend();
    let of_month = || month_of(Expr::col((order::Entity, OrderedOn)), backend);
    let query = Query::select()
        .expr(of_month())
        .expr(Expr::col((order::Entity, CustomerId)).count_distinct())
        .expr(Expr::cust("count(*)"))
        .expr(Expr::col((order::Entity, TotalMinor)).sum().cast_as(Alias::new("bigint")))
        .from(order::Entity)
        .cond_where(orders.add(is_in(currency)).add(OrderedOn.lte(today(ctx))))
        .and_where_option(month(first).map(|month| OrderedOn.gte(month.first_day())))
        .add_group_by([of_month()])
        .to_owned();
    let read = |row: QueryResult| {
        let customers = row.try_get_by_index(1)?;
        let (orders, minor) = (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
        Ok((row.try_get_by_index(0)?, Counts { customers, orders, minor }))
    };
    Ok(db.each(backend.build(&query), read).await?.into_iter().collect())
}
