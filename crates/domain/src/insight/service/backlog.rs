use std::collections::BTreeMap;

use async_graphql::SimpleObject;
use rapport_entity::{Date, Month, service::service_step};
use sea_orm::{
    Condition, ConnectionTrait, QueryResult,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, Func, Order, Query, WindowStatement},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    comparison::ServiceAsked,
    requests::{REQUEST, days, month, on},
};
use crate::{
    insight::{
        period::{self, Period},
        sales::{col, whole_sum},
    },
    kernel::{Ctx, Result, next_day, start_of},
};

/// How much came in, was done and was left, month by month.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "BacklogAnalysisRow")]
pub struct BacklogAnalysis {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The months, in their order.
    #[schema(max_items = 1200)]
    pub months: Vec<BacklogMonth>,
}

/// A month of service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct BacklogMonth {
    /// The month.
    pub month: Month,
    /// How many requests came in.
    #[schema(minimum = 0)]
    pub opened: i64,
    /// How often one was resolved or closed that had been open.
    #[schema(minimum = 0)]
    pub done: i64,
    /// How often one was taken up again that had not been.
    #[schema(minimum = 0)]
    pub reopened: i64,
    /// How many were open at its end, or are by the last day.
    #[schema(minimum = 0)]
    pub backlog: i64,
}

/// How much came in, was done and was left, as far as the actor may see it, by the history of each request. The dimension
/// that is asked for does not matter.
///
/// # Errors
/// As [`comparison`](super::comparison).
pub async fn backlog(ctx: &Ctx, asked: &ServiceAsked) -> Result<BacklogAnalysis> {
    let period = days(ctx, asked.from, asked.to)?;
    let which = asked.of.requests(ctx).await?;
    let moved = moved(ctx, which, period).await?;
    let before = moved.get(&None).map_or(0, Moved::left);
    let numbers = period::number(period.from.day())..=period::number(period.to.day());
    let mut backlog = before;
    let months = numbers.filter_map(period::month).map(|month| {
        let moved = moved.get(&Some(month.to_string())).cloned().unwrap_or_default();
        backlog += moved.left();
        let Moved { opened, done, reopened } = moved;
        BacklogMonth { month, opened, done, reopened, backlog }
    });
    Ok(BacklogAnalysis { from: period.from, to: period.to, months: months.collect() })
}

/// What has become of requests in a month, or before all of them.
#[derive(Clone, Debug, Default)]
struct Moved {
    opened: i64,
    done: i64,
    reopened: i64,
}

impl Moved {
    /// How many more are open than before.
    fn left(&self) -> i64 {
        self.opened + self.reopened - self.done
    }
}

const STEP: &str = "service_step";

/// How often requests came, were done and were taken up again, until the last day: by the steps that make a difference.
async fn moved(
    ctx: &Ctx,
    which: Condition,
    period: Period,
) -> Result<BTreeMap<Option<String>, Moved>> {
    let name = |name: &'static str| Alias::new(name);
    let was = || Expr::col(name("was"));
    let is = || Expr::col(name("is_open"));
    let was_open = Condition::any().add(was().is_null()).add(was().eq(1));
    let when = |holds: Condition| CaseStatement::new().case(holds, 1).finally(0);
    let in_period = on(ctx, Expr::col(name("at")), period);
    let key = CaseStatement::new().case(in_period, month(ctx, Expr::col(name("at")), period));
    let actor = ctx.actor();
    let end = next_day(start_of(period.to.day(), actor), actor);
    let turns = Query::select()
        .expr_as(key, name("key"))
        .expr_as(when(Condition::all().add(was().is_null())), name("opened"))
        // Some come when they are done already.
        .expr_as(when(Condition::all().add(was_open).add(is().eq(0))), name("done"))
        .expr_as(when(Condition::all().add(was().eq(0)).add(is().eq(1))), name("reopened"))
        .from_subquery(steps(ctx, which), name("steps"))
        .and_where(Expr::col(name("at")).lt(end))
        .to_owned();
    let query = Query::select()
        .column(name("key"))
        .exprs(["opened", "done", "reopened"].map(whole_sum))
        .from_subquery(turns, name("turns"))
        .group_by_col(name("key"))
        .to_owned();
    let read = |row: QueryResult| {
        let number = |n: usize| row.try_get_by_index::<i64>(n);
        let moved = Moved { opened: number(1)?, done: number(2)?, reopened: number(3)? };
        Ok((row.try_get_by_index::<Option<String>>(0)?, moved))
    };
    let db = ctx.reader().await?;
    let rows: Vec<_> = db.each(db.get_database_backend().build(&query), read).await?;
    Ok(rows.into_iter().collect())
}

/// The steps of requests: `at`, `is_open` (1 or 0), and what it `was` before.
fn steps(ctx: &Ctx, which: Condition) -> sea_orm::sea_query::SelectStatement {
    let s = |column: &'static str| col(STEP, column);
    let done = s("category").is_in(["resolved", "closed"]);
    let is_open = || CaseStatement::new().case(done.clone(), 0).finally(1);
    let in_order = WindowStatement::partition_by((Alias::new(STEP), Alias::new("request_id")))
        .order_by((Alias::new(STEP), Alias::new("at")), Order::Asc)
        .order_by((Alias::new(STEP), Alias::new("seq")), Order::Asc)
        .to_owned();
    let these = Query::select()
        .expr(col(REQUEST, "id"))
        .from(rapport_entity::service::service_request::Entity)
        .cond_where(which)
        .to_owned();
    let before = Func::cust("lag").arg(expr(is_open()));
    Query::select()
        .expr_as(s("at"), Alias::new("at"))
        .expr_as(is_open(), Alias::new("is_open"))
        .expr_window_as(before, in_order, Alias::new("was"))
        .from(service_step::Entity)
        .and_where(s("workspace_id").eq(ctx.actor().workspace))
        .and_where(s("request_id").in_subquery(these))
        .to_owned()
}

fn expr(case: CaseStatement) -> Expr {
    case.into()
}
