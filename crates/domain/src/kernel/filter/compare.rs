use rapport_entity::rule::{Anniversary, Comparison};
use sea_orm::{
    Value,
    sea_query::{Alias, Condition, Expr, ExprTrait, Func, LikeExpr},
};
use serde_json::Value as Json;

use super::{
    anniversary::{self, DaysOfYear},
    choices::choices,
    compile::{Compiler, Limits, Scope, never, not},
    held::value_of,
    value::{Operand, operand},
};
use crate::kernel::{
    catalogue::{Catalogue, Field, FieldKind, Held},
    database::day_of_year,
};

/// The condition that a field compares as the rule says. All operators that are given must hold.
pub fn comparison(
    compiler: &mut Compiler<'_>,
    rule: &Comparison,
    of: &Catalogue,
    table: &Alias,
    at: &str,
) -> Condition {
    let Some(field) = compiler.field(of, &rule.field) else {
        compiler.fault(format!("{at}/field"), format!("there is no field {:?}", rule.field));
        return never();
    };
    if let FieldKind::Choices(_) = field.kind {
        return choices(compiler, rule, field, of, table, at);
    }
    let mut side = Side { compiler, field, table, at };
    let conditions = [
        rule.eq.as_ref().map(|value| side.equal(value, "eq")),
        rule.ne.as_ref().map(|value| not(side.equal(value, "ne"))),
        rule.one_of.as_ref().map(|values| side.one_of(values, "in")),
        rule.not_in.as_ref().map(|values| not(side.one_of(values, "notIn"))),
        rule.lt.as_ref().map(|value| side.ordered(value, "lt", |l, r| l.lt(r))),
        rule.lte.as_ref().map(|value| side.ordered(value, "lte", |l, r| l.lte(r))),
        rule.gt.as_ref().map(|value| side.ordered(value, "gt", |l, r| l.gt(r))),
        rule.gte.as_ref().map(|value| side.ordered(value, "gte", |l, r| l.gte(r))),
        rule.contains.as_ref().map(|text| side.like(text, true, "contains")),
        rule.starts_with.as_ref().map(|text| side.like(text, false, "startsWith")),
        rule.exists.map(|exists| side.exists(exists)),
        rule.anniversary.as_ref().map(|days| side.comes_round(days)),
    ];
    let given: Vec<Condition> = conditions.into_iter().flatten().collect();
    if given.is_empty() {
        compiler.fault(at, "has no operator");
    }
    given.into_iter().fold(Condition::all(), Condition::add)
}

/// One field of one table, about to be compared.
struct Side<'c, 'a, 'f> {
    compiler: &'c mut Compiler<'a>,
    field: &'f Field,
    table: &'f Alias,
    at: &'f str,
}

impl Side<'_, '_, '_> {
    fn column(&self) -> Expr {
        self.compiler.value_of(self.field, self.table)
    }

    fn operand(&mut self, json: &Json, operator: &str) -> Option<Operand> {
        self.compiler.count_value();
        let operand = operand(self.field, json, self.compiler.scope);
        operand.map_err(|why| self.compiler.refuse(format!("{}/{operator}", self.at), why)).ok()
    }

    fn equal(&mut self, json: &Json, operator: &str) -> Condition {
        let Some(operand) = self.operand(json, operator) else { return never() };
        self.with_currency(&operand, self.column().eq(operand.value.clone()))
    }

    fn one_of(&mut self, values: &[Json], operator: &str) -> Condition {
        if values.len() > Limits::VALUES {
            let at = format!("{}/{operator}", self.at);
            self.compiler.fault(at, format!("has more than {} values", Limits::VALUES));
            return never();
        }
        if self.field.kind == FieldKind::Money {
            let each = values.iter().enumerate();
            return each.fold(never(), |any, (n, value)| {
                any.add(self.equal(value, &format!("{operator}/{n}")))
            });
        }
        let mut known: Vec<Value> = Vec::new();
        for (n, value) in values.iter().enumerate() {
            known.extend(self.operand(value, &format!("{operator}/{n}")).map(|o| o.value));
        }
        match known.is_empty() {
            true => never(),
            false => Condition::all().add(self.column().is_in(known)),
        }
    }

    fn ordered(
        &mut self,
        json: &Json,
        operator: &str,
        compare: fn(Expr, Value) -> Expr,
    ) -> Condition {
        if !self.field.kind.is_ordered() {
            let at = format!("{}/{operator}", self.at);
            self.compiler.fault(at, "this field has no order");
            return never();
        }
        let Some(operand) = self.operand(json, operator) else { return never() };
        self.with_currency(&operand, compare(self.column(), operand.value.clone()))
    }

    /// Amounts of different currencies do not compare.
    fn with_currency(&self, operand: &Operand, compared: Expr) -> Condition {
        let condition = Condition::all().add(compared);
        match &operand.currency {
            Some(currency) => {
                let column = Expr::col((self.table.clone(), Alias::new("currency")));
                condition.add(column.eq(currency.as_str()))
            }
            None => condition,
        }
    }

    /// `lower` folds only A to Z on SQLite, and on PostgreSQL too, where our text has the collation "C".
    fn like(&mut self, text: &str, anywhere: bool, operator: &str) -> Condition {
        let plain = !text.contains('\0') && text.chars().count() <= Limits::PART;
        if !matches!(self.field.kind, FieldKind::Text(_)) || !plain {
            let at = format!("{}/{operator}", self.at);
            self.compiler.fault(at, "needs a text field, and text of at most 200 characters");
            return never();
        }
        let start = if anywhere { "%" } else { "" };
        let escaped =
            text.to_ascii_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let pattern = LikeExpr::new(format!("{start}{escaped}%")).escape('\\');
        Condition::all().add(Expr::expr(Func::lower(self.column())).like(pattern))
    }

    fn exists(&mut self, exists: bool) -> Condition {
        Condition::all().add(match exists {
            true => self.column().is_not_null(),
            false => self.column().is_null(),
        })
    }

    fn comes_round(&mut self, days: &Anniversary) -> Condition {
        let at = format!("{}/anniversary", self.at);
        if self.field.kind != FieldKind::Date {
            self.compiler.fault(at, "this field is no date");
            return never();
        }
        let (from, to) = anniversary::ends(days);
        if from > to {
            self.compiler.conflict(at, "ends before it begins");
        }
        let scope = self.compiler.scope;
        DaysOfYear::around(scope.today(), (from, to))
            .has(&day_of_year_of(self.field, self.table, scope))
    }
}

/// The day of the year of a date field: a column of its own where there is one, which an index can be on.
pub fn day_of_year_of(field: &Field, table: &Alias, scope: Scope<'_>) -> Expr {
    match field.day_of_year {
        Some(derived) => Expr::col((table.clone(), Alias::new(derived))),
        None => {
            let date = value_of(field, &field.held, table, scope.backend);
            day_of_year(date, matches!(field.held, Held::Column(_)), scope.backend)
        }
    }
}
