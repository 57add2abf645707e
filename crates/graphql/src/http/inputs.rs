//! Arguments, before anything is executed: every member that is wrong is named at once, as REST does.
//! (async-graphql itself stops at the first one of each argument.)

use std::{borrow::Cow, collections::HashSet};

use async_graphql::{
    Error as GraphQlError, Name, PathSegment, Pos, ServerError, Value as Const, Variables,
    parser::types::{
        BaseType, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet, Type,
    },
};
use async_graphql_value::Value;
use rapport_domain::{Error, Fault};

use super::{
    answer::{Code, refuse},
    bounds::VALUES,
    scalars,
    shapes::{Input, InputObject, InputType, Output, Shapes},
    variables,
};

/// The most faults that are told of, of one field.
const MOST: usize = 100;

/// What is wrong with the arguments of an operation's fields: an error for each field, which names every fault
/// by a JSON pointer that begins with the argument's name; and one for the variables that are missing.
/// The document must be within bounds.
pub fn check(
    shapes: &Shapes,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Vec<ServerError> {
    let mut inputs = Inputs {
        shapes,
        document,
        operation,
        variables,
        seen: HashSet::new(),
        path: Vec::new(),
        values: 0,
        errors: Vec::from_iter(variables::missing(operation, variables)),
    };
    if !inputs.errors.is_empty() {
        return inputs.errors;
    }
    if let Some(root) = shapes.root(operation.ty) {
        inputs.selections(&operation.selection_set.node, root);
    }
    inputs.errors
}

struct Inputs<'a> {
    shapes: &'a Shapes,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    /// The fragments that were checked: what is in them is the same wherever they are spread.
    seen: HashSet<&'a Name>,
    path: Vec<&'a str>,
    values: usize,
    errors: Vec<ServerError>,
}

impl<'a> Inputs<'a> {
    fn selections(&mut self, set: &'a SelectionSet, of: &'a Output) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => self.field(&field.node, field.pos, of),
                Selection::InlineFragment(inline) => {
                    let named = inline.node.type_condition.as_ref();
                    let of = match named {
                        Some(condition) => self.shapes.output(&condition.node.on.node),
                        None => Some(of),
                    };
                    if let Some(of) = of {
                        self.selections(&inline.node.selection_set.node, of);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(&spread.node.fragment_name.node);
                }
            }
        }
    }

    fn fragment(&mut self, name: &Name) {
        let document = self.document;
        let Some((name, fragment)) = document.fragments.get_key_value(name) else { return };
        let of = self.shapes.output(&fragment.node.type_condition.node.on.node);
        if let (true, Some(of)) = (self.seen.insert(name), of) {
            self.selections(&fragment.node.selection_set.node, of);
        }
    }

    fn field(&mut self, field: &'a Field, pos: Pos, of: &'a Output) {
        let Some(shape) = of.field(&field.name.node) else { return };
        self.path.push(&field.response_key().node);
        let mut faults = Faults { shapes: self.shapes, values: self.values, found: Vec::new() };
        for input in &shape.arguments {
            let given = field.get_argument(&input.name);
            let value = given.and_then(|value| self.resolve(&value.node));
            faults.member(input, value.as_deref(), "");
        }
        self.values = faults.values;
        if self.values > VALUES {
            let message = format!("all arguments together may have at most {VALUES} values");
            self.errors = vec![refuse(Code::TooComplex, message, Some(pos))];
            return;
        }
        if !faults.found.is_empty() {
            self.errors.push(self.error(faults.found, pos));
        }
        if let Some(within) = self.shapes.output(&shape.of) {
            self.selections(&field.selection_set.node, within);
        }
        self.path.pop();
    }

    fn error(&self, mut faults: Vec<Fault>, pos: Pos) -> ServerError {
        faults.truncate(MOST);
        let path = self.path.iter().map(|key| PathSegment::Field((*key).to_owned())).collect();
        GraphQlError::from(Error::Invalid(faults)).into_server_error(pos).with_path(path)
    }

    /// A value with what its variables stand for; `None` where it is such a variable and stands for nothing.
    fn resolve(&self, value: &Value) -> Option<Cow<'a, Const>> {
        Some(match value {
            Value::Variable(name) => {
                return variables::value(self.operation, self.variables, name).map(Cow::Borrowed);
            }
            Value::List(items) => {
                let items = items.iter().map(|item| self.resolve(item).map(Cow::into_owned));
                Cow::Owned(Const::List(items.map(Option::unwrap_or_default).collect()))
            }
            Value::Object(members) => {
                let members = members.iter().filter_map(|(name, value)| {
                    Some((name.clone(), self.resolve(value)?.into_owned()))
                });
                Cow::Owned(Const::Object(members.collect()))
            }
            value => Cow::Owned(value.clone().into_const()?),
        })
    }
}

