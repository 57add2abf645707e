use async_graphql::InputObject;
use chrono::NaiveDate;
use rapport_entity::{
    Date,
    identity::{team, user},
    rule::Rule,
    service::{queue, service_request},
};
use sea_orm::{
    Condition,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    identity::teams,
    insight::{
        basis::readable,
        period::{Period, today},
        sales::{col, mates},
    },
    kernel::{
        Ctx, Result, catalogue, compile,
        database::{day_since, month_of},
        next_day, start_of, stretches,
    },
};

/// The table of requests.
pub const REQUEST: &str = "service_request";

/// So many days are looked at where it is not said which.
const USUAL: u64 = 365;

/// Which service requests are looked at: those of which all of this holds, and that the caller may read. What has become a
/// part of another is looked at there.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ServiceOf {
    /// Only those of which this rule holds.
    pub filter: Option<Rule>,
    /// Only those that wait in this queue.
    pub queue_id: Option<queue::Id>,
    /// Only those that this user has.
    pub owner_id: Option<user::Id>,
    /// Only those that somebody of this team, or of one below it, has.
    pub team_id: Option<team::Id>,
}

impl ServiceOf {
    /// These requests.
    pub async fn requests(&self, ctx: &Ctx) -> Result<Condition> {
        let r = |column: &'static str| col(REQUEST, column);
        let mut which =
            readable::<service_request::Entity>(ctx)?.add(r("merged_into_id").is_null());
        if let Some(rule) = &self.filter {
            let of = catalogue::<service_request::Entity>();
            which = which.add(compile(rule, of, &of.table, ctx.filter_scope(), "/filter")?);
        }
        if let Some(queue) = self.queue_id {
            which = which.add(r("queue_id").eq(queue));
        }
        if let Some(owner) = self.owner_id {
            which = which.add(r("owner_id").eq(owner));
        }
        if let Some(team) = self.team_id {
            let teams = teams::within_reach(ctx, Some(team)).await?;
            which = which.add(r("owner_id").in_subquery(mates(ctx, teams)));
        }
        Ok(which)
    }
}

/// The days that are asked for; the last year where they are not.
///
/// # Errors
/// [`Error::Conflict`](crate::Error::Conflict) where the first comes after the last.
pub fn days(ctx: &Ctx, from: Option<Date>, to: Option<Date>) -> Result<Period> {
    Period::asked(from, to, (today(ctx), USUAL))
}

/// That a moment lies on one of some days of the workspace.
pub fn on(ctx: &Ctx, moment: Expr, days: Period) -> Condition {
    let actor = ctx.actor();
    let end = next_day(start_of(days.to.day(), actor), actor);
    Condition::all().add(moment.clone().gte(start_of(days.from.day(), actor))).add(moment.lt(end))
}

/// The month, `YYYY-MM`, that a moment of some days is in in the workspace.
pub fn month(ctx: &Ctx, moment: Expr, days: Period) -> Expr {
    let (actor, backend) = (ctx.actor(), ctx.database().backend());
    let first: NaiveDate = days.from.day();
    let stretches = stretches(first, days.to.day(), actor);
    month_of(day_since(start_of(first, actor), moment, &stretches, backend), backend)
}
