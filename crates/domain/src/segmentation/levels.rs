use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

/// Segments so that each comes after those that its rule names: a level needs nothing but the levels before it.
pub fn levels(mut named_by: BTreeMap<Uuid, BTreeSet<Uuid>>) -> Vec<Vec<Uuid>> {
    let all: BTreeSet<Uuid> = named_by.keys().copied().collect();
    for names in named_by.values_mut() {
        names.retain(|name| all.contains(name));
    }
    let mut levels = Vec::new();
    while !named_by.is_empty() {
        let mut level: Vec<Uuid> =
            named_by.iter().filter(|(_, names)| names.is_empty()).map(|(id, _)| *id).collect();
        if level.is_empty() {
            // Rules that name each other are refused; were there any, they would be evaluated side by side.
            level = named_by.keys().copied().collect();
        }
        named_by.retain(|id, _| !level.contains(id));
        for names in named_by.values_mut() {
            names.retain(|name| !level.contains(name));
        }
        levels.push(level);
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_needs_nothing_but_the_levels_before_it() {
        let [a, b, c, gone] = [1, 2, 3, 4].map(Uuid::from_u128);
        let names = BTreeMap::from([(a, [b, c].into()), (b, [c].into()), (c, [gone].into())]);
        assert_eq!(levels(names), [vec![c], vec![b], vec![a]]);
        let circle = BTreeMap::from([(a, [b].into()), (b, [a].into()), (c, BTreeSet::new())]);
        assert_eq!(levels(circle), [vec![c], vec![a, b]]);
    }
}