struct Faults<'a> {
    shapes: &'a Shapes,
    values: usize,
    found: Vec<Fault>,
}

impl Faults<'_> {
    fn add(&mut self, pointer: &str, detail: impl ToString) {
        self.found.push(Fault::new(pointer, detail));
    }

    fn member(&mut self, input: &Input, value: Option<&Const>, within: &str) {
        let pointer = format!("{within}/{}", input.name);
        match value {
            Some(value) => self.value(&input.of, value, &pointer),
            None if input.needed => self.add(&pointer, "is needed"),
            None => {}
        }
    }

    fn value(&mut self, of: &Type, value: &Const, pointer: &str) {
        self.values += 1;
        if self.found.len() >= MOST || self.values > VALUES {
            return;
        }
        match (&of.base, value) {
            (_, Const::Null) if of.nullable => {}
            (_, Const::Null) => self.add(pointer, "must not be null"),
            (BaseType::List(of), Const::List(items)) => {
                for (place, item) in items.iter().enumerate() {
                    self.value(of, item, &format!("{pointer}/{place}"));
                }
            }
            // One item stands for a list of it.
            (BaseType::List(of), item) => self.value(of, item, pointer),
            (BaseType::Named(name), value) => self.named(name, value, pointer),
        }
    }

    fn named(&mut self, name: &str, value: &Const, pointer: &str) {
        match self.shapes.input(name) {
            InputType::Object(of) => self.object(of, value, pointer),
            InputType::Enum(names) => match value {
                Const::Enum(value) if names.contains(value.as_str()) => {}
                Const::String(value) if names.contains(value) => {}
                _ => self.add(pointer, format!("must be one of {}", listed(names))),
            },
            InputType::Scalar => {
                if let Some(refusal) = scalars::refusal(name, value) {
                    self.add(pointer, refusal);
                }
            }
        }
    }

    fn object(&mut self, of: &InputObject, value: &Const, pointer: &str) {
        let Const::Object(members) = value else {
            return self.add(pointer, "must be an object");
        };
        if of.one_of && members.values().filter(|value| **value != Const::Null).count() != 1 {
            self.add(pointer, "must have exactly one member");
        }
        for input in &of.members {
            self.member(input, members.get(input.name.as_str()), pointer);
        }
        for name in members.keys() {
            if of.members.iter().all(|input| input.name != name.as_str()) {
                self.add(&format!("{pointer}/{name}"), "is unknown");
            }
        }
    }
}

