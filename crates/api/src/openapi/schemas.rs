//! Schemas: as narrow as what is accepted, and as full as what is answered.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::referred;

/// Writes down in each schema what follows from what it says.
pub fn complete(document: &mut Value) {
    flatten(document);
    name_lists(document);
    let answered = answered(document);
    for (name, schema) in schemas(document) {
        if answered.contains(name) {
            answer(schema);
        }
        close(schema);
        bound(schema);
    }
    each_operation_schema(document, &mut bound);
}

fn schemas(document: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    document["components"]["schemas"].as_object_mut().into_iter().flatten()
}

fn each_operation_schema(document: &mut Value, with: &mut impl FnMut(&mut Value)) {
    super::each_operation(document, |_, _, operation| with(operation));
}

const PREFIX: &str = "#/components/schemas/";

/// Does something with the name in each reference to a schema.
pub fn each_reference(value: &mut Value, with: &mut impl FnMut(&mut String)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "$ref" && text.starts_with(PREFIX) => {
                        let mut to = text.split_off(PREFIX.len());
                        with(&mut to);
                        text.push_str(&to);
                    }
                    other => each_reference(other, with),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_reference(item, with)),
        _ => {}
    }
}

/// An object that is made of others is written as one, as it is on the wire.
fn flatten(document: &mut Value) {
    let known: BTreeMap<String, Value> =
        schemas(document).map(|(name, schema)| (name.clone(), schema.clone())).collect();
    for (_, schema) in schemas(document) {
        if let Some(parts) = schema["allOf"].as_array() {
            let parts = parts
                .iter()
                .map(|part| referred(part).and_then(|to| known.get(to)).unwrap_or(part));
            if let Some(merged) = merged(parts, &schema["description"]) {
                *schema = merged;
            }
        }
    }
}

fn merged<'p>(parts: impl Iterator<Item = &'p Value>, description: &Value) -> Option<Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for part in parts {
        properties.extend(part["properties"].as_object()?.clone());
        required.extend(part["required"].as_array().cloned().unwrap_or_default());
    }
    Some(json!({
        "type": "object",
        "description": description,
        "properties": properties,
        "required": required,
    }))
}

/// `List_Customer`, which utoipa writes out, is `CustomerList` and refers to `Customer`.
fn name_lists(document: &mut Value) {
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else { return };
    let lists: Vec<String> =
        schemas.keys().filter(|name| name.starts_with("List_")).cloned().collect();
    for list in &lists {
        if let Some(mut schema) = schemas.remove(list) {
            let of = list.trim_start_matches("List_");
            schema["properties"]["items"]["items"] = json!({ "$ref": format!("{PREFIX}{of}") });
            schema["description"] = "A part of a list, in order.".into();
            schemas.insert(format!("{of}List"), schema);
        }
    }
    each_reference(document, &mut |name| {
        if let Some(of) = name.strip_prefix("List_") {
            *name = format!("{of}List");
        }
    });
}

/// The names of the schemas that answers are made of and requests are not.
fn answered(document: &Value) -> BTreeSet<String> {
    let (mut asked, mut told) = (BTreeSet::new(), BTreeSet::new());
    let mut operations = document["paths"].clone();
    super::each_operation(&mut json!({ "paths": operations.take() }), |_, _, operation| {
        asked.extend(reached(document, &operation["requestBody"]));
        asked.extend(reached(document, &operation["parameters"]));
        told.extend(reached(document, &operation["responses"]));
    });
    told.extend(reached(document, &json!({ "$ref": format!("{PREFIX}Problem") })));
    told.difference(&asked).cloned().collect()
}

/// The names of all schemas that something leads to.
fn reached(document: &Value, from: &Value) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from.clone()];
    while let Some(mut next) = open.pop() {
        each_reference(&mut next, &mut |name| {
            if reached.insert(name.clone()) {
                open.push(document["components"]["schemas"][name.as_str()].clone());
            }
        });
    }
    reached
}

/// In an answer a member that may be null is always there.
fn answer(schema: &mut Value) {
    let Some(properties) = schema["properties"].as_object() else { return };
    let nullable = properties.iter().filter(|(_, schema)| is_nullable(schema));
    let mut required: BTreeSet<String> = nullable.map(|(name, _)| name.clone()).collect();
    let already = schema["required"].as_array().into_iter().flatten();
    required.extend(already.filter_map(|name| name.as_str().map(ToOwned::to_owned)));
    schema["required"] = json!(required);
}

/// Where one of several members is given, no other may be.
fn close(schema: &mut Value) {
    let parts = schema.get_mut("oneOf").and_then(Value::as_array_mut);
    for part in parts.into_iter().flatten() {
        let one_is_needed = part["required"].as_array().is_some_and(|needed| needed.len() == 1);
        if part["properties"].is_object() && one_is_needed {
            part["additionalProperties"] = false.into();
        }
    }
}

fn is_nullable(schema: &Value) -> bool {
    let null = |of: &Value| of["type"] == "null";
    let types = schema["type"].as_array().is_some_and(|types| types.contains(&json!("null")));
    types || schema["oneOf"].as_array().is_some_and(|parts| parts.iter().any(null))
}

/// Says how long, how large and how many, where a format says it already but not to everybody.
fn bound(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let default_null = members.get("default").is_some_and(Value::is_null);
            if default_null {
                members.remove("default");
            }
            if let Some(Value::Object(usual)) = members.get_mut("default") {
                usual.retain(|_, value| !value.is_null());
            }
            let format = members.get("format").and_then(Value::as_str).unwrap_or_default();
            for (name, value) in bounds(format) {
                members.entry(name).or_insert(value);
            }
            members.values_mut().for_each(bound);
        }
        Value::Array(items) => items.iter_mut().for_each(bound),
        _ => {}
    }
}

fn bounds(format: &str) -> Vec<(&'static str, Value)> {
    let length = |min: u32, max: u32| vec![("minLength", json!(min)), ("maxLength", json!(max))];
    match format {
        "uuid" => length(36, 36),
        "date" => length(10, 10),
        "date-time" => length(20, 64),
        "int32" => vec![("minimum", json!(i32::MIN)), ("maximum", json!(i32::MAX))],
        "int64" => {
            let largest = 9_007_199_254_740_991_i64;
            vec![("minimum", json!(-largest)), ("maximum", json!(largest))]
        }
        _ => Vec::new(),
    }
}

/// Leaves out the schemas that nothing leads to.
pub fn prune(document: &mut Value) {
    let mut used = reached(document, &document["paths"]);
    used.extend(reached(document, &document["components"]["responses"]));
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.retain(|name, _| used.contains(name));
    }
}
