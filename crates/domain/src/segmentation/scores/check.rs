//! Whether a definition is sound: everything that is wrong with it is named by its place.

use std::collections::{BTreeSet, HashSet};

use rapport_entity::{
    Label,
    customers::customer,
    segmentation::score_definition::{
        Definition, Formula as FormulaDefinition, Rfm, RfmGroup, ValueTier,
    },
};

use super::{
    formula::{Formula, Input},
    groups::ends,
    quintiles::BOUNDS,
};
use crate::kernel::{Actor, Faults, Field, FieldKind, catalogue};

/// The most groups of an RFM score.
const MOST_GROUPS: usize = 50;

/// The most tiers.
const MOST_TIERS: usize = 20;

/// Names everything in a definition that is wrong in itself, as it is at `at`.
pub fn check(definition: &Definition, actor: &Actor, at: &str, faults: &mut Faults) {
    match definition {
        Definition::Rfm(of) => rfm(of, &format!("{at}/rfm"), faults),
        Definition::ValueTier(of) => value_tier(of, &format!("{at}/valueTier"), faults),
        Definition::Formula(of) => formula(of, actor, &format!("{at}/formula"), faults),
    }
}

fn rfm(of: &Rfm, at: &str, faults: &mut Faults) {
    bounds(of.recency_bounds.as_deref(), &format!("{at}/recencyBounds"), faults);
    bounds(of.frequency_bounds.as_deref(), &format!("{at}/frequencyBounds"), faults);
    bounds(of.monetary_bounds.as_deref(), &format!("{at}/monetaryBounds"), faults);
    let Some(groups) = &of.groups else { return };
    let at = format!("{at}/groups");
    names(groups.iter().map(|group| &group.name), MOST_GROUPS, &at, faults);
    for (n, group) in groups.iter().enumerate() {
        ranges(group, &format!("{at}/{n}"), faults);
    }
}

fn bounds<T: PartialOrd>(given: Option<&[T]>, at: &str, faults: &mut Faults) {
    let Some(bounds) = given else { return };
    if bounds.len() != BOUNDS {
        faults.invalid(at, format!("must have {BOUNDS} members"));
    } else if !bounds.is_sorted_by(|one, next| one < next) {
        faults.conflict(at, "each must be more than the one before");
    }
}

fn ranges(group: &RfmGroup, at: &str, faults: &mut Faults) {
    let ranges =
        [("recency", group.recency), ("frequency", group.frequency), ("monetary", group.monetary)];
    for (name, range) in ranges {
        let (from, to) = ends(range);
        if from > to {
            faults.conflict(format!("{at}/{name}"), "ends before it begins");
        }
    }
}

/// Names of groups and tiers: there are some, not too many, and no two are alike.
fn names<'n>(given: impl Iterator<Item = &'n Label>, most: usize, at: &str, faults: &mut Faults) {
    let mut seen = HashSet::new();
    let mut count = 0;
    for (n, name) in given.enumerate() {
        count += 1;
        if !seen.insert(name) {
            faults.conflict(format!("{at}/{n}/name"), "is another's name already");
        }
    }
    if count == 0 || count > most {
        faults.invalid(at, format!("must have from 1 to {most} members"));
    }
}

fn value_tier(of: &ValueTier, at: &str, faults: &mut Faults) {
    let Some(tiers) = &of.tiers else { return };
    let at = format!("{at}/tiers");
    names(tiers.iter().map(|tier| &tier.name), MOST_TIERS, &at, faults);
    if !tiers.is_sorted_by(|one, next| one.up_to < next.up_to) {
        faults.conflict(&at, "each must end after the one before");
    }
    if tiers.last().is_some_and(|last| i64::from(last.up_to) != 100) {
        faults.conflict(&at, "the last must end at 100");
    }
}

fn formula(of: &FormulaDefinition, actor: &Actor, at: &str, faults: &mut Faults) {
    let expression = format!("{at}/expression");
    match of.expression.as_str().parse::<Formula>() {
        Ok(formula) => inputs(&formula, actor, &expression, faults),
        Err(wrong) => faults.conflict(&expression, wrong),
    }
    let Some(tiers) = &of.tiers else { return };
    let at = format!("{at}/tiers");
    names(tiers.iter().map(|tier| &tier.name), MOST_TIERS, &at, faults);
    if !tiers.is_sorted_by(|one, next| one.from > next.from) {
        faults.conflict(&at, "each must begin below the one before");
    }
}

fn inputs(formula: &Formula, actor: &Actor, at: &str, faults: &mut Faults) {
    for input in formula.inputs() {
        if let Input::Field(name) = input
            && number(actor, name).is_none()
        {
            let fields = &catalogue::<customer::Entity>().fields;
            let known = fields.iter().filter(|field| is_number(field));
            let known: Vec<&str> = known.map(|field| field.name.as_str()).collect();
            let why = format!(
                "there is no number {name:?} in a customer: there are {}, and custom fields that are numbers",
                known.join(", ")
            );
            faults.conflict(at, why);
        }
    }
}

/// A number in a customer's record, of those that somebody sees.
pub fn number<'f>(actor: &'f Actor, name: &str) -> Option<&'f Field> {
    actor.field(catalogue::<customer::Entity>(), name).filter(|field| is_number(field))
}

/// Every record has a version, which says nothing of the customer.
fn is_number(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Integer | FieldKind::Number) && field.name != "version"
}

/// The names of the customer's fields that a definition is made of.
pub fn fields(definition: &Definition) -> BTreeSet<String> {
    let name = |input: &Input| match input {
        Input::Field(name) => Some(name.clone()),
        _ => None,
    };
    read(definition).iter().flat_map(Formula::inputs).filter_map(name).collect()
}

/// The keys of other scores that a definition is made of.
pub fn named(definition: &Definition) -> BTreeSet<String> {
    let key = |input: &Input| match input {
        Input::Score(key) => Some(key.clone()),
        _ => None,
    };
    read(definition).iter().flat_map(Formula::inputs).filter_map(key).collect()
}

/// Whether a definition is made of orders.
pub fn uses_orders(definition: &Definition) -> bool {
    match definition {
        Definition::Formula(_) => {
            let of_orders = |input: &Input| matches!(input, Input::Orders(_));
            read(definition).iter().flat_map(Formula::inputs).any(of_orders)
        }
        Definition::Rfm(_) | Definition::ValueTier(_) => true,
    }
}

fn read(definition: &Definition) -> Option<Formula> {
    match definition {
        Definition::Formula(of) => of.expression.as_str().parse().ok(),
        Definition::Rfm(_) | Definition::ValueTier(_) => None,
    }
}
