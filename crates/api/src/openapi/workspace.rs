//! The description of the REST API as it is in one workspace: with the fields that the workspace has defined.

use actix_web::{HttpResponse, http::header};
use rapport_domain::kernel::{CustomField, FieldKind, comparisons, parameter};
use rapport_entity::customers::custom_field::{Extended, Kind};
use rapport_http::caller::Caller;
use rapport_rest::Reply;
use serde_json::{Map, Value, json};

use super::{WRITTEN, referred};

/// The document for whoever asks: the fields that they see are described, others are not.
pub async fn described(me: Caller) -> Reply<HttpResponse> {
    let mut document: Value = serde_json::from_str(WRITTEN).unwrap_or_default();
    for (resource, name, list) in EXTENDED {
        let fields: Vec<&CustomField> = me.actor().custom.visible(resource.name()).collect();
        describe(&mut document, name, &fields);
        list_by(&mut document, list, &fields);
    }
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CACHE_CONTROL, "private, no-cache"));
    Ok(answer.content_type("application/json").body(document.to_string()))
}

/// The kinds of records that have custom fields, their schemas and their lists.
const EXTENDED: [(Extended, &str, &str); 4] = [
    (Extended::Customer, "Customer", "/api/v1/customers"),
    (Extended::Contact, "Contact", "/api/v1/contacts"),
    (Extended::Product, "Product", "/api/v1/products"),
    (Extended::Order, "Order", "/api/v1/orders"),
];

fn describe(document: &mut Value, name: &str, fields: &[&CustomField]) {
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else { return };
    let custom = format!("{name}Custom");
    let (answered, made, changed) =
        (custom.clone(), format!("New{custom}"), format!("{custom}Patch"));
    for (schema, of) in [
        (name.to_owned(), &answered),
        (format!("{name}WithLines"), &answered),
        (format!("New{name}"), &made),
        (format!("{name}Patch"), &changed),
    ] {
        schemas.entry(schema).and_modify(|schema| refer(&mut schema["properties"]["custom"], of));
    }
    schemas.insert(answered, object(fields, false, false));
    schemas.insert(made, object(fields, true, true));
    schemas.insert(changed, object(fields, true, false));
    schemas.entry(format!("{name}Comparison")).and_modify(|schema| compare(schema, fields));
}

/// Lets what refers to all custom fields there may be refer to these.
fn refer(schema: &mut Value, to: &str) {
    if referred(schema) == Some("Custom") {
        schema["$ref"] = format!("#/components/schemas/{to}").into();
    }
    for part in schema["oneOf"].as_array_mut().into_iter().flatten() {
        refer(part, to);
    }
}

fn object(fields: &[&CustomField], nullable: bool, new: bool) -> Value {
    let property = |field: &&CustomField| (field.key().to_owned(), property(field, nullable));
    let properties: Map<String, Value> = fields.iter().map(property).collect();
    let mut object = json!({
        "type": "object",
        "description": "Values of the workspace's custom fields.",
        "properties": properties,
        "additionalProperties": false,
    });
    let needed =
        |field: &&&CustomField| field.definition.required && field.definition.default.is_none();
    let required: Vec<&str> = fields.iter().filter(needed).map(|field| field.key()).collect();
    if new && !required.is_empty() {
        object["required"] = json!(required);
    }
    object
}

fn property(field: &CustomField, nullable: bool) -> Value {
    let mut schema = value(field);
    schema["title"] = field.definition.label.as_str().into();
    if let Some(description) = &field.definition.description {
        schema["description"] = description.as_str().into();
    }
    if let Some(default) = &field.definition.default {
        schema["default"] = default.clone();
    }
    match nullable && !field.definition.required {
        true => json!({ "oneOf": [schema, { "type": "null" }] }),
        false => schema,
    }
}

fn value(field: &CustomField) -> Value {
    let named =
        |name: &str| json!({ "allOf": [{ "$ref": format!("#/components/schemas/{name}") }] });
    match field.definition.kind {
        Kind::Money => named("Money"),
        Kind::Email => named("Email"),
        Kind::Phone => named("Phone"),
        Kind::Url => named("Url"),
        Kind::Text => json!({ "type": "string", "minLength": 1, "maxLength": 2000 }),
        Kind::MultipleChoice => json!({
            "type": "array", "uniqueItems": true, "items": parameter(&field.field),
        }),
        _ => parameter(&field.field),
    }
}

/// Rules know these fields, and no others of the workspace's own.
fn compare(schema: &mut Value, fields: &[&CustomField]) {
    let Some(parts) = schema["oneOf"].as_array_mut() else { return };
    parts.retain(|part| part["properties"]["field"]["enum"].is_array());
    parts.extend(comparisons(fields.iter().map(|field| &field.field)));
}

/// `custom.size=42`, for each field that can be equalled by one text.
fn list_by(document: &mut Value, path: &str, fields: &[&CustomField]) {
    let parameters = document["paths"][path]["get"]["parameters"].as_array_mut();
    let plain = |field: &&&CustomField| !matches!(field.field.kind, FieldKind::MoneyIn(_));
    let parameter = |field: &&CustomField| {
        json!({
            "name": field.field.name,
            "in": "query",
            "description": format!("Only the records whose {} is this.", field.definition.label),
            "required": false,
            "schema": parameter(&field.field),
        })
    };
    if let Some(parameters) = parameters {
        parameters.extend(fields.iter().filter(plain).map(parameter));
    }
}
