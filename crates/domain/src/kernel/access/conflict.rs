use std::collections::{BTreeSet, HashSet};

use rapport_entity::log::event;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Map, Value as Json};

use super::{Tx, event::flat, update::Change};
use crate::kernel::{
    catalogue::Described,
    error::{Error, Fault, Result, Values},
};

/// Whether a change that is made from an earlier version would undo what somebody else has changed since. What they have
/// made of other members stays; so does what the caller has changed themselves, by an answer that was lost.
///
/// # Errors
/// [`Error::Conflict`] names each member that both have changed, with both values; [`Error::Stale`] where nobody knows
/// any more what was changed.
pub async fn check<E: Described>(tx: &Tx<'_>, before: &E::Model, change: &Change) -> Result<()> {
    let Some(base) = tx.changed_from(E::id(before).uuid()) else { return Ok(()) };
    if base >= E::version(before) {
        return Ok(());
    }
    let others = members_changed_by_others::<E>(tx, before, base).await?;
    let (before, after) = (flat(&change.before), flat(&change.after));
    let ours: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let faults: Vec<Fault> = ours
        .into_iter()
        .filter(|member| others.contains(*member))
        .map(|member| fault(member, &before, &after))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::Conflict(faults)) }
}

async fn members_changed_by_others<E: Described>(
    tx: &Tx<'_>,
    row: &E::Model,
    base: i32,
) -> Result<HashSet<String>> {
    let events = event::Entity::find()
        .filter(event::Column::WorkspaceId.eq(tx.actor().workspace))
        .filter(event::Column::SubjectId.eq(E::id(row).uuid()))
        .filter(event::Column::SubjectVersion.gt(base))
        .all(tx.transaction())
        .await?;
    // Of what is done in the same transaction, no event is written yet: it is the caller's own.
    let own = tx.versions_made(E::id(row).uuid());
    let versions: HashSet<i32> =
        events.iter().map(|event| event.subject_version).chain(own).collect();
    if (base + 1..=E::version(row)).any(|version| !versions.contains(&version)) {
        return Err(Error::Stale(E::version(row)));
    }
    let me = tx.actor().caller();
    let others = events.iter().filter(|event| me.is_none() || event.actor_id != me);
    Ok(others
        .flat_map(|event| ["before", "after"].map(|side| &event.data[side]))
        .flat_map(names)
        .collect())
}

fn names(members: &Json) -> Vec<String> {
    let keys = |members: Map<String, Json>| members.into_iter().map(|(name, _)| name).collect();
    members.as_object().map(|members| keys(flat(members))).unwrap_or_default()
}

fn fault(member: &str, before: &Map<String, Json>, after: &Map<String, Json>) -> Fault {
    let value = |members: &Map<String, Json>| members.get(member).cloned().unwrap_or_default();
    let values = Values { yours: value(after), theirs: value(before) };
    let why = "somebody else has changed it since";
    let at = format!("/{}", member.replace("custom.", "custom/"));
    Fault { values: Some(Box::new(values)), ..Fault::new(at, why) }
}
