//! What time alone changes in a rule: each date or time that is compared with now. Who is touched when time passes is
//! found by looking for the dates that lie between where it was and where it is, and not by looking at everybody.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::{
    Shift,
    rule::{Aggregate, Comparison, Relation, Rule},
};
use serde_json::Value as Json;

use super::{
    anniversary,
    held::held_as,
    time::{self, End, day_of, start_of},
};
use crate::kernel::{
    catalogue::{Catalogue, Field, FieldKind, Held, Relation as Way},
    policy::Actor,
};

/// A date or time that is compared with now.
#[derive(Clone, Debug)]
pub struct Moving {
    /// The steps from the customer to the records whose date it is: where each begins, and the relation.
    pub(super) way: Vec<(&'static Catalogue, &'static Way)>,
    /// What the records are.
    pub(super) of: &'static Catalogue,
    /// The date.
    pub(super) field: Field,
    /// How it is compared.
    pub(super) how: How,
    /// What keeps a customer from being touched.
    pub(super) unless: Option<Unless>,
}

/// How a date is compared with now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// With something that is so far from now.
    From(Vec<Passes>),
    /// By the day of the year, from so many days after today to so many.
    ComesRound(i64, i64),
}

/// A moment that moves with time, and when what is said of a date changes as it passes the date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passes {
    pub(super) shift: Shift,
    pub(super) when: When,
}

/// When what is said of a date changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Once the moment is the date (at most, more than).
    Reached,
    /// Once the moment is after the date (less than, at least).
    Passed,
    /// Both (equals).
    Both,
}

/// A record that keeps time's passing over another from making a difference: the rule asks only whether there is one,
/// or for the last or the first.
#[derive(Clone, Debug)]
pub(super) struct Unless {
    /// The relation of the rule, of which time moves nothing else.
    pub relation: Relation,
    /// Which of the records keep it.
    pub which: Which,
}

/// Which records keep it.
#[derive(Clone, Debug)]
pub(super) enum Which {
    /// Those that are within the window at both times.
    Within([Option<End>; 2]),
    /// Those with a later date.
    Later,
    /// Those with an earlier date.
    Earlier,
}

/// Everything in a rule on customers that time alone moves.
pub fn moving(rule: &Rule, of: &'static Catalogue, actor: &Actor) -> Vec<Moving> {
    let mut walk = Walk { actor, found: Vec::new(), way: Vec::new() };
    walk.rule(rule, of);
    walk.found
}

struct Walk<'a> {
    actor: &'a Actor,
    found: Vec<Moving>,
    way: Vec<(&'static Catalogue, &'static Way)>,
}

impl Walk<'_> {
    fn rule(&mut self, rule: &Rule, of: &'static Catalogue) {
        match rule {
            Rule::All(rules) | Rule::Any(rules) => {
                rules.iter().for_each(|rule| self.rule(rule, of))
            }
            Rule::Not(rule) => self.rule(rule, of),
            Rule::Compare(compare) => self.compare(compare, of),
            Rule::Relation(relation) => self.relation(relation, of),
            Rule::Segment(_) | Rule::Sample(_) => {}
        }
    }

    fn field(&self, of: &'static Catalogue, name: &str) -> Option<Field> {
        self.actor.field(of, name).cloned()
    }

    fn add(&mut self, of: &'static Catalogue, field: Field, how: How, unless: Option<Unless>) {
        self.found.push(Moving { way: self.way.clone(), of, field, how, unless });
    }

    fn compare(&mut self, rule: &Comparison, of: &'static Catalogue) {
        let Some(field) = self.field(of, &rule.field) else { return };
        if let Some(days) = &rule.anniversary {
            let (from, to) = anniversary::ends(days);
            self.add(of, field.clone(), How::ComesRound(from, to), None);
        }
        let lists = [&rule.one_of, &rule.not_in].into_iter().flatten().flatten();
        let equal = [&rule.eq, &rule.ne].into_iter().flatten().chain(lists);
        let passes: Vec<Passes> = equal
            .filter_map(|json| passes(json, &field, When::Both))
            .chain(ordered([&rule.lt, &rule.lte, &rule.gt, &rule.gte], &field))
            .collect();
        if !passes.is_empty() {
            self.add(of, field, How::From(passes), None);
        }
    }

    fn relation(&mut self, rule: &Relation, of: &'static Catalogue) {
        let Some(way) = of.relation(&rule.name) else { return };
        let target = (way.target)();
        self.way.push((of, way));
        let before = self.found.len();
        if let Some(filter) = &rule.filter {
            self.rule(filter, target);
        }
        let filter_moves = self.found.len() > before;
        let window_moves = self.window(rule, way, target, filter_moves);
        for (aggregate, which) in [(&rule.max, Which::Later), (&rule.min, Which::Earlier)] {
            if let Some(aggregate) = aggregate {
                let kept = (!filter_moves && !window_moves).then_some(which);
                self.aggregate(rule, aggregate, target, kept);
            }
        }
        self.way.pop();
    }

    /// The window of a relation; whether it moves.
    fn window(
        &mut self,
        rule: &Relation,
        way: &Way,
        target: &'static Catalogue,
        filter_moves: bool,
    ) -> bool {
        let Some(within) = &rule.within else { return false };
        let name = within.field.as_deref().unwrap_or(way.date);
        let Some(field) = self.field(target, name) else { return false };
        let ends = time::ends(within, &field.kind, &mut Vec::new());
        let passes: Vec<Passes> = ends
            .iter()
            .zip([When::Passed, When::Reached])
            .filter_map(|(end, when)| match end {
                Some(End::Moving(shift)) => Some(Passes { shift: shift.clone(), when }),
                _ => None,
            })
            .collect();
        if passes.is_empty() {
            return false;
        }
        let unless = (!filter_moves && asks_for_one(rule))
            .then(|| Unless { relation: rule.clone(), which: Which::Within(ends) });
        self.add(target, field, How::From(passes), unless);
        true
    }

    /// The last or first date of the related records.
    fn aggregate(
        &mut self,
        rule: &Relation,
        aggregate: &Aggregate,
        target: &'static Catalogue,
        kept: Option<Which>,
    ) {
        let Some(field) = self.field(target, &aggregate.field) else { return };
        let equal = aggregate.eq.iter().filter_map(|json| passes(json, &field, When::Both));
        let bounds = [&aggregate.lt, &aggregate.lte, &aggregate.gt, &aggregate.gte];
        let passes: Vec<Passes> = equal.chain(ordered(bounds, &field)).collect();
        if !passes.is_empty() {
            let unless = kept.map(|which| Unless { relation: rule.clone(), which });
            self.add(target, field, How::From(passes), unless);
        }
    }
}

