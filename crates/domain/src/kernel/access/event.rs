use std::collections::BTreeSet;

use rapport_entity::{Resource, log::event};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::Tx;
use crate::kernel::error::{Error, Result};

/// Members that change with every change and so tell nothing.
const SILENT: [&str; 2] = ["version", "updatedAt"];

impl Tx<'_> {
    /// Tells the log what happened to a row: which members had which values before, and which they have now.
    pub(crate) fn record<E: Resource>(
        &self,
        what: &str,
        row: &E::Model,
        before: Map<String, Json>,
        after: Map<String, Json>,
    ) {
        self.record_as::<E>(Uuid::now_v7(), what, row, before, after);
    }

    /// The same, as an event of this id: whoever is told of it twice can tell that it is the same.
    pub(crate) fn record_as<E: Resource>(
        &self,
        id: Uuid,
        what: &str,
        row: &E::Model,
        before: Map<String, Json>,
        after: Map<String, Json>,
    ) {
        let mut data = Map::from_iter([
            ("before".to_owned(), Json::Object(before)),
            ("after".to_owned(), Json::Object(after)),
        ]);
        data.extend(self.cause().map(|cause| ("cause".to_owned(), cause)));
        self.append(event::Model {
            seq: 0,
            workspace_id: self.actor().workspace,
            id,
            name: format!("{}.{what}", E::NAME),
            subject_id: E::id(row).uuid(),
            subject_version: E::version(row),
            customer_id: E::customer(row),
            actor_kind: self.actor().kind,
            actor_id: self.actor().caller(),
            at: self.now(),
            data: Json::Object(data),
        });
    }
}

/// What clients see of a row, as members.
pub fn members<E: Resource>(row: &E::Model) -> Result<Map<String, Json>> {
    match serde_json::to_value(E::Wire::from(row.clone())) {
        Ok(Json::Object(members)) => Ok(members),
        Ok(_) => Err(Error::internal(format!("a {} is no object", E::NAME))),
        Err(err) => Err(Error::Internal(err.into())),
    }
}

/// The members that have a value.
pub fn given(mut members: Map<String, Json>) -> Map<String, Json> {
    members.retain(|name, value| !value.is_null() && !is_empty_extension(name, value));
    members
}

/// Most records have no custom fields and no tags.
fn is_empty_extension(name: &str, value: &Json) -> bool {
    match (name, value) {
        ("custom", Json::Object(values)) => values.is_empty(),
        ("tags", Json::Array(tags)) => tags.is_empty(),
        _ => false,
    }
}

/// The members that differ, before and after.
pub fn difference(
    mut before: Map<String, Json>,
    mut after: Map<String, Json>,
) -> (Map<String, Json>, Map<String, Json>) {
    let same: Vec<String> = before
        .iter()
        .filter(|(name, value)| SILENT.contains(&name.as_str()) || after.get(*name) == Some(value))
        .map(|(name, _)| name.clone())
        .collect();
    for name in same {
        before.remove(&name);
        after.remove(&name);
    }
    if let (Some(Json::Object(was)), Some(Json::Object(is))) =
        (before.get_mut("custom"), after.get_mut("custom"))
    {
        keep_different(was, is);
    }
    (before, after)
}

/// Of custom fields those that differ: null where there was, or is, no value.
fn keep_different(was: &mut Map<String, Json>, is: &mut Map<String, Json>) {
    let keys: BTreeSet<String> = was.keys().chain(is.keys()).cloned().collect();
    for key in keys {
        if was.get(&key) == is.get(&key) {
            was.remove(&key);
            is.remove(&key);
        } else {
            was.entry(key.clone()).or_insert(Json::Null);
            is.entry(key).or_insert(Json::Null);
        }
    }
}

/// The members by name, custom fields each for itself: `custom.` and the key.
pub fn flat(members: &Map<String, Json>) -> Map<String, Json> {
    let mut flat = members.clone();
    if let Some(Json::Object(values)) = flat.remove("custom") {
        flat.extend(values.into_iter().map(|(key, value)| (format!("custom.{key}"), value)));
    }
    flat
}
