//! How much one request may ask. Counted on the parsed document before anything is executed, each fragment once, so
//! that the counting itself is quick however often fragments spread one another.
//!
//! | bound | limit | counts |
//! |---|---|---|
//! | depth | 15 | fields within fields |
//! | fields | 1,000 | selected in all, fragments spread out |
//! | root fields | 20 | of the operation itself; 1 of a subscription |
//! | aliases | 50 | fragments spread out |
//! | directives | 10 | at one place |
//! | values | 10,000 | in all arguments |
//! | cost | 10,000 | records that the answer may hold |
//!
//! The cost is counted as GitHub does: a list costs as many records as its `first` says (or its default), and all
//! that is selected in it costs so many times as much. Lists that cannot be told `first` count as 10, and those that
//! answer a list as many as that has. A field of a mutation costs 10 more. So 50 customers with 10 contacts and 3 orders of 10 lines each cost
//! 50 + 500 + 150 + 1,500 = 2,200; 200 customers with 50 orders of 10 lines cost 110,200.
//!
//! Introspection has a budget of its own, in proportion to the schema: what tools ask passes, going round in circles
//! does not.

use std::collections::HashMap;

use async_graphql::{
    Name, Pos, Positioned, ServerError, Variables,
    parser::types::{
        Directive, ExecutableDocument, Field, FragmentDefinition, OperationDefinition,
        OperationType, Selection, SelectionSet,
    },
};
use async_graphql_value::{ConstValue, Value};

use super::{
    answer::{Code, refuse},
    shapes::{self, Output, Shapes, whole},
    variables,
};

/// How deep fields may be nested.
pub const DEPTH: u64 = 15;
/// The most fields that are selected.
pub const FIELDS: u64 = 1_000;
/// The most fields of an operation itself.
pub const ROOT_FIELDS: u64 = 20;
/// The most aliases.
pub const ALIASES: u64 = 50;
/// The most directives at one place.
pub const DIRECTIVES: usize = 10;
/// The most records an answer may hold.
pub const COST: u64 = 10_000;
/// The most values that all arguments have together: each member, and each item of a list.
pub const VALUES: usize = 10_000;
/// How deep selections of every kind may be nested: fields, fragments and inline fragments.
const LEVELS: usize = 30;
/// How many items a list is taken to have that cannot be told how many to give.
const ITEMS: u64 = 10;
/// What a write costs beside what it answers.
const WRITE: u64 = 10;
/// What introspection may cost, for each type of the schema.
const INTROSPECTION: u64 = 800;

/// How much is selected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Size {
    /// Fields at the top of the selection.
    own: u64,
    fields: u64,
    aliases: u64,
    depth: u64,
    cost: u64,
    introspection: u64,
}

impl Size {
    fn and(self, other: Self) -> Self {
        Self {
            own: self.own.saturating_add(other.own),
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            depth: self.depth.max(other.depth),
            cost: self.cost.saturating_add(other.cost),
            introspection: self.introspection.saturating_add(other.introspection),
        }
    }
}

/// What the fields of a selection belong to.
#[derive(Clone, Copy)]
enum Of<'a> {
    Output(&'a Output),
    Introspection,
    /// Validation will tell.
    Unknown,
}

/// What an operation of a document costs.
///
/// # Errors
/// Every bound that an operation of the document exceeds, with the cost of the one that was to be executed.
pub fn measure(
    shapes: &Shapes,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Result<u64, (Vec<ServerError>, u64)> {
    let mut measure = Measure { shapes, document, operation, variables, fragments: HashMap::new() };
    let mut excesses = measure.document().map_err(|err| (vec![err], 0))?;
    let cost = measure.operation(operation).map_err(|err| (vec![err], 0))?.cost;
    excesses.dedup_by(|a, b| a.message == b.message);
    if excesses.is_empty() { Ok(cost) } else { Err((excesses, cost)) }
}

fn excesses(
    shapes: &Shapes,
    operation: &OperationDefinition,
    size: Size,
    pos: Pos,
) -> Vec<ServerError> {
    let single = operation.ty == OperationType::Subscription;
    let roots = if single { 1 } else { ROOT_FIELDS };
    [
        ("fields may be nested", " deep", size.depth, DEPTH),
        ("it may select", " fields", size.fields, FIELDS),
        ("it may select", " fields of its own", size.own, roots),
        ("it may have", " aliases", size.aliases, ALIASES),
        ("it may cost", "", size.cost, COST),
        ("introspection may cost", "", size.introspection, INTROSPECTION * shapes.count),
    ]
    .into_iter()
    .filter(|(_, _, is, limit)| is > limit)
    .map(|(what, unit, is, limit)| {
        let said = match is {
            u64::MAX => "far more".to_owned(),
            is => is.to_string(),
        };
        too_complex(
            format!("the query asks for too much: {what} at most {limit}{unit}, not {said}"),
            pos,
        )
    })
    .collect()
}

fn too_complex(message: String, pos: Pos) -> ServerError {
    refuse(Code::TooComplex, message, Some(pos))
}

struct Measure<'a> {
    shapes: &'a Shapes,
    document: &'a ExecutableDocument,
    /// The operation that is to be executed, whose variables are given.
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    /// The fragments that were measured; `None` while they are.
    fragments: HashMap<&'a Name, Option<(Size, usize)>>,
}