/// Whether a relation asks for nothing but that there is a record.
fn asks_for_one(rule: &Relation) -> bool {
    let many = [&rule.sum, &rule.min, &rule.max, &rule.avg];
    rule.count.is_none() && rule.distinct.is_none() && many.into_iter().all(Option::is_none)
}

fn passes(json: &Json, field: &Field, when: When) -> Option<Passes> {
    let shift = time::shift(json, &field.kind)?.ok()?;
    Some(Passes { shift, when })
}

/// The bounds less than, at most, more than and at least.
fn ordered(bounds: [&Option<Json>; 4], field: &Field) -> Vec<Passes> {
    let whens = [When::Passed, When::Reached, When::Reached, When::Passed];
    let each = bounds.into_iter().zip(whens);
    each.filter_map(|(json, when)| passes(json.as_ref()?, field, when)).collect()
}

/// Between two looks at times, however many of them pass: those that an index finds, and those that it takes a look at
/// every record to find.
const INDEXED: TimeDelta = TimeDelta::seconds(1);
const SOUGHT: TimeDelta = TimeDelta::minutes(10);

impl Moving {
    /// The kind of record whose date it is, and the date's name.
    pub fn about(&self) -> (&'static str, &str) {
        (self.of.name, &self.field.name)
    }

    /// Whether the date is in a column of its own; others are text.
    pub fn is_in_a_column(&self) -> bool {
        matches!(self.field.held, Held::Column(_))
    }

    /// Whether it moves by whole days.
    pub fn is_by_day(&self) -> bool {
        self.field.kind == FieldKind::Date
    }

    /// Where `shift` has moved between two moments, whichever is the later, as far as dates in it change.
    pub(super) fn passed(
        &self,
        shift: &Shift,
        between: &Range<DateTime<Utc>>,
        actor: &Actor,
    ) -> [sea_orm::Value; 2] {
        let place = |at: DateTime<Utc>| {
            let value = match self.is_by_day() {
                true => shift.from_day(day_of(at, actor)).into(),
                false => shift.from_moment(at).into(),
            };
            held_as(&self.field.held, value)
        };
        [place(between.start.min(between.end)), place(between.start.max(between.end))]
    }

    /// When a time passes the next record's, of which this is the first that has not been passed at `at`.
    pub fn next_at(
        &self,
        passes: &Passes,
        first: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> DateTime<Utc> {
        let reached = passes.shift.reaches(first);
        let after = passes.shift.reaches(first + TimeDelta::microseconds(1));
        let next = match passes.when {
            When::Reached => reached,
            When::Passed => after,
            When::Both if reached > at => reached,
            When::Both => after,
        };
        next.max(at + if self.field.indexed { INDEXED } else { SOUGHT })
    }
}

/// The moment at which the next day begins in the workspace.
pub fn next_day(at: DateTime<Utc>, actor: &Actor) -> DateTime<Utc> {
    let today = day_of(at, actor);
    let next = today.succ_opt().unwrap_or(today);
    start_of(next, actor).max(at + TimeDelta::microseconds(1))
}
