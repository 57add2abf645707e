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
        self.append(event::Model {
            seq: 0,
            workspace_id: self.actor().workspace,
            id: Uuid::now_v7(),
            name: format!("{}.{what}", E::NAME),
            subject_id: E::id(row).uuid(),
            subject_version: E::version(row),
            customer_id: E::customer(row),
            actor_kind: self.actor().kind,
            actor_id: self.actor().caller(),
            at: self.now(),
            data: Json::Object(Map::from_iter([
                ("before".to_owned(), Json::Object(before)),
                ("after".to_owned(), Json::Object(after)),
            ])),
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
    members.retain(|_, value| !value.is_null());
    members
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
    (before, after)
}
