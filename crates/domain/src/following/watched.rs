//! Rules that somebody keeps up with, arranged so that what a change costs grows with the rules whose fields it touches,
//! and not with all of them.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Debug,
};

use chrono::{DateTime, Utc};
use rapport_entity::{customers::customer, rule::Rule};

use super::{
    changes::{Changes, Touched},
    dependencies::{Dependency, On, dependencies},
    known::Known,
    reader::Due,
    sliding,
};
use crate::kernel::{Actor, Between, Moving, Result, Tx, catalogue, moving};

/// Rules on customers, each under a key.
#[derive(Debug)]
pub struct Watched<K> {
    keys: Vec<K>,
    /// What rules depend on, and the places of those that do.
    depend: Vec<(Dependency, Vec<usize>)>,
    /// What time moves, and the places of the rules in which it does.
    slides: Vec<(Moving, usize)>,
}

/// Customers, and the keys of the rules that may have come to hold of them, or no longer to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<K> {
    /// Who.
    pub who: Touched,
    /// Of which rules.
    pub keys: Vec<K>,
}

impl<K: Copy + Ord + Debug> Watched<K> {
    /// Reads off rules what they depend on.
    pub fn new<'r>(rules: impl IntoIterator<Item = (K, &'r Rule)>, actor: &Actor) -> Self {
        let of = catalogue::<customer::Entity>();
        let mut keys = Vec::new();
        let mut depend: BTreeMap<Dependency, Vec<usize>> = BTreeMap::new();
        let mut slides = Vec::new();
        for (place, (key, rule)) in rules.into_iter().enumerate() {
            keys.push(key);
            for dependency in dependencies(rule) {
                depend.entry(dependency).or_default().push(place);
            }
            slides.extend(moving(rule, of, actor).into_iter().map(|moving| (moving, place)));
        }
        Self { keys, depend: depend.into_iter().collect(), slides }
    }

    /// The keys.
    pub fn keys(&self) -> &[K] {
        &self.keys
    }

    /// Whom changes touch. What was found out of dependencies is kept in `known`.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn touched(
        &self,
        tx: &Tx<'_>,
        changes: &Changes,
        known: &mut Known,
    ) -> Result<Vec<Group<K>>> {
        let mut found = Vec::new();
        let mut of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (dependency, places) in &self.depend {
            if changes.of(&dependency.on).is_empty() {
                continue;
            }
            let touched = known.touched(tx, changes, dependency).await?;
            if !touched.is_empty() {
                places.iter().for_each(|place| of.entry(*place).or_default().push(found.len()));
                found.push(touched.clone());
            }
        }
        Ok(self.groups(&found, of))
    }

    /// Whom time touches between two moments.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn passed(&self, tx: &Tx<'_>, between: &Between) -> Result<Vec<Group<K>>> {
        let mut found = Vec::new();
        let mut of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (moving, place) in &self.slides {
            let touched = sliding::touched(tx, moving, between).await?;
            if !touched.is_empty() {
                of.entry(*place).or_default().push(found.len());
                found.push(touched);
            }
        }
        Ok(self.groups(&found, of))
    }

    /// When time touches somebody next.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn due(&self, tx: &Tx<'_>, at: DateTime<Utc>) -> Result<Due> {
        let all: Vec<&Moving> = self.slides.iter().map(|(moving, _)| moving).collect();
        sliding::due(tx, &all, at).await
    }

    /// The same, of what changes may have brought nearer.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn due_after(
        &self,
        tx: &Tx<'_>,
        changes: &Changes,
        at: DateTime<Utc>,
    ) -> Result<Due> {
        let is_concerned = |moving: &&Moving| {
            let (resource, field) = moving.about();
            !moving.is_by_day() && !changes.of(&On::Field(resource, field.to_owned())).is_empty()
        };
        let all = self.slides.iter().map(|(moving, _)| moving);
        let concerned: Vec<&Moving> = all.filter(is_concerned).collect();
        sliding::due(tx, &concerned, at).await
    }

    /// Rules together that are touched for the same reasons, or of which about the same customers are.
    fn groups(&self, found: &[Touched], of: BTreeMap<usize, Vec<usize>>) -> Vec<Group<K>> {
        let mut alike: HashMap<Vec<usize>, Vec<K>> = HashMap::new();
        for (place, reasons) in of {
            alike.entry(reasons).or_default().extend(self.keys.get(place));
        }
        let mut by_who: BTreeMap<Touched, Vec<K>> = BTreeMap::new();
        for (reasons, keys) in alike {
            let mut who = Touched::default();
            reasons.iter().filter_map(|reason| found.get(*reason)).for_each(|more| who.join(more));
            by_who.entry(who).or_default().extend(keys);
        }
        joined(by_who.into_iter().map(|(who, keys)| Group { who, keys }).collect())
    }
}

/// To look at so many customers for nothing costs less than another statement.
const FEW: usize = 500;

/// Groups of few customers in one, and those that are no more than twice as many together as alone.
fn joined<K: Ord>(mut groups: Vec<Group<K>>) -> Vec<Group<K>> {
    groups.sort_by_key(|group| size(&group.who));
    let mut joined: Vec<Group<K>> = Vec::new();
    for mut group in groups {
        match joined.last_mut() {
            Some(last) if group.who != Touched::Everybody => {
                let mut both = last.who.clone();
                both.join(&group.who);
                match size(&both) <= FEW.max(2 * size(&last.who)) {
                    true => {
                        last.who = both;
                        last.keys.append(&mut group.keys);
                    }
                    false => joined.push(group),
                }
            }
            _ => joined.push(group),
        }
    }
    joined.iter_mut().for_each(|group| group.keys.sort_unstable());
    joined
}

fn size(who: &Touched) -> usize {
    match who {
        Touched::These(ids) => ids.len(),
        Touched::Everybody => usize::MAX / 2,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;

    fn group(ids: std::ops::Range<u128>, keys: &[u8]) -> Group<u8> {
        let ids: BTreeSet<Uuid> = ids.map(Uuid::from_u128).collect();
        Group { who: Touched::These(ids), keys: keys.to_vec() }
    }

    #[test]
    fn groups_are_joined_where_that_costs_little() {
        let few = joined(vec![group(0..3, &[2]), group(7..9, &[1])]);
        assert_eq!(few.len(), 1);
        assert_eq!(few[0].keys, [1, 2]);
        let many = vec![group(0..2_000, &[1]), group(3_000..9_000, &[2]), group(0..2_500, &[3])];
        let many: Vec<Vec<u8>> = joined(many).into_iter().map(|group| group.keys).collect();
        assert_eq!(many, [vec![1, 3], vec![2]]);
        let everybody = Group { who: Touched::Everybody, keys: vec![2] };
        assert_eq!(joined(vec![everybody, group(0..1, &[1])]).len(), 2);
    }
}