/// How much is selected, and how many levels deep.
type Measured = Result<(Size, usize), ServerError>;

impl<'a> Measure<'a> {
    /// What the operations exceed. Also counts the fragments that none spreads: validation goes through them all.
    fn document(&mut self) -> Result<Vec<ServerError>, ServerError> {
        let document = self.document;
        let mut found = Vec::new();
        for (_, operation) in document.operations.iter() {
            let size = self.operation(&operation.node)?;
            found.extend(excesses(self.shapes, &operation.node, size, operation.pos));
        }
        for name in document.fragments.keys() {
            self.fragment(name, 0)?;
        }
        Ok(found)
    }

    fn operation(&mut self, operation: &'a OperationDefinition) -> Result<Size, ServerError> {
        few(&operation.directives)?;
        let of = self.shapes.root(operation.ty).map_or(Of::Unknown, Of::Output);
        let (mut size, _) = self.selections(&operation.selection_set, of, 0)?;
        if operation.ty == OperationType::Mutation {
            size.cost = size.cost.saturating_add(size.own.saturating_mul(WRITE));
        }
        Ok(size)
    }

    fn selections(
        &mut self,
        set: &'a Positioned<SelectionSet>,
        of: Of<'a>,
        level: usize,
    ) -> Measured {
        if level > LEVELS {
            let message = format!("selections may be nested at most {LEVELS} deep");
            return Err(too_complex(message, set.pos));
        }
        let mut sum = (Size::default(), 0);
        for selection in &set.node.items {
            few(selection.node.directives())?;
            let (size, levels) = self.selection(&selection.node, of, level)?;
            sum = (sum.0.and(size), sum.1.max(levels + 1));
        }
        Ok(sum)
    }

    fn selection(&mut self, selection: &'a Selection, of: Of<'a>, level: usize) -> Measured {
        match selection {
            Selection::Field(field) => self.field(&field.node, of, level),
            Selection::FragmentSpread(spread) => {
                let (size, levels) = self.fragment(&spread.node.fragment_name.node, level)?;
                if level + levels > LEVELS {
                    let message = format!("selections may be nested at most {LEVELS} deep");
                    return Err(too_complex(message, spread.pos));
                }
                Ok((size, levels))
            }
            Selection::InlineFragment(inline) => {
                let of = match &inline.node.type_condition {
                    Some(condition) => self.named(&condition.node.on.node),
                    None => of,
                };
                self.selections(&inline.node.selection_set, of, level + 1)
            }
        }
    }

