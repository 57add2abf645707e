use std::collections::{BTreeMap, HashMap};

use async_graphql::SimpleObject;
use rapport_entity::{
    Date,
    customers::customer,
    identity::{team, user},
    sales::{
        analysis::Dimension, close_reason, opportunity, opportunity::Status, opportunity_line,
        pipeline, pipeline_stage, product,
    },
};
use sea_orm::{
    Condition, ConnectionTrait, JoinType, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    deals::{SalesOf, col, is, open_or_closed, rate_day},
    figures::{Part, SalesFigures, Tally},
    names,
    worth::{Added, Exchange},
};
use crate::{
    insight::{basis::readable, period::today},
    kernel::{Ctx, Read, Result, database::month_of},
};

/// The most groups that are told of one by one.
pub const MOST_GROUPS: usize = 200;

/// What is asked for of a comparison.
#[derive(Clone, Debug)]
pub struct ComparisonAsked {
    /// What opportunities are grouped by.
    pub by: Dimension,
    /// Only those of this status.
    pub status: Option<Status>,
    /// The first day of those on which opportunities were closed; the first of all where left out.
    pub from: Option<Date>,
    /// The last; the last of all where left out.
    pub to: Option<Date>,
    /// Which opportunities.
    pub of: SalesOf,
}

/// What is won and lost, by whatever it is looked at.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "SalesComparisonRow")]
pub struct SalesComparison {
    /// What opportunities are grouped by.
    pub by: Dimension,
    /// Only those of this status; null where all.
    pub status: Option<Status>,
    /// The first day; null where there is no bound.
    pub from: Option<Date>,
    /// The last day; null where there is no bound.
    pub to: Option<Date>,
    /// The groups: months in their order, others by how many opportunities there are, most first.
    #[schema(max_items = 200)]
    pub groups: Vec<SalesGroup>,
    /// Those of all other groups, where there are more than 200.
    pub others: Option<SalesOthers>,
}

/// The opportunities of a group.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct SalesGroup {
    /// What they have in common: an id, a text, or a month (`2026-11`); null for those that have none.
    #[schema(max_length = 200)]
    pub key: Option<String>,
    /// What that is called; null where there is none, or you may not see it.
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// What they come to.
    pub figures: SalesFigures,
}

/// The opportunities of several groups.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct SalesOthers {
    /// How many groups.
    #[schema(minimum = 1)]
    pub groups: i64,
    /// What they come to.
    pub figures: SalesFigures,
}

/// What is won and lost by a dimension, as far as the actor may see it. By products and their categories an opportunity
/// counts once for each that it has, with what its lines of that come to.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden), [`Error::Conflict`](crate::Error::Conflict);
/// [`Error::Invalid`](crate::Error::Invalid) names everything in the filter that is wrong.
pub async fn comparison(ctx: &Ctx, asked: &ComparisonAsked) -> Result<SalesComparison> {
    let mut which = asked.of.now(ctx).await?.add(open_or_closed(asked.from, asked.to)?);
    if let Some(status) = asked.status {
        which = which.add(is("opportunity", written(status)));
    }
    let by = Exchange::on(ctx, today(ctx)).await?;
    let tallies = tallies(ctx, Grouped { by: Some(asked.by), which }, &by).await?;
    let (shown, rest) = in_order(tallies, asked.by);
    let names = names_of(ctx, asked.by, &shown).await?;
    let group = |(key, tally): (Option<String>, Tally)| {
        let name = key.as_ref().and_then(|key| names.get(key).cloned());
        Ok(SalesGroup { key, name, figures: tally.figures(&by)? })
    };
    Ok(SalesComparison {
        by: asked.by,
        status: asked.status,
        from: asked.from,
        to: asked.to,
        groups: shown.into_iter().map(group).collect::<Result<_>>()?,
        others: others(&rest, &by)?,
    })
}

fn written(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Won => "won",
        Status::Lost => "lost",
    }
}

type Tallies = BTreeMap<Option<String>, Tally>;
type InOrder = Vec<(Option<String>, Tally)>;

