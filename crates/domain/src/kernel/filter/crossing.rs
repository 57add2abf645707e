//! Whom time touches, as statements: the customers from whom a way leads to a date that time has passed, or reached,
//! between two moments.

use std::ops::Range;

use chrono::{DateTime, Utc};
use rapport_entity::{identity::role::Verb, rule::Relation};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Func, Query, SelectStatement};

use super::{
    anniversary::DaysOfYear,
    compare::day_of_year_of,
    compile::{Compiler, Scope, never},
    held::{held_as, value_of},
    moving::{How, Moving, Passes, Unless, When, Which},
    time::{self, End, day_of},
    value::window,
};
use crate::kernel::{
    catalogue::{Catalogue, Relation as Way},
    error::{Error, Result},
};

/// Two moments, of which the later may come first.
pub type Between = Range<DateTime<Utc>>;

impl Moving {
    /// The ids of the customers of whom what is said may change between two moments; `None` where of nobody.
    ///
    /// # Errors
    /// Where the rule cannot be evaluated, or not by this actor.
    pub fn touched(&self, between: &Between, scope: Scope<'_>) -> Result<Option<SelectStatement>> {
        let place = Place::new(self, scope);
        let crossed = match &self.how {
            How::From(passes) => self.crossed(passes, &place, between),
            How::ComesRound(from, to) => self.come_round((*from, *to), &place, between),
        };
        let Some(crossed) = crossed else { return Ok(None) };
        let mut records = place.rows(self.of)?;
        records.cond_where(crossed);
        if let (Some(unless), Some((_, way))) = (&self.unless, self.way.last()) {
            records.cond_where(self.makes_a_difference(unless, way, &place, between)?);
        }
        self.customers(records, scope).map(Some)
    }

    fn crossed(
        &self,
        passes: &[Passes],
        place: &Place<'_>,
        between: &Between,
    ) -> Option<Condition> {
        let date = || place.value(self);
        let each = passes.iter().filter_map(|Passes { shift, when }| {
            let [low, high] = self.passed(shift, between, place.scope.actor);
            let condition = match when {
                _ if low == high => return None,
                When::Passed => date().gte(low).and(date().lt(high)),
                When::Reached => date().gt(low).and(date().lte(high)),
                When::Both => date().gte(low).and(date().lte(high)),
            };
            Some(condition)
        });
        let each: Vec<Expr> = each.collect();
        (!each.is_empty()).then(|| each.into_iter().fold(never(), Condition::add))
    }

    fn come_round(
        &self,
        days: (i64, i64),
        place: &Place<'_>,
        between: &Between,
    ) -> Option<Condition> {
        let at = |moment| DaysOfYear::around(day_of(moment, place.scope.actor), days);
        let changed = at(between.start).difference(&at(between.end));
        let day = day_of_year_of(&self.field, &place.alias, place.scope);
        (!changed.is_empty()).then(|| changed.has(&day))
    }

    /// That the record is one of those that the rule is about, and that no other one says the same before and after.
    fn makes_a_difference(
        &self,
        unless: &Unless,
        way: &Way,
        place: &Place<'_>,
        between: &Between,
    ) -> Result<Condition> {
        let mut compiler = Compiler::new(place.scope);
        let ours = self.of_the_rule(&mut compiler, unless, way, &place.alias);
        let other = Place { alias: Alias::new("other"), scope: place.scope };
        let theirs = self.of_the_rule(&mut compiler, unless, way, &other.alias);
        compiler.check("")?;
        let key = |of: &Place<'_>| Expr::col((of.alias.clone(), Alias::new(way.to)));
        let mut others = other.rows(self.of)?;
        others
            .expr(Expr::val(1))
            .and_where(key(&other).eq(key(place)))
            .cond_where(theirs)
            .cond_where(match &unless.which {
                Which::Later => Condition::all().add(other.value(self).gt(place.value(self))),
                Which::Earlier => Condition::all().add(other.value(self).lt(place.value(self))),
                Which::Within(ends) => self.within_at_both(ends, &other, between),
            });
        Ok(ours.add(Expr::exists(others).not()))
    }

