//! Who of several gets the next thing that comes, such as a lead or a service request.

use rapport_entity::identity::user;

/// Somebody who may get the next one.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    pub id: user::Id,
    /// How many open ones they have.
    pub open: i64,
    /// Whether they are there and take more.
    pub free: bool,
}

/// Which of them gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// One after the other.
    InTurn,
    /// The one with the fewest open ones; of several, one after the other.
    FewestOpen,
}

/// Who gets the next one, after whoever got the last one.
pub fn choose(among: &[Candidate], way: Way, last: Option<user::Id>) -> Option<user::Id> {
    let place = among.iter().position(|candidate| Some(candidate.id) == last);
    let next = place.map_or(0, |place| place + 1);
    let (before, after) = among.split_at(next);
    let mut free = after.iter().chain(before).filter(|candidate| candidate.free);
    let chosen = match way {
        Way::InTurn => free.next(),
        Way::FewestOpen => free.min_by_key(|candidate| candidate.open),
    };
    chosen.map(|candidate| candidate.id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn among(open: &[(i64, bool)]) -> Vec<Candidate> {
        let candidate = |(open, free): &(i64, bool)| Candidate {
            id: user::Id::default(),
            open: *open,
            free: *free,
        };
        open.iter().map(candidate).collect()
    }

    proptest! {
        #[test]
        fn in_turn_nobody_gets_more_than_one_more_than_another(
            free in proptest::collection::vec(any::<bool>(), 1..12),
            leads in 0_usize..100,
        ) {
            let all = among(&free.iter().map(|free| (0, *free)).collect::<Vec<_>>());
            let (mut got, mut last) = (BTreeMap::new(), None);
            for _ in 0..leads {
                let Some(next) = choose(&all, Way::InTurn, last) else {
                    prop_assert!(free.iter().all(|free| !free));
                    return Ok(());
                };
                *got.entry(next.uuid()).or_insert(0) += 1;
                last = Some(next);
            }
            let counts = all.iter().filter(|one| one.free);
            let counts: Vec<i32> = counts.map(|one| got.remove(&one.id.uuid()).unwrap_or(0)).collect();
            prop_assert!(got.is_empty(), "somebody who is not free has got one");
            let (least, most) = (counts.iter().min(), counts.iter().max());
            prop_assert!(most.zip(least).is_none_or(|(most, least)| most - least <= 1), "{counts:?}");
        }

        #[test]
        fn whoever_has_fewest_gets_the_next_one(
            open in proptest::collection::vec((0_i64..10, any::<bool>()), 1..12),
            last in 0_usize..12,
        ) {
            let all = among(&open);
            let last = all.get(last).map(|one| one.id);
            let chosen = choose(&all, Way::FewestOpen, last);
            let fewest = all.iter().filter(|one| one.free).map(|one| one.open).min();
            let open = all.iter().find(|one| Some(one.id) == chosen).map(|one| one.open);
            prop_assert_eq!(open, fewest);
        }
    }
}
