use std::collections::HashMap;

use async_graphql::SimpleObject;
use rapport_entity::{
    Currency, Date, Money,
    service::{analysis::ComplaintDimension, complaint, promise, service_request},
};
use sea_orm::{
    Condition, ConnectionTrait, JoinType, QueryResult,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, Query, SelectStatement},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    comparison::part,
    groups::{Key, Named, in_order},
    requests::{REQUEST, ServiceOf, days, month, on},
};
use crate::{
    insight::{
        period::{Period, today},
        sales::{Added, Exchange, Unconverted, Worth, belongs, col, unconverted, whole_sum},
    },
    kernel::{Ctx, Read, Result},
};

/// What is asked for of complaints.
#[derive(Clone, Debug, Default)]
pub struct ComplaintsAsked {
    /// What complaints are grouped by.
    pub by: ComplaintDimension,
    /// The first day of those on which complaints came in; a year before the last where left out.
    pub from: Option<Date>,
    /// The last; today where left out.
    pub to: Option<Date>,
    /// Which requests; those that are complaints count.
    pub of: ServiceOf,
}

/// What customers complained of in a period, what it has cost, and whether they got what they were promised.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "ComplaintAnalysisRow")]
pub struct ComplaintAnalysis {
    /// What complaints are grouped by.
    pub by: ComplaintDimension,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// What all of them come to.
    pub total: ComplaintFigures,
    /// The groups: months in their order, others by how many complaints there are, most first.
    #[schema(max_items = 200)]
    pub groups: Vec<ComplaintGroup>,
    /// How many groups are not among these.
    #[schema(minimum = 0)]
    pub other_groups: i64,
    /// What is in no cost since there is no rate of its currency; `count` tells complaints.
    #[schema(max_items = 200)]
    pub unconverted: Vec<Unconverted>,
}

/// The complaints of a group.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct ComplaintGroup {
    /// What they have in common: an id, a word, or a month (`2026-11`); null for those that have none.
    #[schema(max_length = 200)]
    pub key: Option<String>,
    /// What that is called; null where there is none, or you may not see it.
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// The part of all complaints that these are.
    pub share: f64,
    /// The part of all that these and those of the groups before are (Pareto).
    pub cumulative_share: f64,
    /// What they come to.
    pub figures: ComplaintFigures,
}

/// What some complaints come to.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct ComplaintFigures {
    /// How many there are.
    #[schema(minimum = 0)]
    pub complaints: i64,
    /// How many of them are open.
    #[schema(minimum = 0)]
    pub open: i64,
    /// Of how many the customer was told what came of it.
    #[schema(minimum = 0)]
    pub told: i64,
    /// What they have cost, in the workspace's currency by today's rates.
    pub cost: Money,
    /// How many promises were kept.
    #[schema(minimum = 0)]
    pub promises_kept: i64,
    /// How many were broken.
    #[schema(minimum = 0)]
    pub promises_broken: i64,
    /// Of how many nobody has said what became of them.
    #[schema(minimum = 0)]
    pub promises_open: i64,
}

/// Why customers complain, as far as the actor may see it.
///
/// # Errors
/// As [`comparison`](super::comparison()).
pub async fn complaints(ctx: &Ctx, asked: &ComplaintsAsked) -> Result<ComplaintAnalysis> {
    ctx.can::<complaint::Entity, Read>()?;
    ctx.can::<promise::Entity, Read>()?;
    let period = days(ctx, asked.from, asked.to)?;
    let which = asked.of.requests(ctx).await?;
    let which = which.add(col(REQUEST, "kind").eq("complaint")).add(on(
        ctx,
        col(REQUEST, "opened_at"),
        period,
    ));
    let by = Exchange::on(ctx, today(ctx)).await?;
    let tallies = tallies(ctx, asked.by, (which, period), &by).await?;
    let mut total = Tally::default();
    tallies.values().for_each(|tally| total.merge(tally));
    let unconverted = unconverted([&total.cost])?;
    let is_by_month = asked.by == ComplaintDimension::MonthOpened;
    let all = tallies.into_iter().collect();
    let (shown, rest) = in_order(all, is_by_month, |tally: &Tally| tally.complaints);
    Ok(ComplaintAnalysis {
        by: asked.by,
        from: period.from,
        to: period.to,
        groups: groups(ctx, asked.by, shown, (&total, &by)).await?,
        total: total.figures(&by)?,
        other_groups: rest as i64,
        unconverted,
    })
}

async fn groups(
    ctx: &Ctx,
    of: ComplaintDimension,
    shown: Vec<(Key, Tally)>,
    (total, by): (&Tally, &Exchange),
) -> Result<Vec<ComplaintGroup>> {
    let keys: Vec<Key> = shown.iter().map(|(key, _)| key.clone()).collect();
    let names = named(of).names(ctx, &keys).await?;
    let mut so_far = 0;
    let group = |(key, tally): (Key, Tally)| {
        so_far += tally.complaints;
        Ok(ComplaintGroup {
            name: key.as_ref().and_then(|key| names.get(key).cloned()),
            key,
            share: part(tally.complaints, total.complaints).unwrap_or_default(),
            cumulative_share: part(so_far, total.complaints).unwrap_or_default(),
            figures: tally.figures(by)?,
        })
    };
    shown.into_iter().map(group).collect()
}

fn named(by: ComplaintDimension) -> Named {
    match by {
        ComplaintDimension::Cause => Named::Cause,
        ComplaintDimension::Product => Named::Product,
        _ => Named::Itself,
    }
}

