//! Whether what was promised was kept: by our policies, as their clocks say, and by deadlines from elsewhere. Everything is counted in
//! the database, of the requests that the caller may read.

use std::collections::{BTreeMap, HashMap};

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use rapport_entity::{
    Date,
    identity::user,
    rule::Rule,
    service::{
        compliance::ComplianceBy, queue, service_clock, service_policy, service_policy::Kind,
        service_request,
    },
};
use sea_orm::{
    Condition, ConnectionTrait, JoinType, QueryResult,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, Query, SelectStatement},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    basis::readable,
    period::{Period, today},
    sales::{belongs, col, names},
};
use crate::kernel::{
    Ctx, Faults, Result, catalogue, compile,
    database::{day_since, month_of},
    start_of, stretches,
};

/// The most groups that are told of.
const MOST_GROUPS: usize = 200;

/// The most days of a period.
const MOST_DAYS: u64 = 3_660;

/// The days of a period of which nothing is said.
const USUAL_DAYS: u64 = 365;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct ComplianceAsked {
    /// What clocks are grouped by; all together where left out.
    pub by: Option<ComplianceBy>,
    /// The first day of those on which requests were opened.
    pub from: Option<Date>,
    /// The last; today where left out.
    pub to: Option<Date>,
    /// Only requests of which this rule holds.
    pub filter: Option<Rule>,
}

/// Whether what was promised of service requests was kept.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "ServiceComplianceRow")]
pub struct ServiceCompliance {
    /// What clocks are grouped by; null where they are together.
    pub by: Option<ComplianceBy>,
    /// The first day of those on which requests were opened.
    pub from: Date,
    /// The last.
    pub to: Date,
    /// The groups: months in their order, others by how many clocks there are, most first.
    #[schema(max_items = 200)]
    pub groups: Vec<ComplianceGroup>,
    /// How many groups there are besides.
    #[schema(minimum = 0)]
    pub others: i64,
}

/// The requests of a group.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "ServiceComplianceGroup")]
#[schema(as = ServiceComplianceGroup)]
pub struct ComplianceGroup {
    /// What they have in common: an id, a word, or a month (`2026-11`); null for those that have none.
    #[schema(max_length = 200)]
    pub key: Option<String>,
    /// What that is called; null where there is none, or you may not see it.
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// What became of their clocks, one row for each kind that there are any of.
    #[schema(max_items = 3)]
    pub clocks: Vec<ClockFigures>,
    /// What became of the deadlines that they have from elsewhere (`promisedAt`). By the priority that requests have now, and by the
    /// policy that holds of them now.
    pub promised: PromisedFigures,
}

/// What became of the clocks of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "ServiceClockFigures")]
#[schema(as = ServiceClockFigures)]
pub struct ClockFigures {
    /// Which clocks.
    pub kind: Kind,
    /// How many were done in time.
    #[schema(minimum = 0)]
    pub met: i64,
    /// How many were too late, whether they are done by now or not.
    #[schema(minimum = 0)]
    pub breached: i64,
    /// How many are not done, and not too late.
    #[schema(minimum = 0)]
    pub running: i64,
    /// How many ended without a verdict.
    #[schema(minimum = 0)]
    pub cancelled: i64,
    /// Of those that were met or breached, the part that was met, from 0 to 1; null where there is none.
    #[schema(minimum = 0, maximum = 1)]
    pub compliance: Option<f64>,
    /// In so many seconds of business hours half of those that are done were.
    #[schema(minimum = 0)]
    pub median_seconds: Option<i64>,
    /// In so many nine of ten were.
    #[schema(minimum = 0)]
    pub p90_seconds: Option<i64>,
    /// In so many nineteen of twenty were.
    #[schema(minimum = 0)]
    pub p95_seconds: Option<i64>,
}

/// What became of deadlines from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "ServicePromisedFigures")]
#[schema(as = ServicePromisedFigures)]
pub struct PromisedFigures {
    /// How many requests were resolved in time.
    #[schema(minimum = 0)]
    pub met: i64,
    /// How many were resolved too late.
    #[schema(minimum = 0)]
    pub late: i64,
    /// How many are not resolved, and too late.
    #[schema(minimum = 0)]
    pub overdue: i64,
    /// How many are not resolved, and not too late.
    #[schema(minimum = 0)]
    pub running: i64,
    /// Of all but those that run, the part that was in time, from 0 to 1; null where there is none.
    #[schema(minimum = 0, maximum = 1)]
    pub compliance: Option<f64>,
}

