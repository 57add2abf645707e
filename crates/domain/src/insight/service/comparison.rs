use std::collections::HashMap;

use async_graphql::SimpleObject;
use rapport_entity::{
    Date,
    identity::user,
    service::{analysis::ServiceDimension, service_request},
};
use sea_orm::{
    Condition, ConnectionTrait, JoinType, QueryResult,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, Query, SelectStatement},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    groups::{Key, Named, in_order},
    percentiles::{Percentiles, percentiles},
    requests::{REQUEST, ServiceOf, days, month, on},
};
use crate::{
    insight::{
        period::Period,
        sales::{belongs, col, whole_sum},
    },
    kernel::{Ctx, Result, database::seconds_between},
};

/// What is asked for of service.
#[derive(Clone, Debug, Default)]
pub struct ServiceAsked {
    /// What requests are grouped by.
    pub by: ServiceDimension,
    /// The first day of those on which requests were opened; a year before the last where left out.
    pub from: Option<Date>,
    /// The last; today where left out.
    pub to: Option<Date>,
    /// Which requests.
    pub of: ServiceOf,
}

/// How service went with the requests that were opened in a period, as they are now.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "ServiceAnalysisRow")]
pub struct ServiceAnalysis {
    /// What requests are grouped by.
    pub by: ServiceDimension,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// What all of them come to.
    pub total: ServiceFigures,
    /// The groups: months in their order, others by how many requests there are, most first.
    #[schema(max_items = 200)]
    pub groups: Vec<ServiceGroup>,
    /// How many groups are not among these.
    #[schema(minimum = 0)]
    pub other_groups: i64,
}

/// The requests of a group.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct ServiceGroup {
    /// What they have in common: an id, a word, or a month (`2026-11`); null for those that have none.
    #[schema(max_length = 200)]
    pub key: Option<String>,
    /// What that is called; null where there is none, or you may not see it.
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// What they come to.
    pub figures: ServiceFigures,
}

/// What some requests come to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct ServiceFigures {
    /// How many there are.
    #[schema(minimum = 0)]
    pub opened: i64,
    /// How many of them are open.
    #[schema(minimum = 0)]
    pub open: i64,
    /// How many of the open ones are past the first deadline that is still to be kept.
    #[schema(minimum = 0)]
    pub overdue: i64,
    /// How many are resolved or closed.
    #[schema(minimum = 0)]
    pub done: i64,
    /// How many of all were taken up again after they had been resolved or closed.
    #[schema(minimum = 0)]
    pub reopened: i64,
    /// The part of all that is; null where there are none.
    pub reopen_rate: Option<f64>,
    /// How many of those that are done took one reply of ours at most, and were never taken up again.
    #[schema(minimum = 0)]
    pub first_contact: i64,
    /// The part of those that are done that is (first-contact resolution); null where there are none.
    pub first_contact_rate: Option<f64>,
    /// How many have a clock that was not kept.
    #[schema(minimum = 0)]
    pub breached: i64,
    /// The part of all that is; null where there are none.
    pub breach_rate: Option<f64>,
    /// How long it took to the first response, by the clock on the wall.
    pub first_response: DurationFigures,
    /// How long it took until they were resolved, by the clock on the wall.
    pub resolution: DurationFigures,
}

/// How long something took: percentiles by the nearest rank, in seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct DurationFigures {
    /// Of how many it is known.
    #[schema(minimum = 0)]
    pub count: i64,
    /// Half of them took so long at most; null where there are none.
    pub p50_seconds: Option<i64>,
    /// Nine of ten.
    pub p90_seconds: Option<i64>,
    /// 95 of a hundred.
    pub p95_seconds: Option<i64>,
}

