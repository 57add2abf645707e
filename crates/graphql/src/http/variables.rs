//! What variables stand for. async-graphql takes a variable that is left out for null; to us null is something else:
//! it clears a member, whereas what is left out stays as it is.

use std::collections::HashSet;

use async_graphql::{
    Error as GraphQlError, Name, Positioned, ServerError, Value as Const, Variables,
    parser::types::{
        DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet,
    },
};
use async_graphql_value::Value;
use rapport_domain::{Error, Fault};

/// What a variable stands for: what was given, else its default, else nothing.
pub fn value<'a>(
    operation: &'a OperationDefinition,
    given: &'a Variables,
    name: &Name,
) -> Option<&'a Const> {
    given.get(name).or_else(|| {
        let mut defined = operation.variable_definitions.iter();
        let defined = defined.find(|definition| definition.node.name.node == *name)?;
        defined.node.default_value.as_ref().map(|value| &value.node)
    })
}

/// The variables that must have a value and have none.
pub fn missing(operation: &OperationDefinition, given: &Variables) -> Option<ServerError> {
    let definitions = operation.variable_definitions.iter();
    let needed = definitions.filter(|definition| !definition.node.var_type.node.nullable);
    let mut at = None;
    let mut faults = Vec::new();
    for definition in needed {
        let name = &definition.node.name.node;
        let wrong = match value(operation, given, name) {
            None => "is needed",
            Some(Const::Null) => "must not be null",
            Some(_) => continue,
        };
        at = at.or(Some(definition.pos));
        faults.push(Fault::new(format!("/variables/{name}"), wrong));
    }
    Some(GraphQlError::from(Error::Invalid(faults)).into_server_error(at?))
}

/// The variables of an operation that stand for nothing.
pub fn absent(operation: &OperationDefinition, given: &Variables) -> HashSet<Name> {
    let names = operation.variable_definitions.iter().map(|of| &of.node.name.node);
    names.filter(|name| value(operation, given, name).is_none()).cloned().collect()
}

/// Leaves out the arguments and members that are variables which stand for nothing.
pub fn leave_out(absent: &HashSet<Name>, document: &mut ExecutableDocument) {
    match &mut document.operations {
        DocumentOperations::Single(operation) => of_operation(absent, &mut operation.node),
        DocumentOperations::Multiple(operations) => {
            let operations = operations.values_mut();
            operations.for_each(|operation| of_operation(absent, &mut operation.node));
        }
    }
    for fragment in document.fragments.values_mut() {
        of_selections(absent, &mut fragment.node.selection_set);
    }
}

fn of_operation(absent: &HashSet<Name>, operation: &mut OperationDefinition) {
    operation.variable_definitions.retain(|of| !absent.contains(&of.node.name.node));
    of_selections(absent, &mut operation.selection_set);
}

fn of_selections(absent: &HashSet<Name>, set: &mut Positioned<SelectionSet>) {
    for selection in &mut set.node.items {
        match &mut selection.node {
            Selection::Field(field) => {
                field.node.arguments.retain(|(_, value)| !is_absent(absent, &value.node));
                for (_, value) in &mut field.node.arguments {
                    of_value(absent, &mut value.node);
                }
                of_selections(absent, &mut field.node.selection_set);
            }
            Selection::InlineFragment(of) => of_selections(absent, &mut of.node.selection_set),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn of_value(absent: &HashSet<Name>, value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, value| !is_absent(absent, value));
            members.values_mut().for_each(|value| of_value(absent, value));
        }
        Value::List(items) => {
            for item in items {
                if is_absent(absent, item) {
                    *item = Value::Null;
                }
                of_value(absent, item);
            }
        }
        _ => {}
    }
}

fn is_absent(absent: &HashSet<Name>, value: &Value) -> bool {
    matches!(value, Value::Variable(name) if absent.contains(name))
}

#[cfg(test)]
mod tests {
    use async_graphql::{
        EmptyMutation, EmptySubscription, InputObject, MaybeUndefined, Object, Request, Schema,
        parser::parse_query,
    };
    use serde_json::json;

    use super::*;
    use rapport_http::problem::domain_error;

    #[derive(InputObject)]
    struct Patch {
        name: MaybeUndefined<String>,
    }

    struct Query;

    #[Object]
    impl Query {
        async fn patched(&self, patch: Patch, #[graphql(default = 50)] first: i32) -> String {
            format!("{:?} {first}", patch.name)
        }
    }

    async fn patched(query: &str, variables: serde_json::Value) -> String {
        let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
        let variables = Variables::from_json(variables);
        let mut document = parse_query(query).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let absent = absent(&operation.node, &variables);
        leave_out(&absent, &mut document);
        let mut request = Request::new(query).variables(variables);
        request.set_parsed_query(document);
        let response = schema.execute(request).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        response.data.into_json().unwrap()["patched"].as_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_variable_that_is_left_out_is_not_null() {
        let query = "query($n: String, $f: Int) { patched(patch: {name: $n}, first: $f) }";
        assert_eq!(patched(query, json!({})).await, "Undefined 50");
        assert_eq!(patched(query, json!({ "n": null, "f": 1 })).await, "Null 1");
        assert_eq!(patched(query, json!({ "n": "x" })).await, "Value(\"x\") 50");
        let in_a_fragment =
            "query($n: String) { ...F } fragment F on Query { patched(patch: {name: $n}) }";
        assert_eq!(patched(in_a_fragment, json!({})).await, "Undefined 50");
        let with_default = "query($n: String = \"d\") { patched(patch: {name: $n}) }";
        assert_eq!(patched(with_default, json!({})).await, "Value(\"d\") 50");
    }

    #[test]
    fn every_variable_that_is_needed_is_named() {
        let query = "query($a: Int!, $b: Int! = 1, $c: Int, $d: Int!, $e: Int!) { x }";
        let document = parse_query(query).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let of = |given| missing(&operation.node, &Variables::from_json(given));
        let err = of(json!({ "d": null, "e": 1 })).unwrap();
        let faults = domain_error(&err).unwrap().faults();
        let told: Vec<String> =
            faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.detail)).collect();
        assert_eq!(told, ["/variables/a is needed", "/variables/d must not be null"]);
        assert!(of(json!({ "a": 1, "d": 1, "e": 1 })).is_none());
    }
}
