//! Membership follows what happened: for each segment it is found out who may have moved, and only they are looked at.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, Utc};
use rapport_entity::{
    log::event,
    rule::{Comparison, Rule},
};
use uuid::Uuid;

use super::{
    causes::ToldBy,
    evaluation::{Cause, Look, Segment, evaluate, prepare, set_evaluated},
    rules::{Rules, rules},
    snapshots,
};
use crate::{
    following::{Changes, Due, Group, Known, MANY, Touched},
    kernel::{Between, Result, Tx},
};

/// So many segments are evaluated by one statement.
const AT_ONCE: usize = 50;

/// And so many values are bound by one statement: SQLite takes 32,766, PostgreSQL 65,535.
const MOST_PARAMETERS: usize = 20_000;

/// The segments that came or went or have another rule.
fn with_other_rules(events: &[event::Model]) -> BTreeSet<Uuid> {
    let other_rule = |event: &&event::Model| match event.name.as_str() {
        "segment.created" | "segment.deleted" | "segment.restored" => true,
        "segment.updated" => event.data["after"].get("rule").is_some(),
        _ => false,
    };
    events.iter().filter(other_rule).map(|event| event.subject_id).collect()
}

/// Makes membership follow a stretch of the log. Gives back when time moves somebody because of it.
pub async fn follow(
    tx: &Tx<'_>,
    changes: Changes,
    events: &[event::Model],
    at: DateTime<Utc>,
) -> Result<Due> {
    let other_rules = &with_other_rules(events);
    let rules = rules(tx).await?;
    let told_by = ToldBy::read(events);
    let mut work = Work { tx, at, rules: &rules, changes, known: Known::default(), told_by };
    prepare(tx).await?;
    for segment in other_rules.iter().filter_map(|id| rules.gone.get(id)) {
        work.rebuild(segment, Cause::Rule).await?;
        set_evaluated(tx, std::slice::from_ref(segment), None).await?;
    }
    let mut due = None;
    let anew = if work.changes.meaning {
        rules.live.keys().copied().collect()
    } else {
        other_rules.clone()
    };
    for level in &rules.levels {
        let ids: Vec<Uuid> = level.keys().iter().filter(|id| anew.contains(id)).copied().collect();
        snapshots::take(tx, &ids, at).await?;
        work.anew(&ids).await?;
        let touched = level.touched(tx, &work.changes, &mut work.known).await?;
        work.look_at(touched, other_rules, Cause::Data).await?;
        let next = match work.changes.meaning || !other_rules.is_empty() {
            true => level.due(tx, at).await?,
            false => level.due_after(tx, &work.changes, at).await?,
        };
        due = due.into_iter().chain(next).min();
    }
    Ok(due)
}

