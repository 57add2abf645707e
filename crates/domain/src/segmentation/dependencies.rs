//! What the membership of a customer in a segment depends on, read off the segment's rule.

use std::collections::{BTreeMap, BTreeSet};

use rapport_entity::{
    customers::customer,
    rule::{Relation, Rule},
    segmentation::segment,
};
use uuid::Uuid;

use crate::kernel::{Catalogue, Relation as Way, catalogue};

/// Something whose change may move a customer in or out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dependency {
    /// The way from the customer to the customer that it concerns: none for the customer's own data.
    pub hops: Vec<Hop>,
    /// What it is.
    pub on: On,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum On {
    /// Records of this kind, about the customer.
    Resource(&'static str),
    /// The customer's membership in this segment.
    Segment(segment::Id),
}

/// One step from a customer to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hop {
    /// To the customers whose column `to` equals our column `from`.
    Customers {
        /// Our column.
        from: &'static str,
        /// Theirs.
        to: &'static str,
    },
    /// Over records that are not about one customer: anybody may be at the other end.
    Anywhere,
}

/// A segment that a rule names, and the place in the rule that does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The segment.
    pub id: segment::Id,
    /// A JSON pointer.
    pub at: String,
}

/// What membership by a rule depends on. Always among it: that the customer is there at all.
pub fn dependencies(rule: &Rule) -> BTreeSet<Dependency> {
    walk(rule, "").dependencies
}

/// The segments that a rule at a place names.
pub fn named(rule: &Rule, at: &str) -> Vec<Named> {
    walk(rule, at).named
}

fn walk(rule: &Rule, at: &str) -> Walk {
    let customers = catalogue::<customer::Entity>();
    let mut walk = Walk::default();
    walk.depend(&[], On::Resource(customers.name));
    walk.rule(rule, customers, &[], at);
    walk
}

#[derive(Default)]
struct Walk {
    dependencies: BTreeSet<Dependency>,
    named: Vec<Named>,
}

impl Walk {
    fn depend(&mut self, hops: &[Hop], on: On) {
        self.dependencies.insert(Dependency { hops: hops.to_vec(), on });
    }

    fn rule(&mut self, rule: &Rule, of: &Catalogue, hops: &[Hop], at: &str) {
        match rule {
            Rule::All(rules) => self.group(rules, of, hops, &format!("{at}/all")),
            Rule::Any(rules) => self.group(rules, of, hops, &format!("{at}/any")),
            Rule::Not(rule) => self.rule(rule, of, hops, &format!("{at}/not")),
            Rule::Compare(_) => {}
            Rule::Relation(relation) => {
                self.relation(relation, of, hops, &format!("{at}/relation"));
            }
            Rule::Segment(membership) => {
                self.depend(hops, On::Segment(membership.id));
                let at = format!("{at}/segment/id");
                self.named.push(Named { id: membership.id, at });
            }
        }
    }

    fn group(&mut self, rules: &[Rule], of: &Catalogue, hops: &[Hop], at: &str) {
        for (n, rule) in rules.iter().enumerate() {
            self.rule(rule, of, hops, &format!("{at}/{n}"));
        }
    }

    fn relation(&mut self, rule: &Relation, of: &Catalogue, hops: &[Hop], at: &str) {
        // A rule is compiled before it is saved, so each relation it names is there.
        let Some(way) = of.relation(&rule.name) else { return };
        let target = (way.target)();
        let hops: Vec<Hop> = hops.iter().copied().chain(hop(way, of, target)).collect();
        self.depend(&hops, On::Resource(target.name));
        if let Some(filter) = &rule.filter {
            self.rule(filter, target, &hops, &format!("{at}/filter"));
        }
    }
}

/// The step to another customer that a relation is, if it is one.
fn hop(way: &Way, of: &Catalogue, target: &Catalogue) -> Option<Hop> {
    let customers = |catalogue: &Catalogue| catalogue.name == "customer";
    match (customers(of), customers(target)) {
        (true, true) => Some(Hop::Customers { from: way.from, to: way.to }),
        (true, false) if (way.from, way.to) == ("id", "customer_id") => None,
        (false, true) if (way.from, way.to) == ("customer_id", "id") => None,
        _ => Some(Hop::Anywhere),
    }
}

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
    use serde_json::json;

    use super::*;

    fn rule(json: serde_json::Value) -> Rule {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn the_way_to_what_a_rule_looks_at_is_kept() {
        let id = segment::Id::new();
        let rule = rule(json!({"any": [
            {"relation": {"name": "orders", "filter": {"relation": {"name": "customer"}}}},
            {"relation": {"name": "parent", "filter": {"relation": {"name": "children",
                "filter": {"not": {"segment": {"id": id}}}}}}},
        ]}));
        let up = Hop::Customers { from: "parent_id", to: "id" };
        let down = Hop::Customers { from: "id", to: "parent_id" };
        let expected = [
            (vec![], On::Resource("customer")),
            (vec![], On::Resource("order")),
            (vec![up], On::Resource("customer")),
            (vec![up, down], On::Resource("customer")),
            (vec![up, down], On::Segment(id)),
        ];
        let expected =
            expected.into_iter().map(|(hops, on)| Dependency { hops, on }).collect::<BTreeSet<_>>();
        assert_eq!(dependencies(&rule), expected);
        let at = "/rule/any/1/relation/filter/relation/filter/not/segment/id".to_owned();
        assert_eq!(named(&rule, "/rule"), [Named { id, at }]);
    }

    #[test]
    fn a_level_needs_nothing_but_the_levels_before_it() {
        let [a, b, c, gone] = [1, 2, 3, 4].map(Uuid::from_u128);
        let names = BTreeMap::from([(a, [b, c].into()), (b, [c].into()), (c, [gone].into())]);
        assert_eq!(levels(names), [vec![c], vec![b], vec![a]]);
        let circle = BTreeMap::from([(a, [b].into()), (b, [a].into()), (c, BTreeSet::new())]);
        assert_eq!(levels(circle), [vec![c], vec![a, b]]);
    }
}
