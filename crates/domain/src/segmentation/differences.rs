//! Who is in only one of two sets, the members and those of whom the rule holds, as a statement.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rapport_entity::{
    customers::customer, identity::role::Verb, rule::Rule, segmentation::segment_member,
};
use sea_orm::{
    Condition, IdenStatic,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, Query, SelectStatement, UnionType},
};
use uuid::Uuid;

use super::evaluation::{Look, Segment};
use crate::kernel::{Error, FilterScope, Result, Tx, catalogue, compile, is_among};

/// Each segment and customer, and whether they enter.
pub fn differences(
    tx: &Tx<'_>,
    segments: &[Arc<Segment>],
    look: Look<'_>,
) -> Result<SelectStatement> {
    let mut both = members(tx, segments, look.touched);
    let rules: Vec<(Uuid, &Rule)> =
        segments.iter().filter_map(|segment| Some((segment.id, segment.rule.as_ref()?))).collect();
    match look.touched {
        Some(touched) if !rules.is_empty() => {
            both.union(UnionType::All, matching_of(tx, &rules, touched, look)?);
        }
        _ => {
            for (segment, rule) in rules {
                both.union(UnionType::All, matching(tx, segment, rule, look)?);
            }
        }
    }
    let [segment, customer] = ["segment_id", "customer_id"].map(Alias::new);
    let changed = Query::select()
        .columns([segment.clone(), customer.clone()])
        .expr_as(Expr::cust("max(matches)"), Alias::new("entered"))
        .from_subquery(both, Alias::new("both"))
        .group_by_columns([segment, customer])
        .and_having(Expr::cust("count(*) = 1"))
        .to_owned();
    Ok(changed)
}

fn members(tx: &Tx<'_>, segments: &[Arc<Segment>], touched: Option<&[Uuid]>) -> SelectStatement {
    use segment_member::Column::{CustomerId, SegmentId, WorkspaceId};
    Query::select()
        .columns([SegmentId, CustomerId])
        .expr_as(Expr::cust("0"), Alias::new("matches"))
        .from(segment_member::Entity)
        .and_where(Expr::col(WorkspaceId).eq(tx.actor().workspace))
        .and_where(Expr::col(SegmentId).is_in(segments.iter().map(|segment| segment.id)))
        .and_where_option(touched.map(|ids| is_among(Expr::col(CustomerId), ids, tx.backend())))
        .to_owned()
}

/// Everybody of whom a rule holds.
fn matching(tx: &Tx<'_>, segment: Uuid, rule: &Rule, look: Look<'_>) -> Result<SelectStatement> {
    let mut matching = customers(tx)?;
    matching
        .expr_as(Expr::val(segment), Alias::new("segment_id"))
        .expr_as(id(), Alias::new("customer_id"))
        .expr_as(Expr::cust("1"), Alias::new("matches"))
        .cond_where(condition(tx, rule, look.touched, look.at)?);
    Ok(matching)
}

/// The ids of everybody of whom a rule holds.
pub fn all_of(tx: &Tx<'_>, rule: &Rule, at: DateTime<Utc>) -> Result<SelectStatement> {
    let mut matching = customers(tx)?;
    matching.expr(id()).cond_where(condition(tx, rule, None, at)?);
    Ok(matching)
}

/// Who of some customers each of several rules holds of. Each customer is read once, however many rules there are.
fn matching_of(
    tx: &Tx<'_>,
    rules: &[(Uuid, &Rule)],
    touched: &[Uuid],
    look: Look<'_>,
) -> Result<SelectStatement> {
    let [here, each] = ["here", "each"].map(Alias::new);
    let place = |n: usize| Alias::new(format!("c{n}"));
    let mut judged = customers(tx)?;
    judged.expr_as(id(), Alias::new("id")).and_where(is_among(id(), touched, tx.backend()));
    let mut segments: Option<SelectStatement> = None;
    let mut holds = CaseStatement::new();
    for (n, (segment, rule)) in rules.iter().enumerate() {
        judged.expr_as(Expr::from(condition(tx, rule, look.touched, look.at)?), place(n));
        let number = Expr::val(n as i32);
        let one = Query::select()
            .expr_as(Expr::val(*segment), Alias::new("segment_id"))
            .expr_as(number.clone(), Alias::new("n"))
            .to_owned();
        segments = Some(match segments {
            Some(mut all) => all.union(UnionType::All, one).to_owned(),
            None => one,
        });
        let is_its = Expr::col((each.clone(), Alias::new("n"))).eq(number);
        holds = holds.case(is_its, Expr::col((here.clone(), place(n))));
    }
    let segments = segments.unwrap_or_default();
    let matching = Query::select()
        .column((each.clone(), Alias::new("segment_id")))
        .expr_as(Expr::col((here.clone(), Alias::new("id"))), Alias::new("customer_id"))
        .expr_as(Expr::cust("1"), Alias::new("matches"))
        .from_subquery(judged, here)
        .join_subquery(sea_orm::JoinType::InnerJoin, segments, each, Condition::all())
        .and_where(holds.into())
        .to_owned();
    Ok(matching)
}

/// The customers that there are.
fn customers(tx: &Tx<'_>) -> Result<SelectStatement> {
    let of = catalogue::<customer::Entity>();
    let rows = tx.actor().rows(of, &Alias::new(&of.table), Verb::Read);
    let rows = rows.ok_or(Error::Forbidden { verb: "read", resource: "customer" })?;
    Ok(Query::select()
        .from(customer::Entity)
        .cond_where(rows)
        .and_where(column(customer::Column::DeletedAt).is_null())
        .to_owned())
}

fn condition(
    tx: &Tx<'_>,
    rule: &Rule,
    touched: Option<&[Uuid]>,
    now: DateTime<Utc>,
) -> Result<Condition> {
    let of = catalogue::<customer::Entity>();
    let (actor, backend) = (tx.actor(), tx.backend());
    let scope = FilterScope { actor, backend, now, touched };
    compile(rule, of, &of.table, scope, "/rule")
}

fn id() -> Expr {
    column(customer::Column::Id)
}

fn column(column: customer::Column) -> Expr {
    Expr::col((customer::Entity, Alias::new(column.as_str())))
}