/// The groups that are told of one by one, and the others.
fn in_order(tallies: Tallies, by: Dimension) -> (InOrder, InOrder) {
    let mut all: InOrder = tallies.into_iter().collect();
    if by == Dimension::MonthClosed {
        let rest = all.len().saturating_sub(MOST_GROUPS);
        let last = all.split_off(rest);
        return (last, all);
    }
    all.sort_by_key(|(_, tally)| std::cmp::Reverse(tally.count()));
    let rest = all.split_off(MOST_GROUPS.min(all.len()));
    (all, rest)
}

fn others(rest: &[(Option<String>, Tally)], by: &Exchange) -> Result<Option<SalesOthers>> {
    if rest.is_empty() {
        return Ok(None);
    }
    let mut all = Tally::default();
    rest.iter().for_each(|(_, tally)| all.merge(tally));
    Ok(Some(SalesOthers { groups: rest.len() as i64, figures: all.figures(by)? }))
}

/// What the groups are called, by their keys.
async fn names_of(
    ctx: &Ctx,
    by: Dimension,
    groups: &[(Option<String>, Tally)],
) -> Result<HashMap<String, String>> {
    let keys = || groups.iter().filter_map(|(key, _)| key.clone());
    let ids: Vec<Uuid> = keys().filter_map(|key| key.parse().ok()).collect();
    if !has_ids(by) {
        return Ok(keys().map(|key| (key.clone(), key)).collect());
    }
    let found = named(ctx, by, &ids).await?;
    Ok(found.into_iter().map(|(id, name)| (id.to_string(), name)).collect())
}

/// What the records of a dimension are called.
pub async fn named(ctx: &Ctx, by: Dimension, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    macro_rules! of {
        ($kind:ident) => {
            names::<$kind::Entity, _>(ctx, ids, |row| (row.id.uuid(), row.name.to_string())).await
        };
    }
    match by {
        Dimension::Owner => of!(user),
        Dimension::Team => of!(team),
        Dimension::Pipeline => of!(pipeline),
        Dimension::Stage => of!(pipeline_stage),
        Dimension::Product => of!(product),
        Dimension::CloseReason => of!(close_reason),
        _ => Ok(HashMap::new()),
    }
}

fn has_ids(by: Dimension) -> bool {
    use Dimension::{CloseReason, Owner, Pipeline, Product, Stage, Team};
    matches!(by, Owner | Team | Pipeline | Stage | Product | CloseReason)
}

/// Opportunities in groups.
pub struct Grouped {
    /// By what; all together where by nothing.
    pub by: Option<Dimension>,
    /// Which.
    pub which: Condition,
}

/// What the opportunities of each group come to.
pub async fn tallies(ctx: &Ctx, grouped: Grouped, by: &Exchange) -> Result<Tallies> {
    let has_ids = grouped.by.is_some_and(has_ids);
    let each = grouped.each(ctx)?;
    let query = Query::select()
        .columns(["key", "status", "currency", "day"].map(Alias::new))
        .expr(Expr::cust("count(*)"))
        .expr(whole_sum("minor"))
        .expr(Expr::col(Alias::new("cycle")).count())
        .expr(whole_sum("cycle"))
        .from_subquery(each, Alias::new("each"))
        .group_by_columns(["key", "status", "currency", "day"].map(Alias::new))
        .to_owned();
    let read = |row: QueryResult| {
        let id = |row: &QueryResult| row.try_get_by_index::<Option<Uuid>>(0);
        let key =
            if has_ids { id(&row)?.map(|id| id.to_string()) } else { row.try_get_by_index(0)? };
        let added = Added {
            count: row.try_get_by_index(4)?,
            minor: row.try_get_by_index::<Option<i64>>(5)?.unwrap_or(0),
            currency: row.try_get_by_index(2)?,
            day: row.try_get_by_index(3)?,
        };
        let (known, days) = (row.try_get_by_index(6)?, row.try_get_by_index::<Option<i64>>(7)?);
        let status = row.try_get_by_index(1)?;
        Ok((key, Part { status, added, known, days: days.unwrap_or(0) }))
    };
    let db = ctx.reader().await?;
    let parts = db.each(db.get_database_backend().build(&query), read).await?;
    let mut tallies = Tallies::new();
    for (key, part) in parts {
        tallies.entry(key).or_default().add(&part, by);
    }
    Ok(tallies)
}

