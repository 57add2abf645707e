//! Who comes to have what. It is read off the events that are saved, so no way of changing an owner can forget it, and where
//! no owner changes it costs nothing.

use std::collections::{HashMap, HashSet};

use rapport_entity::{identity::user, log::event, ownership::ownership_change};
use sea_orm::ConnectionTrait;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::kernel::{bulk, error::Result};

/// The resources of which is kept who had them. Of opportunities their periods tell it.
const KEPT: [&str; 2] = ["customer", "lead"];

/// Keeps what events tell of owners, in the transaction that they are saved in.
pub async fn keep(db: &impl ConnectionTrait, events: &[event::Model]) -> Result<()> {
    bulk::insert::<ownership_change::Entity>(db, &changes(events), None).await
}

/// The changes of owners that events tell of: of a record one, however often its owner changes. Whoever has a record as soon
/// as it is made has had it from the beginning.
fn changes(events: &[event::Model]) -> Vec<ownership_change::Model> {
    let told: Vec<ownership_change::Model> = events.iter().filter_map(change).collect();
    if told.is_empty() {
        return told;
    }
    let made = events.iter().filter(|event| event.name.ends_with(".created"));
    let made: HashSet<Uuid> = made.map(|event| event.subject_id).collect();
    let mut changes: Vec<ownership_change::Model> = Vec::new();
    let mut places: HashMap<Uuid, usize> = HashMap::new();
    for change in told.into_iter().filter(|change| !made.contains(&change.subject_id)) {
        let place = *places.entry(change.subject_id).or_insert(changes.len());
        match changes.get_mut(place) {
            Some(known) => {
                let owner_before = known.owner_before;
                *known = ownership_change::Model { owner_before, ..change };
            }
            None => changes.push(change),
        }
    }
    changes.retain(|change| change.owner_before != change.owner_id);
    changes
}

/// What an event tells of an owner's change.
fn change(event: &event::Model) -> Option<ownership_change::Model> {
    let (resource, way) = event.name.split_once('.')?;
    if !KEPT.contains(&resource) {
        return None;
    }
    let (before, after) = (event.data.get("before")?, event.data.get("after")?);
    let owner = |members: &Json| {
        let owner = members.get("ownerId")?;
        serde_json::from_value::<Option<user::Id>>(owner.clone()).ok()
    };
    Some(ownership_change::Model {
        workspace_id: event.workspace_id,
        resource: resource.to_owned(),
        subject_id: event.subject_id,
        subject_version: event.subject_version,
        at: event.at,
        way: way.to_owned(),
        owner_before: owner(before)?,
        owner_id: owner(after)?,
        actor_kind: event.actor_kind,
        actor_id: event.actor_id,
        reason: after.get("reason").and_then(Json::as_str).and_then(|text| text.parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use proptest::prelude::{any, prop_assert_eq, proptest};
    use rapport_entity::log::event::ActorKind;
    use serde_json::json;

    use super::*;

    fn event(name: &str, version: i32, before: Json, after: Json) -> event::Model {
        event::Model {
            seq: 0,
            workspace_id: Default::default(),
            id: Uuid::nil(),
            name: name.to_owned(),
            subject_id: Uuid::from_u128(7),
            subject_version: version,
            customer_id: None,
            actor_kind: ActorKind::User,
            actor_id: None,
            at: DateTime::<Utc>::UNIX_EPOCH,
            data: json!({ "before": before, "after": after }),
        }
    }

    fn owner(number: u8) -> Json {
        match number {
            0 => Json::Null,
            number => json!(Uuid::from_u128(number.into())),
        }
    }

    proptest! {
        #[test]
        fn of_all_changes_in_a_transaction_the_first_owner_and_the_last_are_kept(
            owners in proptest::collection::vec(0_u8..4, 2..9),
            made in any::<bool>(),
        ) {
            let mut events = vec![event("customer.updated", 1, json!({ "name": "a" }), json!({ "name": "b" }))];
            if made {
                events.push(event("customer.created", 1, json!({}), json!({ "ownerId": owner(owners[0]) })));
            }
            for (n, pair) in owners.windows(2).enumerate().filter(|(_, pair)| pair[0] != pair[1]) {
                let (was, is) = (json!({ "ownerId": owner(pair[0]) }), json!({ "ownerId": owner(pair[1]) }));
                events.push(event("customer.updated", n as i32 + 2, was, is));
            }
            let kept = changes(&events);
            let (first, last) = (owners[0], owners[owners.len() - 1]);
            let expected = if made || first == last { Vec::new() } else { vec![(owner(first), owner(last))] };
            let kept: Vec<_> = kept.iter().map(|kept| (json!(kept.owner_before), json!(kept.owner_id))).collect();
            prop_assert_eq!(kept, expected);
        }
    }

    #[test]
    fn why_is_kept_and_other_resources_are_not() {
        let (was, is) = (
            json!({ "ownerId": owner(1) }),
            json!({ "ownerId": null, "reason": "Nobody answers" }),
        );
        let kept = changes(&[event("lead.released", 3, was.clone(), is.clone())]);
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].reason.as_ref().map(|reason| reason.as_str()), Some("Nobody answers"));
        assert_eq!((kept[0].way.as_str(), kept[0].subject_version), ("released", 3));
        assert!(changes(&[event("task.updated", 3, was, is)]).is_empty());
    }
}
