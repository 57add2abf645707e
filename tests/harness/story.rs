//! Stories that are told over both APIs alike.

use serde_json::{Value, json};

use super::Client;

/// Which API the story is told over.
#[derive(Clone, Copy, PartialEq)]
pub enum Api {
    /// JSON over REST.
    Rest,
    /// GraphQL.
    GraphQl,
}

/// A step: the mutation, the path of the operation, and the type of its input.
pub type Step = (&'static str, &'static str, &'static str);

impl Api {
    /// Does a step; some members of what it gives back.
    pub async fn act(
        self,
        client: &Client,
        step: Step,
        id: &Value,
        input: Value,
        members: &str,
    ) -> Value {
        let (name, path, of) = step;
        if self == Self::Rest {
            let path = path.replace("{id}", id.as_str().unwrap_or_default());
            return client.post(&path, input).await.json().clone();
        }
        let has_id = path.contains("{id}");
        let variables = [("id", has_id, "UUID"), ("input", !of.is_empty(), of)];
        let used = || variables.iter().filter(|(_, used, _)| *used);
        let declared: Vec<String> = used().map(|(name, _, of)| format!("${name}: {of}!")).collect();
        let given: Vec<String> = used().map(|(name, ..)| format!("{name}: ${name}")).collect();
        let query = format!(
            "mutation({}) {{ {name}({}) {{ {members} }} }}",
            declared.join(", "),
            given.join(", ")
        );
        client.graphql(&query, json!({ "id": id, "input": input })).await[name].clone()
    }

    /// A value of an enumeration.
    pub fn name(self, value: &str) -> Value {
        match self {
            Self::Rest => json!(value),
            Self::GraphQl => json!(value.to_uppercase()),
        }
    }
}
