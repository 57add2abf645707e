//! Membership follows what happened: for each segment it is found out who may have moved, and only they are looked at.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use rapport_entity::{
    rule::{Comparison, Rule},
    segmentation::segment,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{
    changes::{Changes, Known, MANY, Touched},
    dependencies::{Dependency, dependencies, levels, named},
    evaluation::{Cause, Segment, evaluate, prepare, set_evaluated},
    scores,
};
use crate::kernel::{Result, Tx};

/// So many segments are evaluated by one statement.
const AT_ONCE: usize = 20;

/// And so many values are bound by one statement: SQLite takes 32,766, PostgreSQL 65,535.
const MOST_PARAMETERS: usize = 20_000;

/// Makes membership follow a stretch of the log.
pub async fn follow(tx: &Tx<'_>, mut changes: Changes, pace: TimeDelta) -> Result<()> {
    scores::follow(tx, &mut changes, pace).await?;
    let (live, gone) = segments(tx, &changes.segments).await?;
    if live.is_empty() && gone.is_empty() {
        return Ok(());
    }
    prepare(tx).await?;
    for segment in gone {
        rebuild(tx, &mut changes, &segment).await?;
        set_evaluated(tx, &[segment], None).await?;
    }
    let mut known = Known::default();
    let live: BTreeMap<Uuid, Followed> = live.into_iter().map(|of| (of.segment.id, of)).collect();
    for level in levels(live.iter().map(|(id, of)| (*id, of.names())).collect()) {
        let level: Vec<&Followed> = level.iter().filter_map(|id| live.get(id)).collect();
        follow_level(tx, &mut changes, &mut known, &level).await?;
    }
    Ok(())
}

/// Evaluates every segment over everybody, whatever happened.
pub async fn rebuild_all(tx: &Tx<'_>, pace: TimeDelta) -> Result<()> {
    follow(tx, Changes::of_everything(), pace).await
}

/// A segment and what it depends on.
struct Followed {
    segment: Segment,
    dependencies: BTreeSet<Dependency>,
}

impl Followed {
    /// The segments that its rule names.
    fn names(&self) -> BTreeSet<Uuid> {
        let named = self.segment.rule.as_ref().map(|rule| named(rule, "")).unwrap_or_default();
        named.into_iter().map(|named| named.id.uuid()).collect()
    }
}

/// The segments there are, and those of `changed` that are deleted.
async fn segments(tx: &Tx<'_>, changed: &BTreeSet<Uuid>) -> Result<(Vec<Followed>, Vec<Segment>)> {
    let rows = segment::Entity::find()
        .filter(segment::Column::WorkspaceId.eq(tx.actor().workspace))
        .filter(
            Condition::any()
                .add(segment::Column::DeletedAt.is_null())
                .add(segment::Column::Id.is_in(changed.iter().copied())),
        )
        .all(tx.transaction())
        .await?;
    let (mut live, mut gone) = (Vec::new(), Vec::new());
    for row in rows {
        let (id, version) = (row.id.uuid(), row.version);
        match row.deleted_at {
            None => live.push(Followed {
                dependencies: dependencies(&row.rule),
                segment: Segment { id, version, rule: Some(row.rule) },
            }),
            Some(_) => gone.push(Segment { id, version, rule: None }),
        }
    }
    Ok((live, gone))
}

/// Segments that do not depend on each other.
async fn follow_level(
    tx: &Tx<'_>,
    changes: &mut Changes,
    known: &mut Known,
    level: &[&Followed],
) -> Result<()> {
    let mut alike: BTreeMap<BTreeSet<Uuid>, Vec<Segment>> = BTreeMap::new();
    for of in level {
        let anew = changes.meaning || changes.segments.contains(&of.segment.id);
        let touched = match anew {
            true => Touched::Everybody,
            false => known.touched(tx, changes, &of.dependencies).await?,
        };
        match touched {
            Touched::Everybody => rebuild(tx, changes, &of.segment).await?,
            Touched::These(ids) if ids.is_empty() => {}
            Touched::These(ids) => alike.entry(ids).or_default().push(of.segment.clone()),
        }
    }
    for (touched, segments) in alike {
        let touched: Vec<Uuid> = touched.into_iter().collect();
        for group in groups(segments) {
            look_at(tx, changes, &group, Some(&touched), Cause::Data).await?;
        }
    }
    Ok(())
}

/// Segments that fit into one statement together: databases take so many parameters and no more.
fn groups(segments: Vec<Segment>) -> Vec<Vec<Segment>> {
    let mut groups: Vec<Vec<Segment>> = Vec::new();
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
        Rule::Segment(_) => OF_A_CONDITION,
    }
}

/// Evaluates a segment over everybody.
async fn rebuild(tx: &Tx<'_>, changes: &mut Changes, segment: &Segment) -> Result<()> {
    let cause = match changes.meaning || changes.segments.contains(&segment.id) {
        true => Cause::Rule,
        false => Cause::Data,
    };
    let segment = std::slice::from_ref(segment);
    set_evaluated(tx, segment, Some(tx.now())).await?;
    look_at(tx, changes, segment, None, cause).await
}

async fn look_at(
    tx: &Tx<'_>,
    changes: &mut Changes,
    segments: &[Segment],
    touched: Option<&[Uuid]>,
    cause: Cause,
) -> Result<()> {
    let moved = evaluate(tx, segments, touched, cause).await?;
    if moved.len() > MANY {
        for segment in segments {
            changes.moved(segment.id, Touched::Everybody);
        }
        return Ok(());
    }
    for moved in moved {
        changes.moved(moved.segment_id, Touched::These([moved.customer_id].into()));
    }
    Ok(())
}