/// Whether what was promised was kept, as far as the actor may see it.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden), [`Error::Conflict`](crate::Error::Conflict);
/// [`Error::Invalid`](crate::Error::Invalid) names everything in the filter that is wrong.
pub async fn compliance(ctx: &Ctx, asked: &ComplianceAsked) -> Result<ServiceCompliance> {
    let period = Period::asked(asked.from, asked.to, (today(ctx), USUAL_DAYS))?;
    check(period)?;
    let of = Of { ctx, by: asked.by, which: which(ctx, asked, period)?, period };
    let mut groups: BTreeMap<Option<String>, Group> = BTreeMap::new();
    for (key, kind, state, count) in of.counted().await? {
        groups.entry(key).or_default().count(kind, state, count);
    }
    for (key, kind, place, seconds) in of.ranked().await? {
        groups.entry(key).or_default().place(kind, place, seconds);
    }
    for (key, outcome, count) in of.promised().await? {
        groups.entry(key).or_default().promise(outcome, count);
    }
    let (shown, others) = in_order(groups, asked.by);
    let names = names_of(ctx, asked.by, &shown).await?;
    let group = |(key, group): (Option<String>, Group)| {
        let name = key.as_ref().and_then(|key| names.get(key).cloned());
        group.shown(key, name)
    };
    let Period { from, to } = period;
    let groups = shown.into_iter().map(group).collect();
    Ok(ServiceCompliance { by: asked.by, from, to, groups, others })
}

fn check(period: Period) -> Result<()> {
    let mut faults = Faults::default();
    if period.days() > MOST_DAYS {
        faults.conflict("/from", format!("the period may have {MOST_DAYS} days at most"));
    }
    faults.check()
}

/// The requests that are looked at.
fn which(ctx: &Ctx, asked: &ComplianceAsked, period: Period) -> Result<Condition> {
    let opened = || col("service_request", "opened_at");
    let last = period.to.day();
    let (from, to) = (period.from.day(), last.succ_opt().unwrap_or(last));
    let which = readable::<service_request::Entity>(ctx)?
        .add(opened().gte(start_of(from, ctx.actor())))
        .add(opened().lt(start_of(to, ctx.actor())));
    let Some(rule) = &asked.filter else { return Ok(which) };
    let of = catalogue::<service_request::Entity>();
    Ok(which.add(compile(rule, of, &of.table, ctx.filter_scope(), "/filter")?))
}

struct Of<'a> {
    ctx: &'a Ctx,
    by: Option<ComplianceBy>,
    which: Condition,
    period: Period,
}

type Counted = (Option<String>, String, String, i64);
type Ranked = (Option<String>, String, i64, i64);