/// Moves those whom time has moved since a moment, and those whom what it changed has. Gives back when it moves somebody
/// next.
pub async fn pass(
    tx: &Tx<'_>,
    changes: Changes,
    since: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Result<Due> {
    let rules = rules(tx).await?;
    let told_by = ToldBy::default();
    let mut work = Work { tx, at, rules: &rules, changes, known: Known::default(), told_by };
    prepare(tx).await?;
    let mut due = None;
    let none = BTreeSet::new();
    for level in &rules.levels {
        let passed = level.passed(tx, &Between { start: since, end: at }).await?;
        work.look_at(passed, &none, Cause::Time).await?;
        let touched = level.touched(tx, &work.changes, &mut work.known).await?;
        work.look_at(touched, &none, Cause::Time).await?;
        due = due.into_iter().chain(level.due(tx, at).await?).min();
    }
    Ok(due)
}

/// Membership being brought up to date.
struct Work<'w, 't> {
    tx: &'w Tx<'t>,
    at: DateTime<Utc>,
    rules: &'w Rules,
    changes: Changes,
    known: Known,
    told_by: ToldBy,
}

impl Work<'_, '_> {
    /// Evaluates segments over everybody, whoever was touched.
    async fn anew(&mut self, ids: &[Uuid]) -> Result<()> {
        for id in ids {
            self.rebuild_one(*id, Cause::Rule).await?;
        }
        Ok(())
    }

    /// Looks at those who were touched, of segments that are not evaluated anew anyway.
    async fn look_at(
        &mut self,
        touched: Vec<Group<Uuid>>,
        other_rules: &BTreeSet<Uuid>,
        cause: Cause,
    ) -> Result<()> {
        if self.changes.meaning {
            return Ok(());
        }
        for Group { who, keys } in touched {
            let mut keys = keys;
            keys.retain(|id| !other_rules.contains(id));
            match who {
                Touched::Everybody => {
                    for id in keys {
                        self.rebuild_one(id, cause).await?;
                    }
                }
                Touched::These(ids) => {
                    let ids: Vec<Uuid> = ids.into_iter().collect();
                    let segments = keys.iter().filter_map(|id| self.rules.live.get(id).cloned());
                    for group in groups(segments.collect()) {
                        self.evaluate(&group, Some(&ids), cause).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn rebuild_one(&mut self, id: Uuid, cause: Cause) -> Result<()> {
        match self.rules.live.get(&id).cloned() {
            Some(segment) => self.rebuild(&segment, cause).await,
            None => Ok(()),
        }
    }

    /// Evaluates a segment over everybody.
    async fn rebuild(&mut self, segment: &Arc<Segment>, cause: Cause) -> Result<()> {
        let segment = std::slice::from_ref(segment);
        set_evaluated(self.tx, segment, Some(self.at)).await?;
        self.evaluate(segment, None, cause).await
    }

    async fn evaluate(
        &mut self,
        segments: &[Arc<Segment>],
        touched: Option<&[Uuid]>,
        cause: Cause,
    ) -> Result<()> {
        let told_by = &self.told_by;
        let look = Look { touched, at: self.at, cause, told_by };
        let moved = evaluate(self.tx, segments, look).await?;
        if moved.len() > MANY {
            for segment in segments {
                self.changes.moved(segment.id, Touched::Everybody);
            }
            return Ok(());
        }
        for moved in moved {
            self.changes.moved(moved.segment_id, Touched::These([moved.customer_id].into()));
        }
        Ok(())
    }
}

/// Segments that fit into one statement together: databases take so many parameters and no more.
fn groups(segments: Vec<Arc<Segment>>) -> Vec<Vec<Arc<Segment>>> {
    let mut groups: Vec<Vec<Arc<Segment>>> = Vec::new();
    let mut values = 0;
    for segment in segments {
        let more = segment.rule.as_ref().map_or(0, parameters);
        match groups.last_mut() {
            Some(group) if group.len() < AT_ONCE && values + more <= MOST_PARAMETERS => {
                values += more;
                group.push(segment);
            }
            _ => {
                values = more;
                groups.push(vec![segment]);
            }
        }
    }
    groups
}

/// How many values a rule binds, at most: each condition some of its own, and each list its members.
fn parameters(rule: &Rule) -> usize {
    const OF_A_CONDITION: usize = 12;
    let lists = |compare: &Comparison| {
        let length = |list: &Option<Vec<_>>| list.as_ref().map_or(0, Vec::len);
        2 * (length(&compare.one_of) + length(&compare.not_in))
    };
    match rule {
        Rule::All(rules) | Rule::Any(rules) => rules.iter().map(parameters).sum(),
        Rule::Not(rule) => parameters(rule),
        Rule::Compare(compare) => OF_A_CONDITION + lists(compare),
        Rule::Relation(relation) => {
            3 * OF_A_CONDITION + relation.filter.as_ref().map_or(0, |rule| parameters(rule))
        }
        Rule::Segment(_) | Rule::Sample(_) => OF_A_CONDITION,
    }
}
