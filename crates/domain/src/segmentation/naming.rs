//! Rules that name other rules, and what comes of it.

use std::collections::BTreeSet;

/// Whether something is another, or names one that is, where `names` gives what each names.
pub fn leads_to<K: Clone + Ord>(from: K, to: &K, names: impl Fn(&K) -> Vec<K>) -> bool {
    let mut seen = BTreeSet::new();
    let mut next = vec![from];
    while let Some(key) = next.pop() {
        if key == *to {
            return true;
        }
        if seen.insert(key.clone()) {
            next.extend(names(&key));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_another_leads_to_what_that_names_and_circles_end() {
        let names = |key: &u8| match key {
            1 => vec![2, 3],
            2 => vec![1],
            3 => vec![4],
            _ => Vec::new(),
        };
        assert!(leads_to(1, &4, names));
        assert!(leads_to(2, &2, names));
        assert!(!leads_to(3, &1, names));
    }
}
