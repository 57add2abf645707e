use rapport_entity::{
    Currency,
    rule::{Aggregate, Bounds, Relation},
};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait};
use serde_json::Value as Json;

use super::{compile::Compiler, value::operand};
use crate::kernel::catalogue::{Catalogue, Field, FieldKind};

/// What the related records must be like together.
pub enum Having {
    /// There is one.
    Any,
    /// This, of which a record without related ones falls short.
    Some(Condition),
    /// This, which holds of no related records at all too.
    AlsoOfNone(Condition),
}

/// What a relation asks of its records together.
pub fn having(
    compiler: &mut Compiler<'_>,
    rule: &Relation,
    target: &Catalogue,
    table: &Alias,
    at: &str,
) -> Having {
    let mut of_none = true;
    let mut any = false;
    let mut all = Condition::all();
    if let Some(bounds) = &rule.count {
        let key = Expr::col((table.clone(), Alias::new(target.id)));
        all = all.add(counted(bounds, &Expr::expr(key.count())));
        of_none &= allows(bounds, 0);
        any = true;
        if *bounds == Bounds::default() {
            compiler.fault(format!("{at}/count"), "has no bound");
        }
    }
    if let Some(distinct) = &rule.distinct {
        let at = format!("{at}/distinct");
        if let Some(values) = different(compiler, &distinct.field, target, table, &at) {
            all = all.add(counted(&distinct.bounds(), &values));
            of_none &= allows(&distinct.bounds(), 0);
        }
        if distinct.bounds() == Bounds::default() {
            compiler.fault(at, "has no bound");
        }
        any = true;
    }
    for (kind, aggregate) in aggregates(rule) {
        let Some(aggregate) = aggregate else { continue };
        let at = format!("{at}/{kind}");
        if let Some((condition, none)) = aggregated(compiler, kind, aggregate, target, table, &at) {
            all = all.add(condition);
            of_none &= none;
        }
        any = true;
    }
    match (any, of_none) {
        (false, _) => Having::Any,
        (true, false) => Having::Some(all),
        (true, true) => Having::AlsoOfNone(all),
    }
}

/// What a relation looks at of its records together: its name, how it is reckoned, of what field it is and in which
/// currency. Without anything else, how many there are.
pub fn seen(
    compiler: &mut Compiler<'_>,
    rule: &Relation,
    target: &Catalogue,
    table: &Alias,
) -> Vec<Seen> {
    let key = Expr::col((table.clone(), Alias::new(target.id)));
    let count =
        Seen { name: "count", value: key.count(), kind: FieldKind::Integer, currency: None };
    let distinct = rule.distinct.as_ref().and_then(|distinct| {
        let value = different(compiler, &distinct.field, target, table, "")?;
        Some(Seen { name: "distinct", value, kind: FieldKind::Integer, currency: None })
    });
    let mut seen: Vec<Seen> = [Some(count), distinct].into_iter().flatten().collect();
    for (name, aggregate) in aggregates(rule) {
        let Some(aggregate) = aggregate else { continue };
        let Some(field) = compiler.field(target, &aggregate.field) else { continue };
        let bounds = [&aggregate.eq, &aggregate.lt, &aggregate.lte, &aggregate.gt, &aggregate.gte];
        let bound = bounds.into_iter().flatten().next();
        let operand = bound.and_then(|json| operand(field, json, compiler.scope).ok());
        let currency = operand.and_then(|operand| operand.currency);
        let column = compiler.value_of(field, table);
        let value = aggregate_of(name, column, table, currency.as_ref().map(|of| of.as_str()));
        let kind = match (name, &field.kind) {
            ("avg", FieldKind::Integer) => FieldKind::Number,
            (_, kind) => kind.clone(),
        };
        seen.push(Seen { name, value, kind, currency });
    }
    seen
}

/// Something that a rule looks at.
pub struct Seen {
    /// What it is called.
    pub name: &'static str,
    /// How it is reckoned.
    pub value: Expr,
    /// What it is.
    pub kind: FieldKind,
    /// The currency of an amount.
    pub currency: Option<Currency>,
}