impl Of<'_> {
    /// How many clocks there are, by key, kind and state.
    async fn counted(&self) -> Result<Vec<Counted>> {
        let by = ["key", "kind", "state"].map(Alias::new);
        let query = Query::select()
            .columns(by.clone())
            .expr(Expr::cust("count(*)"))
            .from_subquery(self.clocks(), Alias::new("each"))
            .group_by_columns(by)
            .to_owned();
        let text = |row: &QueryResult, n| row.try_get_by_index::<String>(n);
        self.each(query, |row| Ok((text(row, 1)?, text(row, 2)?, row.try_get_by_index(3)?)))
            .await
            .map(|rows| rows.into_iter().map(|(key, (a, b, c))| (key, a, b, c)).collect())
    }

    /// How long the clocks took that stand at the places by which percentiles are told, by key and kind.
    async fn ranked(&self) -> Result<Vec<Ranked>> {
        let over = "over (partition by \"key\", \"kind\"";
        let done = Expr::col(Alias::new("state")).is_in(["met", "missed"]);
        let ranked = Query::select()
            .columns(["key", "kind", "seconds"].map(Alias::new))
            .expr_as(
                Expr::cust(format!("row_number() {over} order by \"seconds\")")),
                Alias::new("place"),
            )
            .expr_as(Expr::cust(format!("count(*) {over})")), Alias::new("number"))
            .from_subquery(self.clocks(), Alias::new("each"))
            .cond_where(done)
            .to_owned();
        let mut query = Query::select();
        query.columns(["key", "kind"].map(Alias::new));
        for part in PERCENTS {
            let here = Expr::cust(format!("\"place\" = (\"number\" * {part} + 99) / 100"));
            let seconds = CaseStatement::new().case(here, Expr::col(Alias::new("seconds")));
            let seconds = Expr::expr(seconds).max().cast_as(Alias::new("bigint"));
            query.expr(seconds);
        }
        query
            .from_subquery(ranked, Alias::new("ranked"))
            .group_by_columns(["key", "kind"].map(Alias::new));
        let found = self.each(query, |row| {
            let seconds = |n| row.try_get_by_index::<Option<i64>>(n);
            Ok((row.try_get_by_index::<String>(1)?, [seconds(2)?, seconds(3)?, seconds(4)?]))
        });
        let place = |(key, (kind, all)): (Option<String>, (String, [Option<i64>; 3]))| {
            let all = PERCENTS.into_iter().zip(all);
            let told = all.filter_map(|(part, seconds)| Some((part, seconds?)));
            told.map(|(part, seconds)| (key.clone(), kind.clone(), part, seconds))
                .collect::<Vec<_>>()
        };
        Ok(found.await?.into_iter().flat_map(place).collect())
    }

    /// How many requests have a deadline from elsewhere, by key and what became of it.
    async fn promised(&self) -> Result<Vec<(Option<String>, String, i64)>> {
        let r = |column: &'static str| col("service_request", column);
        let now = self.ctx.database().clock().now();
        let outcome = CaseStatement::new()
            .case(r("resolved_at").lte(r("promised_at")), Expr::cust("'met'"))
            .case(r("resolved_at").is_not_null(), Expr::cust("'late'"))
            .case(r("promised_at").lt(now), Expr::cust("'overdue'"))
            .finally(Expr::cust("'running'"));
        let each = Query::select()
            .expr_as(self.key("service_request", "service_request"), Alias::new("key"))
            .expr_as(outcome, Alias::new("outcome"))
            .from(service_request::Entity)
            .cond_where(self.which.clone().add(r("promised_at").is_not_null()))
            .to_owned();
        let by = ["key", "outcome"].map(Alias::new);
        let query = Query::select()
            .columns(by.clone())
            .expr(Expr::cust("count(*)"))
            .from_subquery(each, Alias::new("each"))
            .group_by_columns(by)
            .to_owned();
        let read = |row: &QueryResult| {
            Ok((row.try_get_by_index::<String>(1)?, row.try_get_by_index::<i64>(2)?))
        };
        let found = self.each(query, read).await?;
        Ok(found.into_iter().map(|(key, (outcome, count))| (key, outcome, count)).collect())
    }

    /// A row for each clock: `key`, `kind`, `state` and `seconds`.
    fn clocks(&self) -> SelectStatement {
        let c = |column: &'static str| col("service_clock", column);
        let on = belongs("service_request", "id", ("service_clock", "request_id"));
        Query::select()
            .expr_as(self.key("service_clock", "service_clock"), Alias::new("key"))
            .expr_as(c("kind"), Alias::new("kind"))
            .expr_as(c("state"), Alias::new("state"))
            .expr_as(c("elapsed_seconds"), Alias::new("seconds"))
            .from(service_clock::Entity)
            .join(JoinType::InnerJoin, service_request::Entity, on)
            .cond_where(self.which.clone())
            .to_owned()
    }

    /// What is grouped by, where tables say by which policy and of which priority.
    fn key(&self, policy: &str, priority: &str) -> Expr {
        let r = |column: &'static str| col("service_request", column);
        let backend = self.ctx.database().backend();
        match self.by {
            None => Expr::cust("cast(null as text)"),
            Some(ComplianceBy::Policy) => col(policy, "policy_id"),
            Some(ComplianceBy::Priority) => col(priority, "priority"),
            Some(ComplianceBy::Queue) => r("queue_id"),
            Some(ComplianceBy::Owner) => r("owner_id"),
            Some(ComplianceBy::Month) => {
                let actor = self.ctx.actor();
                let (from, to) = (self.period.from.day(), self.period.to.day());
                let stretches = stretches(from, to, actor);
                let beginning: DateTime<Utc> = start_of(from, actor);
                month_of(day_since(beginning, r("opened_at"), &stretches, backend), backend)
            }
        }
    }

    /// What each row says besides its key.
    async fn each<T: Send>(
        &self,
        query: SelectStatement,
        read: impl Fn(&QueryResult) -> Result<T, sea_orm::DbErr> + Send,
    ) -> Result<Vec<(Option<String>, T)>> {
        let has_ids = has_ids(self.by);
        let row = move |row: QueryResult| {
            let id = |row: &QueryResult| row.try_get_by_index::<Option<Uuid>>(0);
            let key =
                if has_ids { id(&row)?.map(|id| id.to_string()) } else { row.try_get_by_index(0)? };
            Ok((key, read(&row)?))
        };
        let db = self.ctx.reader().await?;
        Ok(db.each(db.get_database_backend().build(&query), row).await?)
    }
}

