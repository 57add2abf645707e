//! What a rule's holding of a customer depends on, read off the rule: by the fields it looks at.

use std::collections::BTreeSet;

use rapport_entity::{
    customers::customer,
    rule::{Relation, Rule},
    segmentation::segment,
};

use crate::kernel::{Catalogue, Relation as Way, camel_case, catalogue};

/// Something whose change may make a rule hold of a customer, or no longer hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dependency {
    /// The way from the customer to the customer that it concerns: none for the customer's own data.
    pub hops: Vec<Hop>,
    /// What it is.
    pub on: On,
}

/// What a rule looks at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum On {
    /// That records of this kind, about the customer, are there.
    Existence(&'static str),
    /// A field of theirs, by its name.
    Field(&'static str, String),
    /// That a field of theirs changes while they are there.
    Change(&'static str, String),
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

/// What a rule on customers depends on. Always among it: that the customer is there at all.
pub fn dependencies(rule: &Rule) -> BTreeSet<Dependency> {
    walk(rule, "").dependencies
}

/// The resources that somebody must be allowed to read who asks what a rule on customers says.
pub fn resources(rule: &Rule) -> BTreeSet<&'static str> {
    walk(rule, "").read
}

/// The same of a rule on other records.
pub fn resources_of(rule: &Rule, of: &Catalogue) -> BTreeSet<&'static str> {
    walk_from(rule, of, "").read
}

/// The fields of records of a kind that a rule on customers looks at.
pub fn fields_of(rule: &Rule, resource: &str) -> BTreeSet<String> {
    let field = |dependency: Dependency| match dependency.on {
        On::Field(of, name) if of == resource => Some(name),
        _ => None,
    };
    dependencies(rule).into_iter().filter_map(field).collect()
}

/// The segments that a rule at a place names.
pub fn named(rule: &Rule, at: &str) -> Vec<Named> {
    walk(rule, at).named
}

/// The segments that a rule on other records, at a place, names.
pub fn named_of(rule: &Rule, of: &Catalogue, at: &str) -> Vec<Named> {
    walk_from(rule, of, at).named
}

fn walk(rule: &Rule, at: &str) -> Walk {
    walk_from(rule, catalogue::<customer::Entity>(), at)
}

fn walk_from(rule: &Rule, of: &Catalogue, at: &str) -> Walk {
    let mut walk = Walk::default();
    walk.existence(of, &[]);
    walk.rule(rule, of, &[], at);
    walk
}

#[derive(Default)]
struct Walk {
    dependencies: BTreeSet<Dependency>,
    named: Vec<Named>,
    read: BTreeSet<&'static str>,
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
            Rule::Compare(compare) => {
                self.field(of, &compare.field, hops);
            }
            Rule::Relation(relation) => {
                self.relation(relation, of, hops, &format!("{at}/relation"));
            }
            Rule::Segment(membership) => {
                self.depend(hops, On::Segment(membership.id));
                let at = format!("{at}/segment/id");
                self.named.push(Named { id: membership.id, at });
            }
            // Nothing that ever changes.
            Rule::Sample(_) => {}
        }
    }

    fn group(&mut self, rules: &[Rule], of: &Catalogue, hops: &[Hop], at: &str) {
        for (n, rule) in rules.iter().enumerate() {
            self.rule(rule, of, hops, &format!("{at}/{n}"));
        }
    }

    fn relation(&mut self, relation: &Relation, of: &Catalogue, hops: &[Hop], at: &str) {
        // A rule is compiled before it is saved, so each relation it names is there.
        let Some(way) = of.relation(&relation.name) else { return };
        let target = (way.target)();
        self.link(of, way.from, hops);
        if customers(of) && customers(target) {
            // The event of one at the other end names who is at this end, before and after.
            self.link(target, way.to, hops);
        }
        let hops: Vec<Hop> = hops.iter().copied().chain(hop(way, of, target)).collect();
        self.existence(target, &hops);
        self.link(target, way.to, &hops);
        for field in fields(relation, way) {
            self.field(target, field, &hops);
        }
        if let Some(filter) = &relation.filter {
            self.rule(filter, target, &hops, &format!("{at}/filter"));
        }
    }

    /// The column that a relation goes by, where it can change.
    fn link(&mut self, of: &Catalogue, column: &str, hops: &[Hop]) {
        if column != of.id {
            self.field(of, &camel_case(column), hops);
        }
    }

    fn existence(&mut self, of: &Catalogue, hops: &[Hop]) {
        self.read.insert(of.read_as);
        match of.part_of {
            None => self.depend(hops, On::Existence(of.name)),
            Some(part) => {
                self.depend(hops, On::Existence(part.resource));
                self.depend(hops, On::Field(part.resource, part.member.to_owned()));
            }
        }
    }

    fn field(&mut self, of: &Catalogue, name: &str, hops: &[Hop]) {
        let Some(part) = of.part_of else {
            return self.depend(hops, On::Field(of.name, name.to_owned()));
        };
        let other = part.of_others.iter().find(|(field, _)| *field == name);
        match other {
            // It is looked at through others, wherever they are.
            Some((_, resource)) => {
                self.depend(
                    &[hops, &[Hop::Anywhere]].concat(),
                    On::Change(resource, name.to_owned()),
                );
            }
            None if part.its_own.contains(&name) => {
                self.depend(hops, On::Field(part.resource, name.to_owned()));
            }
            None => self.depend(hops, On::Field(part.resource, part.member.to_owned())),
        }
    }
}

