//! Rules, as each resource has them.

use rapport_domain::{facts::catalogues, kernel::rule_schemas};
use serde_json::Value;

use super::schemas::each_reference;

/// Adds the rules on every resource. A rule that is kept with a record, as a segment's, is one on customers.
pub fn complete(document: &mut Value) {
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.extend(rule_schemas(catalogues()));
        schemas.remove("Rule");
    }
    each_reference(document, &mut |name| {
        if name == "Rule" {
            *name = "CustomerRule".to_owned();
        }
    });
}
