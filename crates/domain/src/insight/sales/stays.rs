use rapport_entity::sales::{opportunity, opportunity_period, pipeline};
use sea_orm::{
    Condition,
    sea_query::{
        Alias, CaseStatement, Expr, ExprTrait, Func, Order, Query, SelectStatement, WindowStatement,
    },
};

use super::deals::{col, is};
use crate::{
    insight::period::Period,
    kernel::{Ctx, database::seconds_between, next_day, start_of},
};

const PERIOD: &str = "opportunity_period";

/// The stays of opportunities in the stages of a pipeline that began on the days of a period: `stage_id`, `going` (above 0
/// where a stay goes on), `outcome` (`won` or `lost`, where it ended so), `next_stage` (to which it moved) and `seconds`
/// (null where it goes on, or where it is not known how long it was).
pub fn stays(
    ctx: &Ctx,
    of: pipeline::Id,
    which: Condition,
    (from, to): (Option<Period>, Option<Period>),
) -> SelectStatement {
    let mut stays = Query::select();
    stays
        .columns(["stage_id", "going", "outcome", "next_stage"].map(Alias::new))
        .expr_as(
            seconds_between(
                Expr::col(Alias::new("stage_since")),
                Expr::col(Alias::new("left_at")),
                ctx.database().backend(),
            ),
            Alias::new("seconds"),
        )
        .from_subquery(each(ctx, which, from), Alias::new("each"))
        .and_where(Expr::col(Alias::new("pipeline_id")).eq(of));
    if let Some(last) = to {
        let end = next_day(start_of(last.to.day(), ctx.actor()), ctx.actor());
        stays.and_where(Expr::col(Alias::new("stage_since")).lt(end));
    }
    stays
}

/// Each stay of theirs since a day. The next one is looked for among all.
fn each(ctx: &Ctx, which: Condition, from: Option<Period>) -> SelectStatement {
    let p = |column: &'static str| col(PERIOD, column);
    let whose = [p("opportunity_id"), p("pipeline_id"), p("stage_id"), p("stage_since")];
    let going = CaseStatement::new()
        .case(Condition::all().add(is(PERIOD, "open")).add(p("until_at").is_null()), 1)
        .finally(0);
    let left = CaseStatement::new().case(is(PERIOD, "open"), p("until_at"));
    let outcome = CaseStatement::new().case(is(PERIOD, "open").not(), p("status"));
    let in_order =
        WindowStatement::partition_by((Alias::new(PERIOD), Alias::new("opportunity_id")))
            .order_by((Alias::new(PERIOD), Alias::new("stage_since")), Order::Asc)
            // Some are over at the moment they begin.
            .order_by_expr(p("opportunity_version").min(), Order::Asc)
            .to_owned();
    let next = Func::cust("lead").arg(p("stage_id"));
    let mut each = Query::select();
    each.expr_as(p("pipeline_id"), Alias::new("pipeline_id"))
        .expr_as(p("stage_id"), Alias::new("stage_id"))
        .expr_as(p("stage_since"), Alias::new("stage_since"))
        .expr_as(expr(going).sum(), Alias::new("going"))
        .expr_as(expr(left).max(), Alias::new("left_at"))
        .expr_as(expr(outcome).max(), Alias::new("outcome"))
        .expr_window_as(next, in_order, Alias::new("next_stage"))
        .from(opportunity_period::Entity)
        .and_where(p("workspace_id").eq(ctx.actor().workspace))
        .and_where(p("opportunity_id").in_subquery(ids(which)))
        .add_group_by(whose);
    if let Some(first) = from {
        each.and_where(p("stage_since").gte(start_of(first.from.day(), ctx.actor())));
    }
    each
}

/// The ids of opportunities.
pub fn ids(which: Condition) -> SelectStatement {
    Query::select()
        .expr(col("opportunity", "id"))
        .from(opportunity::Entity)
        .cond_where(which)
        .to_owned()
}

fn expr(case: CaseStatement) -> Expr {
    case.into()
}