fn listed(names: &HashSet<String>) -> String {
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::{parse_query, types::DocumentOperations};
    use serde_json::json;

    use super::*;
    use rapport_http::problem::domain_error;

    use crate::{http::shapes::OURS, schema};

    /// Each fault as `path pointer`.
    fn faults(query: &str, variables: serde_json::Value) -> Vec<String> {
        let document = parse_query(query).unwrap();
        let DocumentOperations::Single(operation) = &document.operations else { panic!() };
        let variables = Variables::from_json(variables);
        let errors = check(&OURS, &document, &operation.node, &variables);
        let told = errors.iter().flat_map(|err| {
            let PathSegment::Field(field) = &err.path[0] else { panic!() };
            let faults = domain_error(err).unwrap().faults().iter();
            faults.map(move |fault| format!("{field} {}", fault.pointer))
        });
        told.collect()
    }

    #[test]
    fn every_wrong_member_is_named_in_literals_and_variables_alike() {
        let expected = [
            "createCustomer /input/kind",
            "createCustomer /input/name",
            "createCustomer /input/email",
            "createCustomer /input/employees",
            "createCustomer /input/bogus",
        ];
        let literal = r#"mutation { createCustomer(input: {kind: FOO, email: "x", employees: -1, bogus: 1}) { id } }"#;
        assert_eq!(faults(literal, json!({})), expected);
        let query = "mutation($i: NewCustomer!) { createCustomer(input: $i) { id } }";
        let input = json!({"kind": "FOO", "email": "x", "employees": -1, "bogus": 1});
        assert_eq!(faults(query, json!({ "i": input })), expected);
        let query = "mutation($e: String, $n: Int) { createCustomer(input: {kind: FOO, email: $e, employees: $n, bogus: 1}) { id } }";
        assert_eq!(faults(query, json!({ "e": "x", "n": -1 })), expected);
    }

    #[test]
    fn every_field_is_looked_at_also_in_fragments() {
        let query = r#"{ a: customer(id: "x") { id } ...F } fragment F on Query { b: order(id: null) { id } ... on Query { customers(first: "1") { totalCount } } }"#;
        assert_eq!(faults(query, json!({})), ["a /id", "b /id", "customers /first"]);
    }

    #[test]
    fn what_is_right_has_no_faults() {
        let query = "mutation($i: NewCustomer!, $o: NewOrder!) { createCustomer(input: $i) { id } createOrder(input: $o) { id } }";
        let customer = json!({"kind": "PERSON", "name": "Ada", "email": "ada@acme.example", "phone": null, "employees": 3});
        let order = json!({"customerId": "0198a5b8-0000-7000-8000-000000000000", "lines": [
            {"quantity": "2.5", "description": "x", "unitPrice": {"amount": "9.99", "currency": "EUR"}}
        ]});
        assert_eq!(faults(query, json!({ "i": customer, "o": order })), Vec::<String>::new());
        let rule = r#"{ customers(filter: {all: [{compare: {field: "name", eq: {any: [1, "x"]}}}, {not: {any: []}}]}, first: 3) { totalCount } }"#;
        assert_eq!(faults(rule, json!({})), Vec::<String>::new());
    }

    #[test]
    fn arguments_are_bounded_too() {
        let query = "query($f: Rule) { a: customers(filter: $f) { totalCount } b: customers(filter: $f) { totalCount } }";
        let document = parse_query(query).unwrap();
        let DocumentOperations::Single(operation) = &document.operations else { panic!() };
        let of = |items: usize| {
            let rule = json!({"all": vec![json!({"compare": {"field": "name"}}); items]});
            let variables = Variables::from_json(json!({ "f": rule }));
            check(&OURS, &document, &operation.node, &variables)
        };
        assert!(of(1_600).is_empty());
        let errors = of(200_000);
        assert_eq!(errors.len(), 1);
        assert!(errors[0].message.contains("at most 10000 values"));
    }

    #[test]
    fn lists_and_one_of_inputs_are_looked_into() {
        let query = "query($f: Rule) { customers(filter: $f) { totalCount } }";
        let of = |rule| faults(query, json!({ "f": rule }));
        assert_eq!(of(json!({})), ["customers /filter"]);
        assert_eq!(of(json!({"all": [], "any": []})), ["customers /filter"]);
        assert_eq!(
            of(json!({"all": [{"not": {"compare": {"eq": 1}}}, {"compare": {"field": 3}}]})),
            ["customers /filter/all/0/not/compare/field", "customers /filter/all/1/compare/field"]
        );
        assert_eq!(of(json!("x")), ["customers /filter"]);
    }

    #[test]
    fn every_scalar_of_the_schema_is_known() {
        let sdl = schema().sdl();
        let scalars = sdl.lines().filter_map(|line| line.strip_prefix("scalar "));
        for scalar in scalars.filter(|scalar| *scalar != "JSON") {
            let name = scalar.split_whitespace().next().unwrap();
            let odd = [Const::Object(Default::default()), Const::List(Vec::new())];
            let refused = odd.iter().any(|value| scalars::refusal(name, value).is_some());
            assert!(refused, "scalars.rs does not know {name}");
        }
    }
}