/// The aggregates of a relation that are bounded by values, by what each does.
pub fn aggregates(rule: &Relation) -> [(&'static str, &Option<Aggregate>); 4] {
    [("sum", &rule.sum), ("min", &rule.min), ("max", &rule.max), ("avg", &rule.avg)]
}

/// How many different values a field has.
pub fn different(
    compiler: &mut Compiler<'_>,
    name: &str,
    target: &Catalogue,
    table: &Alias,
    at: &str,
) -> Option<Expr> {
    let field = compiler.field(target, name).filter(|field| has_one_value(field));
    let Some(field) = field else {
        compiler.fault(format!("{at}/field"), "is not a field with one value");
        return None;
    };
    Some(Expr::expr(compiler.value_of(field, table).count_distinct()))
}

/// Whether a field has at most one value.
pub fn has_one_value(field: &Field) -> bool {
    !matches!(field.kind, FieldKind::Choices(_))
}

fn counted(bounds: &Bounds, number: &Expr) -> Condition {
    let count = || number.clone();
    Condition::all()
        .add_option(bounds.eq.map(|n| count().eq(n)))
        .add_option(bounds.lt.map(|n| count().lt(n)))
        .add_option(bounds.lte.map(|n| count().lte(n)))
        .add_option(bounds.gt.map(|n| count().gt(n)))
        .add_option(bounds.gte.map(|n| count().gte(n)))
}

fn allows(bounds: &Bounds, n: i32) -> bool {
    bounds.eq.is_none_or(|bound| n == bound)
        && bounds.lt.is_none_or(|bound| n < bound)
        && bounds.lte.is_none_or(|bound| n <= bound)
        && bounds.gt.is_none_or(|bound| n > bound)
        && bounds.gte.is_none_or(|bound| n >= bound)
}

/// The condition, and whether it holds of no records at all: a sum of none is 0, a smallest or largest there is not.
fn aggregated(
    compiler: &mut Compiler<'_>,
    kind: &str,
    rule: &Aggregate,
    target: &Catalogue,
    table: &Alias,
    at: &str,
) -> Option<(Condition, bool)> {
    let Some(field) = compiler.field(target, &rule.field).filter(|field| suits(kind, field)) else {
        compiler.fault(format!("{at}/field"), format!("is not a field that has {}", said(kind)));
        return None;
    };
    let mut all = Condition::all();
    let mut of_none = kind == "sum";
    let bounds: [Bound<'_>; 5] = [
        ("eq", &rule.eq, |l, r| l.eq(r), |n| n == 0.0),
        ("lt", &rule.lt, |l, r| l.lt(r), |n| 0.0 < n),
        ("lte", &rule.lte, |l, r| l.lte(r), |n| 0.0 <= n),
        ("gt", &rule.gt, |l, r| l.gt(r), |n| 0.0 > n),
        ("gte", &rule.gte, |l, r| l.gte(r), |n| 0.0 >= n),
    ];
    let mut given = 0;
    for (operator, json, compare, zero) in bounds {
        let Some(json) = json else { continue };
        given += 1;
        compiler.count_value();
        match operand(field, json, compiler.scope) {
            Ok(operand) => {
                let currency = operand.currency.as_ref().map(|currency| currency.as_str());
                let column = compiler.value_of(field, table);
                let left = aggregate_of(kind, column, table, currency);
                of_none &= holds_of_nothing(&operand.value, zero);
                all = all.add(compare(left, operand.value));
            }
            Err(why) => compiler.refuse(format!("{at}/{operator}"), why),
        }
    }
    if given == 0 {
        compiler.fault(at, "has no bound");
    }
    Some((all, of_none))
}

/// What an aggregate is called in a sentence.
fn said(kind: &str) -> &'static str {
    match kind {
        "sum" => "a sum",
        "avg" => "an average",
        "min" => "a smallest value",
        _ => "a largest value",
    }
}

/// An operator, its value, how it compares, and whether it holds of zero.
type Bound<'a> = (&'a str, &'a Option<Json>, Compare, fn(f64) -> bool);

type Compare = fn(Expr, sea_orm::Value) -> Expr;

/// Whether a bound on a sum holds of the sum of nothing.
fn holds_of_nothing(bound: &sea_orm::Value, zero: fn(f64) -> bool) -> bool {
    match bound {
        sea_orm::Value::BigInt(Some(n)) => zero(*n as f64),
        sea_orm::Value::Double(Some(n)) => zero(*n),
        _ => false,
    }
}

/// Whether a field has a sum or an average, a smallest or a largest.
pub fn suits(kind: &str, field: &Field) -> bool {
    match kind {
        "sum" | "avg" => field.kind.is_number(),
        _ => field.kind.is_number() || matches!(field.kind, FieldKind::Date | FieldKind::Time),
    }
}

/// Only amounts in the currency that is compared with take part: amounts of different currencies do not add up.
fn aggregate_of(kind: &str, column: Expr, table: &Alias, currency: Option<&str>) -> Expr {
    let value = match currency {
        Some(currency) => {
            let same = Expr::col((table.clone(), Alias::new("currency"))).eq(currency);
            Expr::case(same, column).into()
        }
        None => column,
    };
    match kind {
        "sum" => Expr::expr(sea_orm::sea_query::Func::coalesce([value.sum(), Expr::cust("0")])),
        "min" => value.min(),
        "avg" => value.avg(),
        _ => value.max(),
    }
}