    /// What the rule asks of each record, besides the window that moves.
    fn of_the_rule(
        &self,
        compiler: &mut Compiler<'_>,
        unless: &Unless,
        way: &Way,
        alias: &Alias,
    ) -> Condition {
        let Relation { filter, within, .. } = &unless.relation;
        let mut all = Condition::all();
        if let Some(filter) = filter {
            all = all.add(compiler.rule(filter, self.of, alias, "", 0));
        }
        match (within, &unless.which) {
            (None, _) | (_, Which::Within(_)) => all,
            (Some(within), _) => all.add(window(compiler, within, way.date, self.of, alias, "")),
        }
    }

    fn within_at_both(
        &self,
        [first, last]: &[Option<End>; 2],
        place: &Place<'_>,
        between: &Between,
    ) -> Condition {
        let date = || place.value(self);
        let fixed = |end: &End, is_last| {
            let (value, after) = time::moment(end, is_last, &self.field.kind, place.scope).ok()?;
            Some((held_as(&self.field.held, value), after))
        };
        let passed = |shift| self.passed(shift, between, place.scope.actor);
        let first = first.as_ref().and_then(|end| match end {
            End::Moving(shift) => Some(date().gte(passed(shift)[1].clone())),
            end => fixed(end, false).map(|(value, _)| date().gte(value)),
        });
        let last = last.as_ref().and_then(|end| match end {
            End::Moving(shift) => Some(date().lte(passed(shift)[0].clone())),
            end => fixed(end, true).map(|(value, after)| match after {
                true => date().lt(value),
                false => date().lte(value),
            }),
        });
        Condition::all().add_option(first).add_option(last)
    }

    /// The customers from whom the way leads to these records.
    fn customers(&self, mut records: SelectStatement, scope: Scope<'_>) -> Result<SelectStatement> {
        for (depth, (from, way)) in self.way.iter().enumerate().rev() {
            let there = Place::at(depth + 1, scope);
            let here = Place::at(depth, scope);
            records.expr(Expr::col((there.alias, Alias::new(way.to))));
            let mut before = here.rows(from)?;
            let ours = Expr::col((here.alias, Alias::new(way.from)));
            before.and_where(ours.in_subquery(records));
            records = before;
        }
        let customer = Place::at(0, scope).alias;
        Ok(records.expr(Expr::col((customer, Alias::new("id")))).take())
    }

    /// The first time that none of the times that are compared with so has passed at a moment, for each of these;
    /// nothing where days are compared.
    pub fn next(
        &self,
        at: DateTime<Utc>,
        scope: Scope<'_>,
    ) -> Result<Vec<(&Passes, SelectStatement)>> {
        let How::From(passes) = &self.how else { return Ok(Vec::new()) };
        if self.is_by_day() {
            return Ok(Vec::new());
        }
        let place = Place::new(self, scope);
        let each = passes.iter().map(|passes| {
            let now = held_as(&self.field.held, passes.shift.from_moment(at).into());
            let date = place.value(self);
            let ahead = match passes.when {
                When::Reached => date.clone().gt(now),
                When::Passed | When::Both => date.clone().gte(now),
            };
            let mut first = place.rows(self.of)?;
            first.expr_as(Expr::expr(Func::min(date)), Alias::new("first")).and_where(ahead);
            Ok((passes, first))
        });
        each.collect()
    }
}

/// Where records are, in a statement.
struct Place<'a> {
    alias: Alias,
    scope: Scope<'a>,
}

impl<'a> Place<'a> {
    fn at(depth: usize, scope: Scope<'a>) -> Self {
        Self { alias: Alias::new(format!("m{depth}")), scope }
    }

    fn new(of: &Moving, scope: Scope<'a>) -> Self {
        Self::at(of.way.len(), scope)
    }

    fn value(&self, of: &Moving) -> Expr {
        value_of(&of.field, &of.field.held, &self.alias, self.scope.backend)
    }

    /// The records that the actor may read and that are not deleted.
    fn rows(&self, of: &Catalogue) -> Result<SelectStatement> {
        let rows = self.scope.actor.rows(of, &self.alias, Verb::Read);
        let rows = rows.ok_or(Error::Forbidden { verb: "read", resource: of.read_as })?;
        let is_there = |column| Expr::col((self.alias.clone(), Alias::new(column))).is_null();
        Ok(Query::select()
            .from_as(Alias::new(&of.table), self.alias.clone())
            .cond_where(rows)
            .and_where_option(of.deleted_at.map(is_there))
            .to_owned())
    }
}