/// How service went, as far as the actor may see it.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden), [`Error::Conflict`](crate::Error::Conflict);
/// [`Error::Invalid`](crate::Error::Invalid) names everything in the filter that is wrong.
pub async fn comparison(ctx: &Ctx, asked: &ServiceAsked) -> Result<ServiceAnalysis> {
    let period = days(ctx, asked.from, asked.to)?;
    let which = asked.of.requests(ctx).await?.add(on(ctx, col(REQUEST, "opened_at"), period));
    let all = figures(ctx, Grouped { by: None, which: which.clone(), period }).await?;
    let each = figures(ctx, Grouped { by: Some(asked.by), which, period }).await?;
    let is_by_month = asked.by == ServiceDimension::MonthOpened;
    let (shown, rest) = in_order(each, is_by_month, |figures| figures.opened);
    let keys: Vec<Key> = shown.iter().map(|(key, _)| key.clone()).collect();
    let names = named(asked.by).names(ctx, &keys).await?;
    let group = |(key, figures): (Key, ServiceFigures)| ServiceGroup {
        name: key.as_ref().and_then(|key| names.get(key).cloned()),
        key,
        figures,
    };
    Ok(ServiceAnalysis {
        by: asked.by,
        from: period.from,
        to: period.to,
        total: all.into_iter().next().map(|(_, figures)| figures).unwrap_or_default(),
        groups: shown.into_iter().map(group).collect(),
        other_groups: rest as i64,
    })
}

fn named(by: ServiceDimension) -> Named {
    match by {
        ServiceDimension::Owner => Named::User,
        ServiceDimension::Team => Named::Team,
        ServiceDimension::Queue => Named::Queue,
        ServiceDimension::Product => Named::Product,
        ServiceDimension::Policy => Named::Policy,
        _ => Named::Itself,
    }
}

/// Requests in groups.
struct Grouped {
    /// By what; all together where by nothing.
    by: Option<ServiceDimension>,
    /// Which.
    which: Condition,
    /// Opened on these days.
    period: Period,
}

/// What the requests of each group come to.
async fn figures(ctx: &Ctx, grouped: Grouped) -> Result<Vec<(Key, ServiceFigures)>> {
    let key = grouped.by.map_or(Named::Itself, named);
    let each = grouped.each(ctx);
    let counted = counted(ctx, each.clone(), key).await?;
    let response = percentiles(ctx, each.clone(), "response", key).await?;
    let resolution = percentiles(ctx, each, "resolution", key).await?;
    let took = |of: &HashMap<Key, Percentiles>, key: &Key| {
        of.get(key).copied().map(DurationFigures::from).unwrap_or_default()
    };
    let whole = |(key, figures): (Key, ServiceFigures)| {
        let first_response = took(&response, &key);
        let resolution = took(&resolution, &key);
        (key, ServiceFigures { first_response, resolution, ..figures })
    };
    Ok(counted.into_iter().map(whole).collect())
}

/// How many of each there are.
const COUNTED: [&str; 5] = ["open", "overdue", "reopened", "first_contact", "breached"];

async fn counted(
    ctx: &Ctx,
    each: SelectStatement,
    key: Named,
) -> Result<Vec<(Key, ServiceFigures)>> {
    let mut query = Query::select();
    query.column(Alias::new("key")).expr(Expr::cust("count(*)"));
    for column in COUNTED {
        query.expr(whole_sum(column));
    }
    query.from_subquery(each, Alias::new("each")).group_by_col(Alias::new("key"));
    let read = |row: QueryResult| {
        let number = |n: usize| row.try_get_by_index::<i64>(n);
        let (opened, open) = (number(1)?, number(2)?);
        let (reopened, first_contact, breached) = (number(4)?, number(5)?, number(6)?);
        let done = opened - open;
        let figures = ServiceFigures {
            opened,
            open,
            overdue: number(3)?,
            done,
            reopened,
            reopen_rate: part(reopened, opened),
            first_contact,
            first_contact_rate: part(first_contact, done),
            breached,
            breach_rate: part(breached, opened),
            ..ServiceFigures::default()
        };
        Ok((key.read(&row)?, figures))
    };
    let db = ctx.reader().await?;
    Ok(db.each(db.get_database_backend().build(&query), read).await?)
}

