//! Rules, as each resource has them, and who may be let do what.

use rapport_domain::{facts::catalogues, identity::roles, kernel::rule_schemas};
use rapport_entity::RESOURCES;
use serde_json::{Value, json};

use super::schemas::each_reference;

/// Adds the rules on every resource. A rule that is kept with a record, as a segment's, is one on customers unless it is said to be
/// on something else.
pub fn complete(document: &mut Value) {
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.extend(rule_schemas(catalogues()));
        schemas.remove("Rule");
        schemas.entry("Permission").and_modify(permit);
        let endpoints =
            schemas.iter_mut().filter(|(name, _)| OF_ENDPOINTS.contains(&name.as_str()));
        endpoints.for_each(|(_, endpoint)| filter(endpoint));
        for name in ["NewExport", "Export"] {
            schemas.entry(name).and_modify(filter_exports);
        }
        for (name, schema) in schemas.iter_mut() {
            if let Some(of) = of_others(name) {
                put(schema, of);
            }
        }
    }
    each_reference(document, &mut |name| {
        if name == "Rule" {
            *name = "CustomerRule".to_owned();
        }
    });
}

/// What the rules of a schema are on, where not on customers.
fn of_others(schema: &str) -> Option<&'static [&'static str]> {
    let stem = ["New", "Simulate"].iter().find_map(|verb| schema.strip_prefix(verb));
    let stem = stem.unwrap_or(schema);
    Some(match stem.strip_suffix("Patch").unwrap_or(stem) {
        "Survey" | "ServicePolicy" | "ServiceRoutingRule" | "ServiceEscalationRule" => {
            &["ServiceRequestRule"]
        }
        "LeadAssignmentRule" | "LeadScoringRule" => &["LeadRule"],
        "PipelineCriterion" => &["OpportunityRule"],
        "ApprovalRule" => &["OpportunityRule", "QuoteRule"],
        "Pool" => &["CustomerRule", "LeadRule"],
        _ => return None,
    })
}

/// Puts rules on something into a schema where it has any rule.
fn put(schema: &mut Value, of: &[&str]) {
    match schema {
        Value::Object(members) => {
            if members.get("$ref").is_some_and(|name| name == "#/components/schemas/Rule") {
                let rule = |name: &&str| format!("#/components/schemas/{name}");
                match of {
                    [one] => members.insert("$ref".to_owned(), rule(one).into()),
                    _ => {
                        members.remove("$ref");
                        let any = of.iter().map(|name| json!({ "$ref": rule(name) })).collect();
                        members.insert("anyOf".to_owned(), any)
                    }
                };
            }
            members.values_mut().for_each(|member| put(member, of));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| put(item, of)),
        _ => {}
    }
}

/// What has the filter of a webhook endpoint, which is a rule on the kind of record that its events are about.
const OF_ENDPOINTS: [&str; 3] = ["WebhookEndpoint", "NewWebhookEndpoint", "WebhookEndpointPatch"];

fn filter(endpoint: &mut Value) {
    let rule = |of: &rapport_domain::kernel::Catalogue| json!({ "$ref": format!("#/components/schemas/{}Rule", of.type_name()) });
    let rules = catalogues().into_iter().map(rule).chain([json!({ "type": "null" })]);
    endpoint["properties"]["filter"] = json!({
        "description": "Only events about a record of which this rule holds when the event is looked at. All event types \
            are then of one kind of record, and the rule is one on that kind.",
        "anyOf": rules.collect::<Vec<_>>(),
    });
}

/// What is exported decides which rule it is.
fn filter_exports(export: &mut Value) {
    let rules = [
        "CustomerRule",
        "ContactRule",
        "InteractionRule",
        "TaskRule",
        "ContactPointRule",
        "ConsentRule",
        "ProductRule",
        "OrderRule",
    ];
    let mut any: Vec<Value> = rules
        .iter()
        .map(|name| json!({ "$ref": format!("#/components/schemas/{name}") }))
        .collect();
    any.push(json!({ "type": "null" }));
    let description = "Only the records of which this rule holds.";
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
