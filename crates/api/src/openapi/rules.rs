//! Rules, as each resource has them, and who may be let do what.

use rapport_domain::{facts::catalogues, identity::roles, kernel::rule_schemas};
use rapport_entity::RESOURCES;
use serde_json::{Value, json};

use super::schemas::each_reference;

/// Adds the rules on every resource. A rule that is kept with a record, as a segment's, is one on customers.
pub fn complete(document: &mut Value) {
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.extend(rule_schemas(catalogues()));
        schemas.remove("Rule");
        schemas.entry("Permission").and_modify(permit);
        for name in ["NewExport", "Export"] {
            schemas.entry(name).and_modify(filter_exports);
        }
    }
    each_reference(document, &mut |name| {
        if name == "Rule" {
            *name = "CustomerRule".to_owned();
        }
    });
}

/// What is exported decides which rule it is.
fn filter_exports(export: &mut Value) {
    let rules = ["CustomerRule", "ContactRule", "ProductRule", "OrderRule"];
    let mut any: Vec<Value> = rules
        .iter()
        .map(|name| json!({ "$ref": format!("#/components/schemas/{name}") }))
        .collect();
    any.push(json!({ "type": "null" }));
    let description = export["properties"]["filter"]["description"].clone();
    export["properties"]["filter"] = json!({ "anyOf": any, "description": description });
}

/// Own and team mean nothing where nobody owns the records.
fn permit(permission: &mut Value) {
    let ownerless: Vec<&str> =
        RESOURCES.into_iter().filter(|resource| !roles::has_owner(resource)).collect();
    permission["if"] =
        json!({ "properties": { "resource": { "enum": ownerless } }, "required": ["resource"] });
    permission["then"] = json!({ "properties": { "scope": { "enum": ["none", "all"] } } });
}
