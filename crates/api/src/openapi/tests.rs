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
