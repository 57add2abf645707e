use std::{fmt::Write, time::Instant};

use async_graphql::parser::{parse_query, types::DocumentOperations};
use serde_json::json;

use super::*;

fn measured(query: &str, variables: serde_json::Value) -> Result<u64, String> {
    let document = parse_query(query).unwrap();
    let operation = match &document.operations {
        DocumentOperations::Single(operation) => operation,
        DocumentOperations::Multiple(operations) => operations.values().next().unwrap(),
    };
    let began = Instant::now();
    let outcome =
        measure(&shapes::OURS, &document, &operation.node, &Variables::from_json(variables));
    // Where each spread is followed anew it would be hours.
    assert!(began.elapsed().as_secs() < 30, "took {:?}", began.elapsed());
    outcome.map_err(|(errors, _)| {
        errors.into_iter().map(|err| err.message).collect::<Vec<_>>().join("; ")
    })
}

fn cost(query: &str) -> u64 {
    measured(query, json!({})).unwrap()
}

#[track_caller]
fn refused(query: &str, because: &str) {
    let message = measured(query, json!({})).unwrap_err();
    assert!(message.contains(because), "{message}");
}

#[test]
fn a_list_costs_what_it_may_give() {
    assert_eq!(cost("{ customer(id: 1) { name } }"), 1);
    assert_eq!(cost("{ customers { nodes { name } } }"), 50);
    assert_eq!(cost("{ customers(first: 7) { totalCount pageInfo { endCursor } } }"), 7);
    assert_eq!(cost("{ customers(first: 2) { edges { node { contacts { name } } } } }"), 22);
    assert_eq!(cost("{ a: order(id: 1) { total { amount } } b: order(id: 2) { id } }"), 2);
    let usual = "{ customers(first: 50) { nodes { contacts { id } orders(first: 3) { lines { quantity } } } } }";
    assert_eq!(cost(usual), 2_200);
    assert_eq!(cost("mutation { createCustomer(input: {}) { id } }"), 11);
    let batch = "mutation($input: CustomerBatch!) { batchCustomers(input: $input) { record { contacts { id } } } }";
    let input = json!({ "input": { "operations": [{}, {}, {}] } });
    assert_eq!(measured(batch, input), Ok(10 + 3 * (1 + 1 + 10)));
}

#[test]
fn a_variable_counts_as_what_it_stands_for() {
    let query = "query($n: Int = 20) { customers(first: $n) { nodes { id } } }";
    assert_eq!(measured(query, json!({ "n": 3 })), Ok(3));
    assert_eq!(measured(query, json!({})), Ok(20));
    // Refused by validation later; until then it counts as the default.
    assert_eq!(measured(query, json!({ "n": "3" })), Ok(50));
    assert_eq!(measured(query, json!({ "n": -3 })), Ok(50));
    assert!(measured(query, json!({ "n": 2_000_000_000 })).unwrap_err().contains("cost"));
}

#[test]
fn fragments_count_where_they_are_spread() {
    let query =
        "{ customers(first: 5) { ...C } } fragment C on CustomerConnection { nodes { ...O } }
        fragment O on Customer { orders(first: 4) { id } }";
    assert_eq!(cost(query), 25);
    let twice = "{ a: customer(id: 1) { ...O } b: customers(first: 2) { nodes { ... on Customer { ...O } } } }
        fragment O on Customer { orders(first: 4) { id } }";
    assert_eq!(cost(twice), 15);
}

#[test]
fn what_costs_too_much_is_refused() {
    refused(
        "{ customers(first: 200) { nodes { orders(first: 50) { lines { id } } } } }",
        "it may cost at most 10000, not 110200",
    );
}

