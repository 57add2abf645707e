use async_graphql::SimpleObject;
use chrono::{Months, NaiveDate};
use rapport_entity::{Date, sales::order, segmentation::segment};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Query},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{basis::Basis, period::today};
use crate::kernel::{Ctx, Error, Result};

/// How long customers have been with us: the days from the first purchase to a day.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "TenureAnalysisRow")]
pub struct TenureAnalysis {
    /// The day.
    pub as_of: Date,
    /// Customers who had bought by then.
    #[schema(minimum = 0)]
    pub customers: i64,
    /// The average of their days; null of nobody.
    #[schema(minimum = 0)]
    pub mean_days: Option<f64>,
    /// The middle of their days (of an even number the average of the two in the middle); null of nobody.
    #[schema(minimum = 0)]
    pub median_days: Option<f64>,
    /// How many for how long, shortest first.
    #[schema(max_items = 20)]
    pub bins: Vec<TenureBin>,
}

/// Customers who have been with us for so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct TenureBin {
    /// For so many months at least.
    #[schema(minimum = 0)]
    pub from_months: i32,
    /// And for fewer than so many; null where there is no end.
    #[schema(minimum = 0)]
    pub to_months: Option<i32>,
    /// How many customers.
    #[schema(minimum = 0)]
    pub customers: i64,
}

/// Where bins begin, in months.
const BINS: [u32; 9] = [0, 1, 3, 6, 12, 24, 36, 60, 120];

/// How long the customers that the actor may read have been with us: those who bought by a day (today where none is
/// said), from their first purchase in whichever currency. The months of a day are those of the calendar: from 31 January
/// it is a month to 28 February.
///
/// # Errors
/// [`Error::Conflict`], [`Error::Forbidden`].
pub async fn analyse(
    ctx: &Ctx,
    as_of: Option<Date>,
    segment_id: Option<segment::Id>,
) -> Result<TenureAnalysis> {
    let basis = Basis::new(ctx, segment_id).await?;
    let day = as_of.map_or_else(|| today(ctx), Date::day);
    let mut firsts = firsts(ctx, &basis, day).await?;
    firsts.sort_unstable_by(|one, other| other.cmp(one));
    let customers: i64 = firsts.iter().map(|(_, count)| count).sum();
    let days = |first: NaiveDate| (day - first).num_days();
    let all: i64 = firsts.iter().map(|(first, count)| days(*first) * count).sum();
    let some = customers > 0;
    Ok(TenureAnalysis {
        as_of: Date::try_from(day).map_err(Error::internal)?,
        customers,
        mean_days: some.then(|| all as f64 / customers as f64),
        median_days: some.then(|| {
            let at = |place: i64| nth(&firsts, place).map_or(0, days);
            (at((customers - 1) / 2) + at(customers / 2)) as f64 / 2.0
        }),
        bins: bins(&firsts, day),
    })
}

/// On which day how many bought first.
async fn firsts(ctx: &Ctx, basis: &Basis<'_>, until: NaiveDate) -> Result<Vec<(NaiveDate, i64)>> {
    use order::Column::{CustomerId, OrderedOn};
    let first = || Alias::new("first");
    let each = Query::select()
        .expr_as(Expr::col((order::Entity, OrderedOn)).min(), first())
        .from(order::Entity)
        .cond_where(basis.orders()?.add(OrderedOn.lte(until)))
        .group_by_col((order::Entity, CustomerId))
        .to_owned();
    let query = Query::select()
        .column(first())
        .expr(Expr::col(first()).count())
        .from_subquery(each, Alias::new("each"))
        .group_by_col(first())
        .to_owned();
    let db = ctx.reader().await?;
    let read = |row: QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    Ok(db.each(db.get_database_backend().build(&query), read).await?)
}

/// The day of the customer in a place, of those in the order of days.
fn nth(firsts: &[(NaiveDate, i64)], place: i64) -> Option<NaiveDate> {
    let mut seen = 0;
    firsts.iter().find_map(|(day, count)| {
        seen += count;
        (seen > place).then_some(*day)
    })
}

fn bins(firsts: &[(NaiveDate, i64)], day: NaiveDate) -> Vec<TenureBin> {
    let ends = BINS.iter().skip(1).copied().map(Some).chain([None]);
    let reaches = |first: NaiveDate, months: u32| {
        first.checked_add_months(Months::new(months)).is_some_and(|since| since <= day)
    };
    let bin = |(from, to): (u32, Option<u32>)| {
        let within =
            |first: &NaiveDate| reaches(*first, from) && !to.is_some_and(|to| reaches(*first, to));
        let these = firsts.iter().filter(|(first, _)| within(first));
        TenureBin {
            from_months: from as i32,
            to_months: to.map(|to| to as i32),
            customers: these.map(|(_, count)| count).sum(),
        }
    };
    BINS.into_iter().zip(ends).map(bin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn everybody_is_in_one_bin_and_months_are_those_of_the_calendar() {
        let firsts = [
            (day("2026-03-01"), 1),
            (day("2026-02-28"), 2),
            (day("2026-01-31"), 4),
            (day("2025-03-01"), 8),
            (day("2015-01-01"), 16),
        ];
        let found = bins(&firsts, day("2026-03-01"));
        let counts: Vec<i64> = found.iter().map(|bin| bin.customers).collect();
        assert_eq!(counts, [3, 4, 0, 0, 8, 0, 0, 0, 16]);
        assert_eq!(nth(&firsts, 0), Some(day("2026-03-01")));
        assert_eq!(nth(&firsts, 3), Some(day("2026-01-31")));
        assert_eq!(nth(&firsts, 31), None);
    }
}
