use rapport_entity::rule::{Comparison, Rule};
use serde_json::Value as Json;

use super::Listing;
use crate::kernel::{
    catalogue::{Described, FieldKind, catalogue},
    error::{Faults, Result},
};

impl Listing {
    /// A listing from the parameters of a query: its own, and `field=value` for any field that can be compared.
    /// Parameters in `others` are somebody else's.
    ///
    /// # Errors
    /// Names every parameter that is wrong or not known.
    pub fn from_query<E: Described>(query: &[(String, String)], others: &[&str]) -> Result<Self> {
        let mut listing = Self::default();
        let mut rules = Vec::new();
        let mut faults = Faults::default();
        for (n, (name, value)) in query.iter().enumerate() {
            if query[..n].iter().any(|(known, _)| known == name) {
                faults.invalid(format!("/{name}"), "is given more than once");
                continue;
            }
            match name.as_str() {
                "filter" => match serde_json::from_str::<Rule>(value) {
                    Ok(rule) => rules.push(rule),
                    Err(err) => faults.invalid("/filter", err),
                },
                "q" => listing.q = Some(value.clone()),
                "sort" => listing.sort = Some(value.clone()),
                "cursor" => listing.cursor = Some(value.clone()),
                "limit" => listing.limit = limit(value, &mut faults),
                "count" => listing.count = truth(name, value, &mut faults),
                "deleted" => listing.deleted = truth(name, value, &mut faults),
                other if others.contains(&other) => {}
                field => rules.extend(equal::<E>(field, value, &mut faults)),
            }
        }
        faults.check()?;
        listing.filter = match rules.len() {
            0 => None,
            1 => rules.pop(),
            _ => Some(Rule::All(rules)),
        };
        listing.checked()
    }

    /// The listing, where its own numbers are in their bounds.
    ///
    /// # Errors
    /// Names those that are not.
    pub fn checked(self) -> Result<Self> {
        let mut faults = Faults::default();
        if !(1..=200).contains(&self.limit) {
            faults.invalid("/limit", "must be from 1 to 200");
        }
        let texts =
            [("q", &self.q, 200), ("sort", &self.sort, 500), ("cursor", &self.cursor, 2000)];
        for (name, text, most) in texts {
            if text.as_ref().is_some_and(|text| text.chars().count() > most) {
                faults.invalid(format!("/{name}"), format!("must have at most {most} characters"));
            }
        }
        faults.check()?;
        Ok(self)
    }
}

fn limit(value: &str, faults: &mut Faults) -> u64 {
    let plain = number(value).and_then(|number| number.try_into().ok());
    plain.unwrap_or_else(|| {
        faults.invalid("/limit", "must be from 1 to 200");
        1
    })
}

/// A whole number as JSON writes it: no `+`, no leading zero.
fn number(value: &str) -> Option<i64> {
    value.parse::<i64>().ok().filter(|number| number.to_string() == value)
}

fn truth(name: &str, value: &str, faults: &mut Faults) -> bool {
    match value {
        "true" => true,
        "false" => false,
        _ => {
            faults.invalid(format!("/{name}"), "must be true or false");
            false
        }
    }
}

fn equal<E: Described>(name: &str, value: &str, faults: &mut Faults) -> Option<Rule> {
    let of_the_workspace = E::EXTENSION.is_some() && name.starts_with("custom.");
    if of_the_workspace {
        // Whether there is such a field, and what it holds, is known with who asks.
        let value = Json::from(value);
        let equal = Comparison { field: name.to_owned(), eq: Some(value), ..Default::default() };
        return Some(Rule::Compare(Box::new(equal)));
    }
    let Some(field) = catalogue::<E>().field(name) else {
        faults.invalid(format!("/{name}"), "is no parameter and no field");
        return None;
    };
    let json = match field.kind {
        FieldKind::Integer => number(value).map(Json::from),
        FieldKind::Boolean => value.parse::<bool>().map(Json::from).ok(),
        _ => Some(Json::from(value)),
    };
    let Some(json) = json else {
        faults.invalid(format!("/{name}"), "is no value of this field");
        return None;
    };
    let equal = Comparison { field: name.to_owned(), eq: Some(json), ..Default::default() };
    Some(Rule::Compare(Box::new(equal)))
}
