use std::collections::HashSet;

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use rapport_entity::lifecycle::lifecycle_stage::{Kind, Model};
use serde_json::json;
use uuid::Uuid;

use super::choice::{Known, next};
use crate::testing::from;

fn stage(n: u128, kind: Kind, position: i32, is_initial: bool) -> Model {
    Model {
        id: Uuid::from_u128(n + 1).into(),
        workspace_id: Uuid::from_u128(99).into(),
        name: from(json!(format!("Stage {n}"))),
        sort_name: String::new(),
        key: from(json!(format!("stage-{n}"))),
        kind,
        position: from(json!(position)),
        description: None,
        entry_rule: None,
        exit_rule: None,
        maximum_days: None,
        is_initial,
        cooldown_days: from(json!(0)),
        version: 1,
        created_at: DateTime::<Utc>::UNIX_EPOCH,
        updated_at: DateTime::<Utc>::UNIX_EPOCH,
        deleted_at: None,
    }
}

/// The stages that each holds of, by their places.
#[derive(Clone, Debug, Default)]
struct Holds {
    enters: HashSet<usize>,
    leaves: HashSet<usize>,
    rests: HashSet<usize>,
}

impl Known for (&Holds, &[Model]) {
    fn enters(&self, stage: &Model) -> bool {
        self.1.iter().position(|of| of.id == stage.id).is_some_and(|n| self.0.enters.contains(&n))
    }

    fn leaves(&self, stage: &Model) -> bool {
        self.1.iter().position(|of| of.id == stage.id).is_some_and(|n| self.0.leaves.contains(&n))
    }

    fn rests(&self, stage: &Model) -> bool {
        self.1.iter().position(|of| of.id == stage.id).is_some_and(|n| self.0.rests.contains(&n))
    }
}

fn usual() -> Vec<Model> {
    use Kind::{Acquired, Attracted, Lapsed, Lost, Loyal, Other, Transacting, WonBack};
    [
        (Attracted, 10, true),
        (Acquired, 20, false),
        (Transacting, 30, false),
        (Other, 30, false),
        (Loyal, 50, false),
        (Lapsed, 60, false),
        (Lost, 70, false),
        (WonBack, 80, false),
    ]
    .into_iter()
    .enumerate()
    .map(|(n, (kind, position, initial))| stage(n as u128, kind, position, initial))
    .collect()
}

fn places() -> impl Strategy<Value = HashSet<usize>> {
    proptest::collection::hash_set(0_usize..8, 0..6)
}

proptest! {
    /// Whatever holds: whoever was moved stays, as long as nothing changes but that the stage that was left rests.
    #[test]
    fn whoever_was_moved_stays(enters in places(), leaves in places(), rests in places(), here in proptest::option::of(0_usize..8)) {
        let stages = usual();
        let mut holds = Holds { enters, leaves, rests };
        let present = here.map(|n| stages[n].id);
        if let Some(to) = next(&stages, present, &(&holds, &stages[..])) {
            prop_assert!(Some(to.id) != present);
            prop_assert!(!matches!(to.kind, Kind::Lost | Kind::WonBack));
            holds.rests.extend(here);
            prop_assert_eq!(next(&stages, Some(to.id), &(&holds, &stages[..])).map(|stage| stage.key.clone()), None);
        }
    }

    /// Nobody who is lost is moved by a rule.
    #[test]
    fn the_lost_stay_lost(enters in places(), leaves in places(), rests in places()) {
        let stages = usual();
        let holds = Holds { enters, leaves, rests };
        prop_assert!(next(&stages, Some(stages[6].id), &(&holds, &stages[..])).is_none());
    }
}

#[test]
fn the_highest_position_is_taken_and_nobody_goes_back_but_to_lapse_or_by_an_exit_rule() {
    let stages = usual();
    let to = |here: Option<usize>, enters: &[usize], leaves: &[usize], rests: &[usize]| {
        let set = |places: &[usize]| places.iter().copied().collect();
        let holds = Holds { enters: set(enters), leaves: set(leaves), rests: set(rests) };
        let there = next(&stages, here.map(|n| stages[n].id), &(&holds, &stages[..]));
        there.and_then(|stage| stages.iter().position(|of| of.id == stage.id))
    };
    assert_eq!(to(Some(0), &[1, 2], &[], &[]), Some(2), "the highest position");
    assert_eq!(to(Some(0), &[2, 3], &[], &[]), Some(2), "of two alike the first by its key");
    assert_eq!(to(Some(4), &[1, 2], &[], &[]), None, "not back");
    assert_eq!(to(Some(4), &[1, 2], &[4], &[]), Some(2), "back by the exit rule");
    assert_eq!(to(Some(4), &[], &[4], &[]), Some(0), "to where customers begin");
    assert_eq!(to(Some(4), &[5], &[], &[]), Some(5), "to lapse");
    assert_eq!(to(Some(5), &[5, 4], &[], &[]), None, "lapsed, and it still holds");
    assert_eq!(to(Some(5), &[4], &[], &[]), Some(4), "bought again");
    assert_eq!(to(Some(0), &[2], &[2], &[]), None, "in and out at once is not in");
    assert_eq!(to(Some(0), &[4, 1], &[], &[4]), Some(1), "one that rests is passed over");
    assert_eq!(to(None, &[1], &[], &[]), Some(1), "whoever is in no stage");
    assert_eq!(to(Some(7), &[2], &[], &[]), Some(2), "won back, and buys");
}