/// What complaints come to.
#[derive(Clone, Debug, Default)]
struct Tally {
    complaints: i64,
    open: i64,
    told: i64,
    cost: Worth,
    kept: i64,
    broken: i64,
    waiting: i64,
}

impl Tally {
    fn merge(&mut self, other: &Self) {
        self.complaints += other.complaints;
        self.open += other.open;
        self.told += other.told;
        self.cost.merge(&other.cost);
        self.kept += other.kept;
        self.broken += other.broken;
        self.waiting += other.waiting;
    }

    fn figures(&self, by: &Exchange) -> Result<ComplaintFigures> {
        Ok(ComplaintFigures {
            complaints: self.complaints,
            open: self.open,
            told: self.told,
            cost: by.money(self.cost.minor)?,
            promises_kept: self.kept,
            promises_broken: self.broken,
            promises_open: self.waiting,
        })
    }
}

type Which = (Condition, Period);

async fn tallies(
    ctx: &Ctx,
    of: ComplaintDimension,
    which: Which,
    by: &Exchange,
) -> Result<HashMap<Key, Tally>> {
    let mut tallies: HashMap<Key, Tally> = HashMap::new();
    for counted in counted(ctx, of, which.clone()).await? {
        let tally = tallies.entry(counted.key).or_default();
        tally.complaints += counted.complaints;
        tally.open += counted.open;
        tally.told += counted.told;
        if let Some(added) = &counted.cost {
            tally.cost.add(added, by);
        }
    }
    for (key, status, count) in promised(ctx, of, which).await? {
        let tally = tallies.entry(key).or_default();
        match status.as_str() {
            "kept" => tally.kept += count,
            "broken" => tally.broken += count,
            "open" => tally.waiting += count,
            _ => {}
        }
    }
    Ok(tallies)
}

/// Complaints that the database has added up: those with costs of one currency.
struct Counted {
    key: Key,
    complaints: i64,
    open: i64,
    told: i64,
    cost: Option<Added>,
}

const COMPLAINT: &str = "complaint";

async fn counted(ctx: &Ctx, of: ComplaintDimension, which: Which) -> Result<Vec<Counted>> {
    let c = |column: &'static str| col(COMPLAINT, column);
    let flag = |holds: Expr| CaseStatement::new().case(holds, 1).finally(0);
    let costs = CaseStatement::new().case(c("cost_minor").is_not_null(), c("currency"));
    let mut each = requests(ctx, of, which);
    each.expr_as(costs, Alias::new("currency"))
        .expr_as(c("cost_minor"), Alias::new("minor"))
        .expr_as(flag(col(REQUEST, "is_open").eq(true)), Alias::new("open"))
        .expr_as(flag(c("told_at").is_not_null()), Alias::new("told"));
    let query = Query::select()
        .columns(["key", "currency"].map(Alias::new))
        .expr(Expr::cust("count(*)"))
        .exprs(["open", "told", "minor"].map(whole_sum))
        .from_subquery(each, Alias::new("each"))
        .group_by_columns(["key", "currency"].map(Alias::new))
        .to_owned();
    let read = |row: QueryResult| {
        let count = row.try_get_by_index(2)?;
        let minor = row.try_get_by_index::<Option<i64>>(5)?;
        let currency = row.try_get_by_index::<Option<Currency>>(1)?;
        let cost = currency.zip(minor);
        Ok(Counted {
            key: named(of).read(&row)?,
            complaints: count,
            open: row.try_get_by_index(3)?,
            told: row.try_get_by_index(4)?,
            cost: cost.map(|(currency, minor)| Added { count, minor, currency, day: None }),
        })
    };
    let db = ctx.reader().await?;
    Ok(db.each(db.get_database_backend().build(&query), read).await?)
}

/// The promises in complaints, by what became of them.
async fn promised(
    ctx: &Ctx,
    of: ComplaintDimension,
    which: Which,
) -> Result<Vec<(Key, String, i64)>> {
    let p = |column: &'static str| col("promise", column);
    let mut each = requests(ctx, of, which);
    let theirs = belongs("promise", "request_id", (REQUEST, "id")).add(p("deleted_at").is_null());
    each.expr_as(p("status"), Alias::new("status")).join(
        JoinType::InnerJoin,
        promise::Entity,
        theirs,
    );
    let query = Query::select()
        .columns(["key", "status"].map(Alias::new))
        .expr(Expr::cust("count(*)"))
        .from_subquery(each, Alias::new("each"))
        .group_by_columns(["key", "status"].map(Alias::new))
        .to_owned();
    let read = |row: QueryResult| {
        Ok((named(of).read(&row)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?))
    };
    let db = ctx.reader().await?;
    Ok(db.each(db.get_database_backend().build(&query), read).await?)
}

/// The requests with what is written down of them as complaints: `key`.
fn requests(ctx: &Ctx, of: ComplaintDimension, (which, period): Which) -> SelectStatement {
    let r = |column: &'static str| col(REQUEST, column);
    let key = match of {
        ComplaintDimension::Cause => col(COMPLAINT, "cause_id"),
        ComplaintDimension::Remedy => col(COMPLAINT, "remedy"),
        ComplaintDimension::Product => r("product_id"),
        ComplaintDimension::Channel => r("channel"),
        ComplaintDimension::MonthOpened => month(ctx, r("opened_at"), period),
    };
    let theirs = belongs(COMPLAINT, "request_id", (REQUEST, "id"))
        .add(col(COMPLAINT, "deleted_at").is_null());
    Query::select()
        .expr_as(key, Alias::new("key"))
        .from(service_request::Entity)
        .join(JoinType::LeftJoin, complaint::Entity, theirs)
        .cond_where(which)
        .to_owned()
}
