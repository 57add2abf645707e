use std::collections::HashMap;

use async_graphql::SimpleObject;
use chrono::{DateTime, Days, NaiveDate, Utc};
use rapport_entity::{Date, segmentation::segment};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, UnionType},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::stays::stays;
use crate::{
    insight::period::{Period, today},
    kernel::{Ctx, Error, Faults, Result, database::day_since, start_of, stretches},
    records,
};

/// What is asked for of a segment's size.
#[derive(Clone, Copy, Debug, Default)]
pub struct SegmentSizeAsked {
    /// The first day; 90 days before the last where left out.
    pub from: Option<Date>,
    /// The last day; today where left out.
    pub to: Option<Date>,
}

/// How many customers have been in a segment, day by day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "SegmentSizeRow")]
pub struct SegmentSize {
    /// The days, earliest first; none that is still to come.
    #[schema(max_items = 366)]
    pub days: Vec<DayOfSegment>,
}

/// A segment on a day of the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct DayOfSegment {
    /// The day.
    pub day: Date,
    /// How many members it had when the day ended; of today, how many it has.
    #[schema(minimum = 0)]
    pub customers: i64,
    /// How often somebody entered it on that day.
    #[schema(minimum = 0)]
    pub entered: i64,
    /// How often somebody left it.
    #[schema(minimum = 0)]
    pub left: i64,
}

/// So many days are told of where none are said.
const USUAL_DAYS: u64 = 90;

/// The most days.
const MOST_DAYS: u64 = 366;

/// How many of the customers that the actor may read have been in a segment, day by day.
///
/// # Errors
/// [`Error::Conflict`], [`Error::NotFound`], [`Error::Forbidden`].
pub async fn size(ctx: &Ctx, id: segment::Id, asked: &SegmentSizeAsked) -> Result<SegmentSize> {
    records::get::<segment::Entity>(ctx, id).await?;
    let period = period(ctx, asked)?;
    let changes = changes(ctx, id, period).await?;
    let of = |day: Option<NaiveDate>| changes.get(&day).copied().unwrap_or_default();
    let (entered, left) = of(None);
    let mut customers = entered - left;
    let days = period.from.day().iter_days().take_while(|day| *day <= period.to.day());
    let days = days.map(|day| {
        let (entered, left) = of(Some(day));
        customers += entered - left;
        let day = Date::try_from(day).map_err(Error::internal)?;
        Ok(DayOfSegment { day, customers, entered, left })
    });
    Ok(SegmentSize { days: days.collect::<Result<_>>()? })
}

fn period(ctx: &Ctx, asked: &SegmentSizeAsked) -> Result<Period> {
    let today = today(ctx);
    let to = asked.to.filter(|to| to.day() <= today);
    let period = Period::asked(asked.from, to, (today, USUAL_DAYS))?;
    let mut faults = Faults::default();
    if period.days() > MOST_DAYS {
        faults.conflict("/from", format!("there may be {MOST_DAYS} days at most"));
    }
    faults.check()?;
    Ok(period)
}

/// How often somebody entered and left on each day of a period, and before it.
async fn changes(
    ctx: &Ctx,
    id: segment::Id,
    period: Period,
) -> Result<HashMap<Option<NaiveDate>, (i64, i64)>> {
    let [day, entered, left] = ["day", "entered", "left_it"].map(Alias::new);
    let sum = |column: &Alias| Expr::col(column.clone()).sum().cast_as(Alias::new("bigint"));
    let db = ctx.reader().await?;
    let moments = |column: &'static str, counts: [&'static str; 2]| -> Result<SelectStatement> {
        let (beginning, end) = ends(ctx, period);
        let moment = || Expr::col(Alias::new(column));
        let stretches = stretches(period.from.day(), period.to.day(), ctx.actor());
        let backend = db.get_database_backend();
        Ok(Query::select()
            .expr_as(day_since(beginning, moment(), &stretches, backend), day.clone())
            .expr_as(Expr::cust(counts[0]), entered.clone())
            .expr_as(Expr::cust(counts[1]), left.clone())
            .from_subquery(stays(ctx, id)?, Alias::new("stay"))
            .and_where(moment().lt(end))
            .to_owned())
    };
    let mut entering = moments("entered_at", ["1", "0"])?;
    let leaving = moments("left_at", ["0", "1"])?;
    let query = Query::select()
        .column(day.clone())
        .exprs([sum(&entered), sum(&left)])
        .from_subquery(entering.union(UnionType::All, leaving).to_owned(), Alias::new("moments"))
        .group_by_col(day.clone())
        .to_owned();
    let read = |row: QueryResult| {
        Ok((row.try_get_by_index(0)?, (row.try_get_by_index(1)?, row.try_get_by_index(2)?)))
    };
    Ok(db.each(db.get_database_backend().build(&query), read).await?.into_iter().collect())
}

/// When a period begins and ends.
fn ends(ctx: &Ctx, period: Period) -> (DateTime<Utc>, DateTime<Utc>) {
    let last = period.to.day();
    let after = last.checked_add_days(Days::new(1)).unwrap_or(last);
    (start_of(period.from.day(), ctx.actor()), start_of(after, ctx.actor()))
}
