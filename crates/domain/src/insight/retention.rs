use std::collections::BTreeMap;

use async_graphql::SimpleObject;
use chrono::NaiveDate;
use rapport_entity::{Month, sales::order, segmentation::segment};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryResult,
    sea_query::{Alias, CommonTableExpression, Expr, ExprTrait, JoinType, Query},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    basis::Basis,
    period::{Cohorts, month, today},
    share::shares,
};
use crate::kernel::{Ctx, Error, Result, database::month_of};

/// What is asked for of retention.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The first cohort; eleven months before the last where left out.
    pub from: Option<Month>,
    /// The last cohort; this month where left out.
    pub to: Option<Month>,
    /// For how many months after the first; 12 where left out.
    pub months: Option<i32>,
    /// Only customers who are in this segment now.
    pub segment_id: Option<segment::Id>,
}

/// Who comes back: cohorts of customers by the month of their first purchase.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "RetentionAnalysisRow")]
pub struct RetentionAnalysis {
    /// The cohorts, earliest first, those that nobody is in too.
    #[schema(max_items = 36)]
    pub cohorts: Vec<Cohort>,
}

/// Customers who first bought in one month.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct Cohort {
    /// The month.
    pub month: Month,
    /// How many customers.
    #[schema(minimum = 0)]
    pub customers: i64,
    /// How many of them bought in that month, in the next, and so on, as far as there have been such months.
    #[schema(max_items = 37)]
    pub active: Vec<i64>,
    /// The same as parts of the cohort, from 0 to 1; empty where nobody is in it.
    #[schema(max_items = 37)]
    pub retention: Vec<f64>,
}

/// Who of the customers that the actor may read came back in which month after their first purchase. Purchases count in
/// whichever currency; those with a day after today do not.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`], [`Error::Forbidden`].
pub async fn analyse(ctx: &Ctx, asked: &Asked) -> Result<RetentionAnalysis> {
    let basis = Basis::new(ctx, asked.segment_id).await?;
    let today = today(ctx);
    let asked = Cohorts::asked(asked.from.as_ref(), asked.to.as_ref(), asked.months, today)?;
    let active = active(ctx, &basis, today).await?;
    let cohort = |first: i32| {
        let count = |month: i32| active.get(&(first, month)).copied().unwrap_or(0);
        let active: Vec<i64> = asked.months_of(first).map(count).collect();
        let customers = count(first);
        Some(Cohort {
            month: month(first)?,
            customers,
            retention: shares(&active, customers),
            active,
        })
    };
    Ok(RetentionAnalysis { cohorts: (asked.from..=asked.to).filter_map(cohort).collect() })
}

/// How many customers of the cohort of which month bought in which.
async fn active(
    ctx: &Ctx,
    basis: &Basis<'_>,
    until: NaiveDate,
) -> Result<BTreeMap<(i32, i32), i64>> {
    use order::Column::{CustomerId, OrderedOn};
    let db = ctx.reader().await?;
    let backend = db.get_database_backend();
    let [bought, firsts, who, month, first] =
        ["bought", "firsts", "who", "month", "first"].map(Alias::new);
    let months = Query::select()
        .distinct()
        .expr_as(Expr::col((order::Entity, CustomerId)), who.clone())
        .expr_as(month_of(Expr::col((order::Entity, OrderedOn)), backend), month.clone())
        .from(order::Entity)
        .cond_where(basis.orders()?.add(OrderedOn.lte(until)))
        .to_owned();
    let each = Query::select()
        .column(who.clone())
        .expr_as(Expr::col(month.clone()).min(), first.clone())
        .from(bought.clone())
        .group_by_col(who.clone())
        .to_owned();
    let table = |query, name: &Alias| {
        CommonTableExpression::new().query(query).table_name(name.clone()).to_owned()
    };
    let same = Expr::col((bought.clone(), who.clone())).equals((firsts.clone(), who));
    let counted = Query::select()
        .column((firsts.clone(), first.clone()))
        .column((bought.clone(), month.clone()))
        .expr(Expr::cust("count(*)"))
        .from(bought.clone())
        .join(JoinType::InnerJoin, firsts.clone(), same)
        .group_by_columns([(firsts.clone(), first), (bought.clone(), month)])
        .to_owned();
    let with = Query::with().cte(table(months, &bought)).cte(table(each, &firsts)).to_owned();
    let query = counted.with(with);
    let read = |row: QueryResult| {
        let of = |place| row.try_get_by_index::<String>(place);
        Ok(((of(0)?, of(1)?), row.try_get_by_index(2)?))
    };
    let rows: Vec<((String, String), i64)> = db.each(backend.build(&query), read).await?;
    let number = |text: String| text.parse::<Month>().map(|month| month.number());
    let rows = rows
        .into_iter()
        .map(|((first, month), count)| Ok(((number(first)?, number(month)?), count)));
    rows.collect::<std::result::Result<_, rapport_entity::Invalid>>().map_err(Error::internal)
}