    fn named(&self, name: &str) -> Of<'a> {
        match self.shapes.output(name) {
            _ if name.starts_with("__") => Of::Introspection,
            Some(output) => Of::Output(output),
            None => Of::Unknown,
        }
    }

    fn fragment(&mut self, name: &Name, level: usize) -> Measured {
        let document = self.document;
        let Some((name, fragment)) = document.fragments.get_key_value(name) else {
            return Ok(Default::default());
        };
        match self.fragments.get(name) {
            Some(Some(measured)) => return Ok(*measured),
            Some(None) => {
                let message = format!("the fragment \"{name}\" spreads itself");
                return Err(refuse(Code::Validation, message, Some(fragment.pos)));
            }
            None => {}
        }
        self.fragments.insert(name, None);
        let measured = self.contents(&fragment.node, level)?;
        self.fragments.insert(name, Some(measured));
        Ok(measured)
    }

    fn contents(&mut self, fragment: &'a FragmentDefinition, level: usize) -> Measured {
        few(&fragment.directives)?;
        let of = self.named(&fragment.type_condition.node.on.node);
        self.selections(&fragment.selection_set, of, level + 1)
    }

    fn field(&mut self, field: &'a Field, of: Of<'a>, level: usize) -> Measured {
        let name = field.name.node.as_str();
        let shape = match of {
            Of::Output(output) => output.field(name),
            Of::Introspection | Of::Unknown => None,
        };
        let within = match (of, shape) {
            (Of::Introspection, _) => Of::Introspection,
            _ if name == "__schema" || name == "__type" => Of::Introspection,
            (_, Some(shape)) => self.named(&shape.of),
            (_, None) => Of::Unknown,
        };
        let (inner, levels) = self.selections(&field.selection_set, within, level + 1)?;
        let times = match (of, shape) {
            (Of::Introspection, _) => introspected(name, self.shapes),
            (Of::Output(output), _) if output.leads_on => 1,
            (_, Some(shape)) => self.times(field, shape),
            (_, None) => 1,
        };
        let leaf = field.selection_set.node.items.is_empty();
        let size = Size {
            own: 1,
            fields: inner.fields.saturating_add(1),
            aliases: inner.aliases.saturating_add(u64::from(field.alias.is_some())),
            depth: inner.depth + 1,
            cost: times.saturating_mul(inner.cost.saturating_add(records(of, shape, within))),
            introspection: match within {
                Of::Introspection if !leaf => times.saturating_mul(inner.introspection + 1),
                _ => inner.introspection,
            },
        };
        Ok((size, levels))
    }

    /// How many items the field may give.
    fn times(&self, field: &Field, shape: &shapes::Field) -> u64 {
        match shape.first {
            Some(default) => match field.get_argument("first") {
                Some(first) => self.resolved(&first.node).unwrap_or(default),
                None => default,
            },
            None if shape.list => self.handed_in(field).unwrap_or(ITEMS),
            None => 1,
        }
    }

    /// The length of the longest list among the members of the field's arguments: each item of it is answered.
    fn handed_in(&self, field: &Field) -> Option<u64> {
        let lists = field.arguments.iter().flat_map(|(_, value)| match &value.node {
            Value::Variable(name) => {
                variables::value(self.operation, self.variables, name).map(longest)
            }
            Value::Object(members) => members.values().map(|member| self.length(member)).max(),
            _ => None,
        });
        lists.max().filter(|length| *length > 0)
    }

    fn length(&self, value: &Value) -> u64 {
        match value {
            Value::Variable(name) => {
                let value = variables::value(self.operation, self.variables, name);
                value.map_or(0, length)
            }
            Value::List(items) => items.len() as u64,
            _ => 0,
        }
    }

    /// The number that an argument is. What is none is refused by validation.
    fn resolved(&self, value: &Value) -> Option<u64> {
        match value {
            Value::Variable(name) => whole(variables::value(self.operation, self.variables, name)?),
            Value::Number(number) => number.as_u64(),
            _ => None,
        }
    }
}

fn longest(input: &ConstValue) -> u64 {
    match input {
        ConstValue::Object(members) => members.values().map(length).max().unwrap_or(0),
        _ => 0,
    }
}

fn length(value: &ConstValue) -> u64 {
    match value {
        ConstValue::List(items) => items.len() as u64,
        _ => 0,
    }
}

/// How many records one item of a field is. Values within a record, such as an amount of money, are none.
fn records(of: Of<'_>, shape: Option<&shapes::Field>, within: Of<'_>) -> u64 {
    let leads_on = matches!(of, Of::Output(output) if output.leads_on);
    match (shape, within) {
        (Some(shape), Of::Output(output)) => {
            u64::from(!leads_on && (output.record || shape.list || shape.first.is_some()))
        }
        _ => 0,
    }
}

/// How many items a field of introspection has, about.
fn introspected(name: &str, shapes: &Shapes) -> u64 {
    match name {
        "types" => shapes.count,
        "fields" | "inputFields" => 10,
        "directives" | "enumValues" => 5,
        "args" | "possibleTypes" => 2,
        _ => 1,
    }
}

fn few(directives: &[Positioned<Directive>]) -> Result<(), ServerError> {
    match directives.get(DIRECTIVES) {
        None => Ok(()),
        Some(excess) => {
            let message = format!("there may be at most {DIRECTIVES} directives at one place");
            Err(too_complex(message, excess.pos))
        }
    }
}

#[cfg(test)]
mod tests;
