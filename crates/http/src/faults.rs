//! Everything that is wrong with a body, not only the first thing.

use std::collections::BTreeMap;

use rapport_domain::Fault;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};
use utoipa::ToSchema;

use crate::schema::Schemas;

/// The most faults that are told of.
const MOST: usize = 100;

/// Serde stops at the first fault. So what is at fault is taken out and the rest read again, until the rest is right.
pub fn faults<T: DeserializeOwned + ToSchema>(body: &[u8]) -> Vec<Fault> {
    let Ok(json) = serde_json::from_slice::<Value>(body) else {
        return vec![Fault::new("", "has a number too large")];
    };
    let mut reading = Reading::new(json, Schemas::of::<T>());
    while let Err(err) = serde_path_to_error::deserialize::<_, T>(&reading.json) {
        if !reading.tell(&Place::of(err.path()), &err.inner().to_string()) {
            break;
        }
    }
    match reading.faults.is_empty() {
        true => vec![twice::<T>(body)],
        false => reading.faults,
    }
}

/// Only a member that is given twice is wrong in the body and right in what was made of it.
fn twice<T: DeserializeOwned>(body: &[u8]) -> Fault {
    let mut from = serde_json::Deserializer::from_slice(body);
    match serde_path_to_error::deserialize::<_, T>(&mut from) {
        Err(err) => {
            let place = Place::of(err.path());
            let detail = err.inner().to_string();
            let member = quoted(&detail, "duplicate field `").map(|name| place.member(name));
            Fault::new(member.unwrap_or(place).pointer(), "is given twice")
        }
        Ok(_) => Fault::new("", "is wrong"),
    }
}

/// Where something is in a body.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Item(usize),
}

impl Place {
    fn of(path: &Path) -> Self {
        let steps = path.iter().filter_map(|segment| match segment {
            Segment::Map { key } => Some(Step::Member(key.clone())),
            Segment::Enum { variant } => Some(Step::Member(variant.clone())),
            Segment::Seq { index } => Some(Step::Item(*index)),
            Segment::Unknown => None,
        });
        Self(steps.collect())
    }

    fn member(&self, name: &str) -> Self {
        let mut place = self.clone();
        place.0.push(Step::Member(name.to_owned()));
        place
    }

    fn pointer(&self) -> String {
        let step = |step: &Step| match step {
            Step::Member(name) => format!("/{}", name.replace('~', "~0").replace('/', "~1")),
            Step::Item(n) => format!("/{n}"),
        };
        self.0.iter().map(step).collect()
    }

    fn names(&self) -> Vec<String> {
        let name = |step: &Step| match step {
            Step::Member(name) => name.clone(),
            Step::Item(n) => n.to_string(),
        };
        self.0.iter().map(name).collect()
    }
}

/// A body that is read again and again, each time without what was wrong before.
struct Reading {
    json: Value,
    schemas: Schemas,
    faults: Vec<Fault>,
    /// The items that were taken out of each array, in order, by their places in the body as it came.
    gone: BTreeMap<String, Vec<usize>>,
}

impl Reading {
    fn new(json: Value, schemas: Schemas) -> Self {
        Self { json, schemas, faults: Vec::new(), gone: BTreeMap::new() }
    }

    /// Tells of a fault and takes it out. False where nothing is left to be read.
    fn tell(&mut self, place: &Place, detail: &str) -> bool {
        if let Some(name) = quoted(detail, "missing field `") {
            for name in self.missing(place, name) {
                self.add(&place.member(&name), "is needed");
            }
            return self.take_out(place) && self.faults.len() < MOST;
        }
        let unknown = quoted(detail, "unknown field `").map(|name| place.member(name));
        let at_member = unknown.filter(|member| self.json.pointer(&member.pointer()).is_some());
        let place = at_member.unwrap_or_else(|| place.clone());
        self.add(&place, detail);
        self.take_out(&place) && self.faults.len() < MOST
    }