/// The parts of which is told how long they took.
const PERCENTS: [i64; 3] = [50, 90, 95];

fn has_ids(by: Option<ComplianceBy>) -> bool {
    matches!(by, Some(ComplianceBy::Policy | ComplianceBy::Queue | ComplianceBy::Owner))
}

#[derive(Clone, Debug, Default)]
struct Group {
    clocks: BTreeMap<String, HashMap<String, i64>>,
    places: HashMap<(String, i64), i64>,
    promised: HashMap<String, i64>,
}

impl Group {
    fn count(&mut self, kind: String, state: String, count: i64) {
        *self.clocks.entry(kind).or_default().entry(state).or_default() += count;
    }

    fn place(&mut self, kind: String, part: i64, seconds: i64) {
        self.places.insert((kind, part), seconds);
    }

    fn promise(&mut self, outcome: String, count: i64) {
        *self.promised.entry(outcome).or_default() += count;
    }

    fn size(&self) -> i64 {
        let clocks = self.clocks.values().flat_map(HashMap::values).sum::<i64>();
        clocks + self.promised.values().sum::<i64>()
    }

    fn shown(self, key: Option<String>, name: Option<String>) -> ComplianceGroup {
        let kinds = [Kind::FirstResponse, Kind::NextResponse, Kind::Resolution];
        let clocks = kinds.into_iter().filter_map(|kind| self.figures(kind)).collect();
        let of = |outcome: &str| self.promised.get(outcome).copied().unwrap_or(0);
        let (met, late, overdue) = (of("met"), of("late"), of("overdue"));
        let promised = PromisedFigures {
            met,
            late,
            overdue,
            running: of("running"),
            compliance: part(met, late + overdue),
        };
        ComplianceGroup { key, name, clocks, promised }
    }

    fn figures(&self, kind: Kind) -> Option<ClockFigures> {
        let word = sea_orm::ActiveEnum::to_value(&kind);
        let states = self.clocks.get(&word)?;
        let of = |state: &str| states.get(state).copied().unwrap_or(0);
        let place = |part: i64| self.places.get(&(word.clone(), part)).copied();
        let (met, breached) = (of("met"), of("missed") + of("breached"));
        Some(ClockFigures {
            kind,
            met,
            breached,
            running: of("running") + of("paused"),
            cancelled: of("cancelled"),
            compliance: part(met, breached),
            median_seconds: place(50),
            p90_seconds: place(90),
            p95_seconds: place(95),
        })
    }
}

fn part(met: i64, not: i64) -> Option<f64> {
    (met + not > 0).then(|| met as f64 / (met + not) as f64)
}

type InOrder = Vec<(Option<String>, Group)>;

/// The groups that are told of, and how many there are besides.
fn in_order(groups: BTreeMap<Option<String>, Group>, by: Option<ComplianceBy>) -> (InOrder, i64) {
    let mut all: InOrder = groups.into_iter().collect();
    let rest = all.len().saturating_sub(MOST_GROUPS);
    if by == Some(ComplianceBy::Month) {
        return (all.split_off(rest), rest as i64);
    }
    all.sort_by_key(|(_, group)| std::cmp::Reverse(group.size()));
    all.truncate(MOST_GROUPS);
    (all, rest as i64)
}

/// What the groups are called, by their keys.
async fn names_of(
    ctx: &Ctx,
    by: Option<ComplianceBy>,
    groups: &[(Option<String>, Group)],
) -> Result<HashMap<String, String>> {
    let keys = || groups.iter().filter_map(|(key, _)| key.clone());
    let ids: Vec<Uuid> = keys().filter_map(|key| key.parse().ok()).collect();
    macro_rules! of {
        ($kind:ident) => {
            names::<$kind::Entity, _>(ctx, &ids, |row| (row.id.uuid(), row.name.to_string()))
                .await?
        };
    }
    let found = match by {
        Some(ComplianceBy::Policy) => of!(service_policy),
        Some(ComplianceBy::Queue) => of!(queue),
        Some(ComplianceBy::Owner) => of!(user),
        _ => return Ok(keys().map(|key| (key.clone(), key)).collect()),
    };
    Ok(found.into_iter().map(|(id, name)| (id.to_string(), name)).collect())
}
