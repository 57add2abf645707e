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
    bounds::variable,
    scalars,
    shapes::{Input, InputObject, InputType, Output, Shapes},
};

/// The most faults that are told of, of one field.
const MOST: usize = 100;

/// What is wrong with the arguments of an operation's fields: an error for each field, which names every fault
/// by a JSON pointer that begins with the argument's name. The document must be within bounds.
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
        errors: Vec::new(),
    };
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
        let mut faults = Faults { shapes: self.shapes, found: Vec::new() };
        for input in &shape.arguments {
            let given = field.get_argument(&input.name);
            let value = given.and_then(|value| self.resolve(&value.node));
            faults.member(input, value.as_deref(), "");
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
                return variable(self.operation, self.variables, name).map(Cow::Borrowed);
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
        if self.found.len() >= MOST {
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