/// The fields that a relation itself looks at.
fn fields<'r>(relation: &'r Relation, way: &'r Way) -> impl Iterator<Item = &'r str> {
    let window = relation.within.as_ref();
    let date = window.map(|within| within.field.as_deref().unwrap_or(way.date));
    let aggregates = [&relation.sum, &relation.min, &relation.max, &relation.avg];
    let aggregates = aggregates.into_iter().flatten().map(|aggregate| aggregate.field.as_str());
    let counted = relation.distinct.iter().map(|distinct| distinct.field.as_str());
    date.into_iter().chain(aggregates).chain(counted)
}

fn customers(catalogue: &Catalogue) -> bool {
    catalogue.name == "customer"
}

/// The step to another customer that a relation is, if it is one.
fn hop(way: &Way, of: &Catalogue, target: &Catalogue) -> Option<Hop> {
    match (customers(of), customers(target)) {
        (true, true) => Some(Hop::Customers { from: way.from, to: way.to }),
        (true, false) if (way.from, way.to) == ("id", "customer_id") => None,
        (false, true) if (way.from, way.to) == ("customer_id", "id") => None,
        (false, false) if target.part_of.is_some_and(|part| part.resource == of.name) => None,
        _ => Some(Hop::Anywhere),
    }
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
        let field = |of, name: &str| On::Field(of, name.to_owned());
        let expected = [
            (vec![], On::Existence("customer")),
            (vec![], On::Existence("order")),
            (vec![], field("order", "customerId")),
            (vec![], field("customer", "parentId")),
            (vec![up], On::Existence("customer")),
            (vec![up], field("customer", "parentId")),
            (vec![up, down], On::Existence("customer")),
            (vec![up, down], field("customer", "parentId")),
            (vec![up, down], On::Segment(id)),
        ];
        let expected =
            expected.into_iter().map(|(hops, on)| Dependency { hops, on }).collect::<BTreeSet<_>>();
        assert_eq!(dependencies(&rule), expected);
        let at = "/rule/any/1/relation/filter/relation/filter/not/segment/id".to_owned();
        assert_eq!(named(&rule, "/rule"), [Named { id, at }]);
    }

    #[test]
    fn a_rule_depends_on_the_fields_it_looks_at() {
        let rule = rule(json!({"all": [
            {"compare": {"field": "industry", "eq": "retail"}},
            {"relation": {"name": "orders", "within": {"last": "P90D"}, "sum": {"field": "total", "gt": 5},
                "max": {"field": "createdAt", "lt": {"now": "-P1D"}},
                "filter": {"compare": {"field": "status", "ne": "draft"}}}},
        ]}));
        let on = |of, name: &str| On::Field(of, name.to_owned());
        let expected = BTreeSet::from([
            On::Existence("customer"),
            on("customer", "industry"),
            On::Existence("order"),
            on("order", "customerId"),
            on("order", "orderedOn"),
            on("order", "total"),
            on("order", "createdAt"),
            on("order", "status"),
        ]);
        let found = dependencies(&rule).into_iter().map(|dependency| dependency.on);
        assert_eq!(found.collect::<BTreeSet<_>>(), expected);
        assert_eq!(resources(&rule), ["customer", "order"].into());
    }
}