    /// Every member that the schema asks for and that is not there: serde names one of them.
    fn missing(&self, place: &Place, named: &str) -> Vec<String> {
        let there = self.json.pointer(&place.pointer()).and_then(Value::as_object);
        let is_there = |name: &String| there.is_some_and(|members| members.contains_key(name));
        let objects = self.schemas.objects_at(&place.names());
        let mut missing = vec![named.to_owned()];
        for name in objects.into_iter().flat_map(|object| &object.required) {
            if !missing.contains(name) && !is_there(name) {
                missing.push(name.clone());
            }
        }
        missing
    }

    /// What is wrong within a thing is told already when the thing itself is found wrong for want of it.
    fn add(&mut self, place: &Place, detail: &str) {
        let pointer = self.as_it_came(place);
        let within = format!("{pointer}/");
        let known = |fault: &Fault| fault.pointer == pointer || fault.pointer.starts_with(&within);
        if !self.faults.iter().any(known) {
            self.faults.push(Fault::new(pointer, detail));
        }
    }

    /// The pointer into the body as the client sent it.
    fn as_it_came(&self, place: &Place) -> String {
        let mut came = Place(Vec::new());
        for step in &place.0 {
            let step = match step {
                Step::Item(n) => {
                    let gone = self.gone.get(&came.pointer());
                    let gone = gone.into_iter().flatten();
                    Step::Item(gone.fold(*n, |n, gone| if *gone <= n { n + 1 } else { n }))
                }
                member => member.clone(),
            };
            came.0.push(step);
        }
        came.pointer()
    }

    fn take_out(&mut self, place: &Place) -> bool {
        let came = self.as_it_came(place);
        let Some((last, parent)) = place.0.split_last() else { return false };
        match (self.json.pointer_mut(&Place(parent.to_vec()).pointer()), last) {
            (Some(Value::Object(members)), Step::Member(name)) => members.remove(name).is_some(),
            (Some(Value::Array(items)), Step::Item(n)) if *n < items.len() => {
                items.remove(*n);
                let (array, item) = came.rsplit_once('/').unwrap_or_default();
                let gone = self.gone.entry(array.to_owned()).or_default();
                gone.extend(item.parse::<usize>().ok());
                gone.sort_unstable();
                true
            }
            _ => false,
        }
    }
}

fn quoted<'d>(detail: &'d str, before: &str) -> Option<&'d str> {
    detail.strip_prefix(before)?.split('`').next()
}

#[cfg(test)]
mod tests {
    use rapport_domain::sales::orders::orders::NewOrder;
    use serde_json::json;

    use super::*;

    fn pointers<T: DeserializeOwned + ToSchema>(body: &str) -> Vec<String> {
        assert!(serde_json::from_str::<T>(body).is_err());
        let mut pointers: Vec<String> =
            faults::<T>(body.as_bytes()).into_iter().map(|fault| fault.pointer).collect();
        pointers.sort();
        pointers
    }

    #[test]
    fn every_member_that_is_wrong_is_named_within_arrays_too() {
        let body = json!({
            "id": "no uuid",
            "bogus": 1,
            "lines": [
                { "quantity": "x", "unitPrice": { "amount": "1e3", "currency": "EUR" }, "more": 1 },
                "no line",
                { "quantity": "2", "description": 7 },
                { "unitPrice": { "amount": "1" }, "productId": "3" },
            ],
        });
        let wrong = [
            "/bogus",
            "/customerId",
            "/id",
            "/lines/0/more",
            "/lines/0/quantity",
            "/lines/0/unitPrice/amount",
            "/lines/1",
            "/lines/2/description",
            "/lines/3/productId",
            "/lines/3/unitPrice/currency",
        ];
        assert_eq!(pointers::<NewOrder>(&body.to_string()), wrong);
    }

    #[test]
    fn all_that_is_missing_is_named_at_once_in_what_is_within_too() {
        assert_eq!(pointers::<NewOrder>("{}"), ["/customerId", "/lines"]);
        let body = r#"{"lines":[{"unitPrice":{}},{"unitPrice":{"amount":"1"}}]}"#;
        let wrong = [
            "/customerId",
            "/lines/0/unitPrice/amount",
            "/lines/0/unitPrice/currency",
            "/lines/1/unitPrice/currency",
        ];
        assert_eq!(pointers::<NewOrder>(body), wrong);
    }
}
