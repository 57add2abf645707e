use async_graphql::SimpleObject;
use rapport_entity::{Invalid, Month, segmentation::segment};
use sea_orm::{
    ConnectionTrait, DbBackend, Order, QueryResult,
    sea_query::{
        Alias, CaseStatement, Expr, ExprTrait, Func, Query, SelectStatement, WindowStatement,
    },
};
use serde::Serialize;
use utoipa::ToSchema;

use super::stays::stays;
use crate::{
    insight::{
        period::{Cohorts, month, today},
        share::shares,
    },
    kernel::{
        Ctx, Error, Result,
        database::{day_since, month_of},
        start_of, stretches,
    },
    records,
};

/// What is asked for of who stays in a segment.
#[derive(Clone, Debug, Default)]
pub struct SegmentRetentionAsked {
    /// The first cohort; eleven months before the last where left out.
    pub from: Option<Month>,
    /// The last cohort; this month where left out.
    pub to: Option<Month>,
    /// For how many months after the first; 12 where left out.
    pub months: Option<i32>,
}

/// Who stays in a segment: cohorts of customers by the month in which they first entered it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "SegmentRetentionRow")]
pub struct SegmentRetention {
    /// The cohorts, earliest first, those that nobody is in too.
    #[schema(max_items = 36)]
    pub cohorts: Vec<SegmentCohort>,
}

/// Customers who first entered a segment in one month.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct SegmentCohort {
    /// The month.
    pub month: Month,
    /// How many customers.
    #[schema(minimum = 0)]
    pub customers: i64,
    /// How many of them were members when that month ended, the next, and so on; of the present month, how many are.
    #[schema(max_items = 37)]
    pub staying: Vec<i64>,
    /// The same as parts of the cohort, from 0 to 1; empty where nobody is in it.
    #[schema(max_items = 37)]
    pub retention: Vec<f64>,
}

/// Who of the customers that the actor may read stayed in a segment for how long.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`], [`Error::NotFound`], [`Error::Forbidden`].
pub async fn retention(
    ctx: &Ctx,
    id: segment::Id,
    asked: &SegmentRetentionAsked,
) -> Result<SegmentRetention> {
    records::get::<segment::Entity>(ctx, id).await?;
    let today = today(ctx);
    let asked = Cohorts::asked(asked.from.as_ref(), asked.to.as_ref(), asked.months, today)?;
    let stays = counted(ctx, id, asked).await?;
    let cohort = |first: i32| {
        let of_cohort = || stays.iter().filter(|stays| stays.cohort == first);
        let customers = of_cohort().map(|stays| stays.customers).sum();
        let at_the_end = |month: i32| {
            let these = of_cohort().filter(|stays| stays.last_beyond(month));
            these.map(|stays| stays.count).sum()
        };
        let staying: Vec<i64> = asked.months_of(first).map(at_the_end).collect();
        let retention = shares(&staying, customers);
        Some(SegmentCohort { month: month(first)?, customers, staying, retention })
    };
    Ok(SegmentRetention { cohorts: (asked.from..=asked.to).filter_map(cohort).collect() })
}

/// Stays of a cohort that began in one month and ended in one. Months are numbers.
struct Counted {
    cohort: i32,
    entered: i32,
    left: Option<i32>,
    count: i64,
    customers: i64,
}

impl Counted {
    /// Whether they went on when a month ended. Nobody is in a segment twice at a time, so that counts customers.
    fn last_beyond(&self, month: i32) -> bool {
        self.entered <= month && self.left.is_none_or(|left| left > month)
    }
}

async fn counted(ctx: &Ctx, id: segment::Id, cohorts: Cohorts) -> Result<Vec<Counted>> {
    let db = ctx.reader().await?;
    let backend = db.get_database_backend();
    let [cohort, entered, left, place] = ["cohort", "entered", "left_it", "place"].map(Alias::new);
    let of = |column: &Alias| month_of(Expr::col(column.clone()), backend);
    let first = CaseStatement::new().case(Expr::col(place).eq(1), Expr::cust("1"));
    let query = Query::select()
        .exprs([of(&cohort), of(&entered), of(&left), Expr::cust("count(*)")])
        .expr(Expr::expr(first.finally(Expr::cust("0"))).sum().cast_as(Alias::new("bigint")))
        .from_subquery(days(ctx, id, cohorts, backend)?, Alias::new("days"))
        .and_where(Expr::col(cohort.clone()).is_not_null())
        .add_group_by([of(&cohort), of(&entered), of(&left)])
        .to_owned();
    type Row = ((String, String, Option<String>), (i64, i64));
    let read = |row: QueryResult| {
        let months = (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        Ok((months, (row.try_get_by_index(3)?, row.try_get_by_index(4)?)))
    };
    let rows: Vec<Row> = db.each(backend.build(&query), read).await?;
    let number = |text: String| text.parse::<Month>().map(|month| month.number());
    let rows = rows.into_iter().map(|((cohort, entered, left), (count, customers))| {
        let left = left.map(number).transpose()?;
        Ok(Counted { cohort: number(cohort)?, entered: number(entered)?, left, count, customers })
    });
    rows.collect::<std::result::Result<_, Invalid>>().map_err(Error::internal)
}

/// Of each stay the days on which its customer first entered, and on which it began and ended, and its place among the
/// stays of the customer. Who first entered before the first cohort is in none.
fn days(
    ctx: &Ctx,
    id: segment::Id,
    cohorts: Cohorts,
    backend: DbBackend,
) -> Result<SelectStatement> {
    let actor = ctx.actor();
    let from = month(cohorts.from).ok_or_else(|| Error::internal("no such month"))?.first_day();
    // What is later than the month after those that are looked at need only be known to be later.
    let after = month(cohorts.to + cohorts.months + 2).map(|month| month.first_day());
    let stretches = stretches(from, Ord::min(today(ctx), after.unwrap_or(from)), actor);
    let day = |column: &'static str| {
        day_since(start_of(from, actor), Expr::col(Alias::new(column)), &stretches, backend)
    };
    Ok(Query::select()
        .expr_as(day("first_entered_at"), Alias::new("cohort"))
        .expr_as(day("entered_at"), Alias::new("entered"))
        .expr_as(day("left_at"), Alias::new("left_it"))
        .column(Alias::new("place"))
        .from_subquery(in_places(stays(ctx, id)?), Alias::new("each"))
        .to_owned())
}

/// Stays, each with when its customer first entered, and its place among the stays of the customer.
fn in_places(stays: SelectStatement) -> SelectStatement {
    let column = |name: &'static str| Alias::new(name);
    let of_customer = || WindowStatement::partition_by(column("customer_id"));
    let in_order = of_customer().order_by(column("entered_at"), Order::Asc).to_owned();
    let entered = Expr::col(column("entered_at"));
    Query::select()
        .columns([column("entered_at"), column("left_at")])
        .expr_window_as(Func::min(entered), of_customer(), column("first_entered_at"))
        .expr_window_as(Func::cust("row_number"), in_order, column("place"))
        .from_subquery(stays, column("stay"))
        .to_owned()
}
