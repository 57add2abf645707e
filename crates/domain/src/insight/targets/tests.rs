use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use rapport_entity::sales::pipeline_stage::ForecastCategory;
use uuid::Uuid;

use super::{
    organization::{Organization, Whose},
    set::{Aim, Targets},
    tally::Tally,
};
use crate::{
    insight::{forecast::Part, sales::Added},
    testing::from,
};

/// Teams, each below one that comes before it or below none, and users in one of these or in none.
fn organizations() -> impl Strategy<Value = Organization> {
    let teams = prop::collection::vec(any::<prop::sample::Index>(), 0..12);
    let users = prop::collection::vec(any::<prop::sample::Index>(), 1..20);
    (teams, users).prop_map(|(above, of)| {
        let ids: Vec<Uuid> = above.iter().map(|_| Uuid::now_v7()).collect();
        let team = |n: usize| n.checked_sub(1).map(|n| ids[n]);
        let above = above.iter().enumerate().map(|(n, above)| (ids[n], team(above.index(n + 1))));
        let users = of.iter().map(|of| (Uuid::now_v7(), team(of.index(ids.len() + 1))));
        Organization::of(users.collect::<HashMap<_, _>>(), above.collect::<BTreeMap<_, _>>())
    })
}

fn users(of: &Organization) -> Vec<Uuid> {
    let user = |whose| match whose {
        Whose::User(id) => Some(id),
        _ => None,
    };
    of.all().filter_map(user).collect()
}

/// What one opportunity is.
fn part(currency: &str, minor: i64, category: ForecastCategory) -> Part {
    let currency = from(serde_json::json!(currency));
    Part { category, probability: 40, added: Added { count: 1, minor, currency, day: None } }
}

/// Counts and minor units by currency, before anything is converted.
fn raw(tally: &Tally) -> BTreeMap<String, (i64, i64)> {
    let mut sums = BTreeMap::new();
    for part in tally.parts() {
        let sum: &mut (i64, i64) = sums.entry(part.added.currency.as_str().to_owned()).or_default();
        *sum = (sum.0 + part.added.count, sum.1 + part.added.minor);
    }
    sums
}

proptest! {
    /// Whatever the tree is like: a team's figures are those of its people and of the teams right below it together, and the
    /// workspace's those of all, with what nobody has.
    #[test]
    fn what_a_team_reaches_is_what_its_people_and_teams_do(
        of in organizations(),
        made in prop::collection::vec((any::<prop::sample::Index>(), 0..3_usize, 0..10_000_i64), 0..60),
    ) {
        use ForecastCategory::{Closed, Commit, Pipeline};
        let users = users(&of);
        let mut tallies: HashMap<Whose, Tally> = HashMap::new();
        let mut unowned = Tally::default();
        for (owner, kind, minor) in made {
            let owner = owner.index(users.len() + 1).checked_sub(1).map(|n| users[n]);
            let of_currency = ["EUR", "USD", "JPY"][kind];
            let part = part(of_currency, minor, [Closed, Commit, Pipeline][kind]);
            if owner.is_none() {
                unowned.add(&part);
            }
            for whose in of.counts_for(owner) {
                let tally = tallies.entry(whose).or_default();
                tally.add(&part);
                tally.activities += 1;
            }
        }
        for whose in of.all().filter(|whose| !matches!(whose, Whose::User(_))) {
            let mut below = if whose == Whose::Workspace { unowned.clone() } else { Tally::default() };
            let tally = |whose: &Whose| tallies.get(whose).cloned().unwrap_or_default();
            for right_below in of.right_below(whose) {
                tally(right_below).parts().for_each(|part| below.add(part));
            }
            prop_assert_eq!(raw(&tally(&whose)), raw(&below));
            let activities: i64 = raw(&below).values().map(|(count, _)| count).sum();
            prop_assert_eq!(tally(&whose).activities, activities);
        }
    }

    /// Where targets are set for people alone, a team's is what all below it are to reach; one that is set stands.
    #[test]
    fn a_target_that_is_not_set_is_what_those_below_are_to_reach(
        of in organizations(),
        values in prop::collection::vec(1..1_000_i128, 20),
    ) {
        let set: HashMap<_, _> = users(&of)
            .into_iter()
            .zip(values)
            .map(|(id, value)| ((Whose::User(id), None), value))
            .collect();
        let mut expected: HashMap<Whose, i128> = HashMap::new();
        for ((whose, _), value) in &set {
            let Whose::User(id) = whose else { continue };
            for above in of.counts_for(Some(*id)) {
                *expected.entry(above).or_default() += value;
            }
        }
        let targets = Targets::of(set.clone());
        for whose in of.all() {
            let rolled_up = !matches!(whose, Whose::User(_));
            let aim = expected.get(&whose).map(|value| Aim { value: *value, rolled_up });
            prop_assert_eq!(targets.aim((whose, None), &of), aim);
        }
        let stands = set.into_iter().chain([((Whose::Workspace, None), 7)]).collect();
        let aim = Targets::of(stands).aim((Whose::Workspace, None), &of);
        prop_assert_eq!(aim, Some(Aim { value: 7, rolled_up: false }));
    }
}