#[test]
fn each_bound_is_just_what_it_says() {
    let many = |n: u64, of: &dyn Fn(u64) -> String| (0..n).map(of).collect::<String>();
    let aliases = |n| format!("{{ customer(id: 1) {{ {} }} }}", many(n, &|i| format!("a{i}: id ")));
    assert!(measured(&aliases(ALIASES), json!({})).is_ok());
    refused(&aliases(ALIASES + 1), "it may have at most 50 aliases, not 51");
    let fields = |n| format!("{{ customer(id: 1) {{ {} }} }}", many(n, &|_| "id ".to_owned()));
    assert!(measured(&fields(FIELDS - 1), json!({})).is_ok());
    refused(&fields(5_000), "it may select at most 1000 fields, not 5001");
    let roots = |n| format!("{{ {} }}", many(n, &|_| "__typename ".to_owned()));
    assert!(measured(&roots(ROOT_FIELDS), json!({})).is_ok());
    refused(&roots(ROOT_FIELDS + 1), "at most 20 fields of its own, not 21");
    let deep = |n: usize| format!("{}{}", "{ parent ".repeat(n), "}".repeat(n));
    assert!(measured(&deep(15), json!({})).is_ok());
    refused(&deep(16), "fields may be nested at most 15 deep, not 16");
    refused(&format!("{{ id {} }}", "@skip(if: false) ".repeat(11)), "at most 10 directives");
    refused("subscription { events { id } events { id } }", "at most 1 fields of its own");
}

#[test]
fn fragments_that_spread_one_another_are_counted_quickly() {
    let mut query = "{ customer(id: 1) { ...F0 } } ".to_owned();
    for level in 0..26 {
        let next = level + 1;
        write!(query, "fragment F{level} on Customer {{ ...F{next} ...F{next} }} ").unwrap();
    }
    query.push_str("fragment F26 on Customer { id }");
    refused(&query, "it may select at most 1000 fields, not 67108865");
}

#[test]
fn fragments_in_circles_or_long_chains_are_refused() {
    refused("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "spreads itself");
    refused("{ id } fragment A on Query { node { ...A } }", "spreads itself");
    let mut query = "{ ...F0 } ".to_owned();
    for level in 0..2_000 {
        write!(query, "fragment F{level} on Query {{ ...F{} }} ", level + 1).unwrap();
    }
    query.push_str("fragment F2000 on Query { id }");
    refused(&query, "nested at most 30 deep");
}

#[test]
fn operations_that_are_not_executed_are_bounded_too() {
    let deep = "{ parent ".repeat(16);
    let query = format!("query A {{ id }} query B {deep}{}", "}".repeat(16));
    refused(&query, "nested at most 15");
}

/// The query that GraphiQL and code generators ask (graphql-js 16).
const INTROSPECTION_QUERY: &str = "query IntrospectionQuery { __schema {
    queryType { name kind } mutationType { name kind } subscriptionType { name kind }
    types { ...FullType } directives { name description locations args { ...InputValue } } } }
    fragment FullType on __Type { kind name description
    fields(includeDeprecated: true) { name description args { ...InputValue } type { ...TypeRef }
    isDeprecated deprecationReason } inputFields { ...InputValue } interfaces { ...TypeRef }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    possibleTypes { ...TypeRef } }
    fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
    fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name
    ofType { kind name ofType { kind name ofType { kind name ofType { kind name
    ofType { kind name ofType { kind name } } } } } } } } } }";

#[test]
fn tools_may_introspect_but_not_go_round_in_circles() {
    assert_eq!(measured(INTROSPECTION_QUERY, json!({})), Ok(0));
    refused(
        "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }",
        "introspection may cost",
    );
    let (start, rest) = INTROSPECTION_QUERY.split_once("__schema {").unwrap();
    let (schema, fragments) = rest.split_once("fragment FullType").unwrap();
    let schema = schema.trim_end().strip_suffix("} } }").unwrap();
    let query = format!(
        "{start} a: __schema {{ ...S }} b: __schema {{ ...S }} c: __schema {{ ...S }} }}
        fragment S on __Schema {{ {schema} }} }} fragment FullType{fragments}"
    );
    refused(&query, "introspection may cost");
}