/// The sum of whole numbers.
pub fn whole_sum(of: &'static str) -> Expr {
    Expr::col(Alias::new(of)).sum().cast_as(Alias::new("bigint"))
}

impl Grouped {
    /// One row for each opportunity, or each that it has of what is grouped by: `key`, `status`, `currency`, `day`, `minor`
    /// and `cycle`.
    fn each(self, ctx: &Ctx) -> Result<SelectStatement> {
        let of_lines = matches!(self.by, Some(Dimension::Product | Dimension::ProductCategory));
        let o = |column: &'static str| col("opportunity", column);
        let net = Func::coalesce([col("opportunity_line", "net_minor"), o("amount_minor")]);
        let net = Expr::expr(Func::sum(net)).cast_as(Alias::new("bigint"));
        let mut each = Query::select();
        each.expr_as(key(ctx, self.by), Alias::new("key"))
            .expr_as(o("status"), Alias::new("status"))
            .expr_as(o("currency"), Alias::new("currency"))
            .expr_as(rate_day("opportunity", &ctx.actor().currency), Alias::new("day"))
            .expr_as(if of_lines { net } else { o("amount_minor") }, Alias::new("minor"))
            .expr_as(o("cycle_days"), Alias::new("cycle"))
            .from(opportunity::Entity)
            .cond_where(self.which);
        join(ctx, &mut each, self.by)?;
        if of_lines {
            let columns = ["id", "status", "currency", "closed_on", "cycle_days"];
            each.add_group_by(columns.map(o)).add_group_by([key(ctx, self.by)]);
        }
        Ok(each)
    }
}

/// What opportunities are grouped by.
fn key(ctx: &Ctx, by: Option<Dimension>) -> Expr {
    let o = |column: &'static str| col("opportunity", column);
    let Some(by) = by else { return Expr::cust("null") };
    match by {
        Dimension::Owner => o("owner_id"),
        Dimension::Team => col("user", "team_id"),
        Dimension::Pipeline => o("pipeline_id"),
        Dimension::Stage => o("stage_id"),
        Dimension::Product => col("opportunity_line", "product_id"),
        Dimension::ProductCategory => col("product", "category"),
        Dimension::LeadSource => o("lead_source"),
        Dimension::Campaign => o("campaign"),
        Dimension::CloseReason => o("close_reason_id"),
        Dimension::Competitor => o("lost_to"),
        Dimension::CustomerIndustry => col("customer", "industry"),
        Dimension::CustomerCountry => col("customer", "country"),
        Dimension::MonthClosed => month_of(o("closed_on"), ctx.database().backend()),
    }
}

/// Brings in what the key is of.
fn join(ctx: &Ctx, each: &mut SelectStatement, by: Option<Dimension>) -> Result<()> {
    match by {
        Some(Dimension::Team) => {
            let on = belongs("user", "id", ("opportunity", "owner_id"));
            each.join(JoinType::LeftJoin, user::Entity, on);
        }
        Some(Dimension::Product | Dimension::ProductCategory) => {
            ctx.can::<product::Entity, Read>()?;
            let on = belongs("opportunity_line", "opportunity_id", ("opportunity", "id"));
            each.join(JoinType::LeftJoin, opportunity_line::Entity, on);
            if by == Some(Dimension::ProductCategory) {
                let on = belongs("product", "id", ("opportunity_line", "product_id"));
                each.join(JoinType::LeftJoin, product::Entity, on);
            }
        }
        Some(Dimension::CustomerIndustry | Dimension::CustomerCountry) => {
            let on = belongs("customer", "id", ("opportunity", "customer_id"));
            each.join(
                JoinType::LeftJoin,
                customer::Entity,
                on.add(readable::<customer::Entity>(ctx)?),
            );
        }
        _ => {}
    }
    Ok(())
}

/// That a row of a table is the one, or one of those, that another names.
pub fn belongs(table: &str, column: &str, of: (&str, &str)) -> Condition {
    let workspace = |table: &str| col(table, "workspace_id");
    Condition::all()
        .add(workspace(table).eq(workspace(of.0)))
        .add(col(table, column).eq(col(of.0, of.1)))
}
