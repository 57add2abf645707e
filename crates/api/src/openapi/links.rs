//! Where to go from an answer: what was made, found or deleted, by its id.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{each_operation, verb};

/// Adds to each answer the operations on the record that is in it.
pub fn complete(document: &mut Value) {
    let mut of_paths: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    each_operation(document, |path, _, operation| {
        let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
        let place = path.trim_end_matches("/restore").to_owned();
        of_paths.entry(place).or_default().push((verb(operation).0.to_owned(), id));
    });
    each_operation(document, |path, _, operation| {
        let (verb, _) = verb(operation);
        let verb = verb.to_owned();
        let collection = path.trim_end_matches("/restore").trim_end_matches("/{id}");
        let (status, from, to): (_, _, &[&str]) = match verb.as_str() {
            "create" => ("201", "$response.body#/id", &["get", "update", "delete"]),
            "list" => ("200", "$response.body#/items/0/id", &["get"]),
            "update" => ("200", "$request.path.id", &["get"]),
            "delete" => ("204", "$request.path.id", &["restore", "get"]),
            "restore" => ("200", "$request.path.id", &["get", "update"]),
            _ => return,
        };
        let Some(known) = of_paths.get(&format!("{collection}/{{id}}")) else { return };
        let leading = known.iter().filter(|(verb, _)| to.contains(&verb.as_str()));
        let links: Map<String, Value> = leading
            .map(|(_, id)| (id.clone(), json!({ "operationId": id, "parameters": { "id": from } })))
            .collect();
        if !links.is_empty() && operation["responses"][status].is_object() {
            operation["responses"][status]["links"] = Value::Object(links);
        }
    });
}