/// The part that some are of all.
pub fn part(of: i64, all: i64) -> Option<f64> {
    (all > 0).then(|| of as f64 / all as f64)
}

impl From<Percentiles> for DurationFigures {
    fn from(found: Percentiles) -> Self {
        let known = |seconds: i64| (found.count > 0).then_some(seconds);
        Self {
            count: found.count,
            p50_seconds: known(found.p50),
            p90_seconds: known(found.p90),
            p95_seconds: known(found.p95),
        }
    }
}

impl Grouped {
    /// A row for each request: `key`, what is counted of it as 0 or 1, and `response` and `resolution` in seconds.
    fn each(self, ctx: &Ctx) -> SelectStatement {
        let r = |column: &'static str| col(REQUEST, column);
        let took = |until: &'static str| {
            seconds_between(r("opened_at"), r(until), ctx.database().backend())
        };
        let mut each = Query::select();
        each.expr_as(key(ctx, self.by, self.period), Alias::new("key"));
        for (name, holds) in COUNTED.into_iter().zip(counting(ctx)) {
            each.expr_as(CaseStatement::new().case(holds, 1).finally(0), Alias::new(name));
        }
        each.expr_as(took("first_responded_at"), Alias::new("response"))
            .expr_as(took("resolved_at"), Alias::new("resolution"))
            .from(service_request::Entity)
            .cond_where(self.which);
        if self.by == Some(ServiceDimension::Team) {
            let on = belongs("user", "id", (REQUEST, "owner_id"));
            each.join(JoinType::LeftJoin, user::Entity, on);
        }
        each
    }
}

/// When a request is counted, in the order of what is.
fn counting(ctx: &Ctx) -> [Condition; 5] {
    let r = |column: &'static str| col(REQUEST, column);
    let open = || r("is_open").eq(true);
    let now = ctx.database().clock().now();
    let never = Condition::all().add(open().not()).add(r("reopen_count").eq(0));
    [
        Condition::all().add(open()),
        Condition::all().add(open()).add(r("due_at").lt(now)),
        Condition::all().add(r("reopen_count").gt(0)),
        never.add(Expr::cust(REPLIES)),
        Condition::all().add(Expr::cust(BREACHED)),
    ]
}

/// That a request took one reply at most. Asked for in order, so that SQLite takes the index of a request's messages: without
/// figures it takes all messages of a workspace for ten.
const REPLIES: &str = r#"(select 1 from "request_message" "m" where "m"."workspace_id" = "service_request"."workspace_id" and "m"."request_id" = "service_request"."id" and "m"."kind" = 'reply' and "m"."deleted_at" is null order by "m"."sent_at" limit 1 offset 1) is null"#;

/// That a clock of a request was not kept.
const BREACHED: &str = r#"exists (select 1 from "service_clock" "c" where "c"."workspace_id" = "service_request"."workspace_id" and "c"."request_id" = "service_request"."id" and "c"."breached_at" is not null)"#;

/// What requests are grouped by.
fn key(ctx: &Ctx, by: Option<ServiceDimension>, period: Period) -> Expr {
    let r = |column: &'static str| col(REQUEST, column);
    let Some(by) = by else { return Expr::cust("cast(null as text)") };
    match by {
        ServiceDimension::Owner => r("owner_id"),
        ServiceDimension::Team => col("user", "team_id"),
        ServiceDimension::Queue => r("queue_id"),
        ServiceDimension::Priority => r("priority"),
        ServiceDimension::Kind => r("kind"),
        ServiceDimension::Channel => r("channel"),
        ServiceDimension::Product => r("product_id"),
        ServiceDimension::Policy => r("policy_id"),
        ServiceDimension::MonthOpened => month(ctx, r("opened_at"), period),
    }
}
