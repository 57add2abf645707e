use serde_json::Value;

use super::{document, schemas::each_reference};

#[test]
fn every_reference_leads_somewhere() {
    let mut all = document();
    let known = all["components"]["schemas"].clone();
    let mut lost = Vec::new();
    each_reference(&mut all, &mut |name| {
        if known[name.as_str()].is_null() {
            lost.push(name.clone());
        }
    });
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn no_operation_has_a_parameter_twice() {
    let mut twice = Vec::new();
    super::each_operation(&mut document(), |path, method, operation| {
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let mut seen = std::collections::BTreeSet::new();
        for parameter in &parameters {
            if !seen.insert((parameter["in"].to_string(), parameter["name"].to_string())) {
                twice.push(format!("{method} {path}: {}", parameter["name"]));
            }
        }
    });
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn no_schema_is_a_choice_among_nothing() {
    let empty = |name: &str| document().to_string().contains(&format!("\"{name}\":[]"));
    assert!(!["oneOf", "anyOf", "allOf"].into_iter().any(empty));
}

#[test]
fn rules_of_records_are_on_what_they_are_about() {
    let all = document();
    let condition = |schema: &str, member: &str| {
        all["components"]["schemas"][schema]["properties"][member].to_string()
    };
    assert!(condition("NewSurvey", "condition").contains("/ServiceRequestRule\""));
    assert!(condition("LeadScoringRulePatch", "rule").contains("/LeadRule\""));
    assert!(condition("NewPool", "condition").contains("/LeadRule\""));
    assert!(condition("NewSegment", "rule").contains("/CustomerRule\""));
}

/// Whoever writes `value["a"]["b"]` to what may not be there makes it, as null.
#[test]
fn nothing_is_null_but_in_examples() {
    let mut nulls = Vec::new();
    find_nulls(&document(), "", &mut nulls);
    assert!(nulls.is_empty(), "{nulls:?}");
}

fn find_nulls(value: &Value, at: &str, nulls: &mut Vec<String>) {
    match value {
        Value::Null => nulls.push(at.to_owned()),
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(n, item)| find_nulls(item, &format!("{at}/{n}"), nulls));
        }
        Value::Object(members) => {
            let members = members.iter();
            members
                .filter(|(name, _)| {
                    !["example", "examples", "enum", "const"].contains(&name.as_str())
                })
                .for_each(|(name, member)| find_nulls(member, &format!("{at}/{name}"), nulls));
        }
        _ => {}
    }
}
