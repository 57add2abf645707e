//! The schema as far as bounds and inputs need it. Read off its own description, so that the two cannot differ.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Value,
    parser::{
        parse_schema,
        types::{
            BaseType, FieldDefinition, InputValueDefinition, OperationType, ServiceDocument, Type,
            TypeDefinition, TypeKind, TypeSystemDefinition,
        },
    },
};

/// The types of a schema.
#[derive(Debug, Default)]
pub struct Shapes {
    outputs: HashMap<String, Output>,
    inputs: HashMap<String, InputObject>,
    enums: HashMap<String, HashSet<String>>,
    /// How many types there are.
    pub count: u64,
}

/// An object, interface or union.
#[derive(Debug, Default)]
pub struct Output {
    fields: HashMap<String, Field>,
    /// Whether it only leads to the items of a page: a connection or one of its edges.
    pub leads_on: bool,
    /// Whether it is a record, with an id.
    pub record: bool,
}

/// A field of an object.
#[derive(Debug)]
pub struct Field {
    /// The name of its type.
    pub of: String,
    /// Whether there are many of it.
    pub list: bool,
    /// How many there are where the query does not say, for fields that can be told `first`.
    pub first: Option<u64>,
    /// What it can be told.
    pub arguments: Vec<Input>,
}

/// An input object.
#[derive(Debug)]
pub struct InputObject {
    /// Its members.
    pub members: Vec<Input>,
    /// Whether exactly one of them is given.
    pub one_of: bool,
}

/// An argument, or a member of an input object.
#[derive(Debug)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its type.
    pub of: Type,
    /// Whether it must be given.
    pub needed: bool,
}

/// What an input's type is, null and lists aside.
#[derive(Debug)]
pub enum InputType<'a> {
    /// An input object.
    Object(&'a InputObject),
    /// One of these names.
    Enum(&'a HashSet<String>),
    /// Anything else.
    Scalar,
}

impl Shapes {
    /// The types of a schema in the schema definition language.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn read(sdl: &str) -> Result<Self, async_graphql::parser::Error> {
        let ServiceDocument { definitions } = parse_schema(sdl)?;
        let mut shapes = Self::default();
        for definition in definitions {
            if let TypeSystemDefinition::Type(definition) = definition {
                shapes.add(definition.node);
            }
        }
        Ok(shapes)
    }

    fn add(&mut self, definition: TypeDefinition) {
        self.count += 1;
        let name = definition.name.node.to_string();
        let has = |directive: &str| {
            definition.directives.iter().any(|given| given.node.name.node == directive)
        };
        match &definition.kind {
            TypeKind::Object(object) => {
                let fields = object.fields.iter().map(|field| &field.node);
                self.outputs.insert(name.clone(), output(&name, fields));
            }
            TypeKind::Interface(interface) => {
                let fields = interface.fields.iter().map(|field| &field.node);
                self.outputs.insert(name.clone(), output(&name, fields));
            }
            TypeKind::Union(_) => {
                let output = Output { record: true, ..Output::default() };
                self.outputs.insert(name, output);
            }
            TypeKind::InputObject(object) => {
                let members = object.fields.iter().map(|field| input(&field.node)).collect();
                self.inputs.insert(name, InputObject { members, one_of: has("oneOf") });
            }
            TypeKind::Enum(of) => {
                let values = of.values.iter().map(|value| value.node.value.node.to_string());
                self.enums.insert(name, values.collect());
            }
            TypeKind::Scalar => {}
        }
    }

    /// An object, interface or union by name.
    pub fn output(&self, name: &str) -> Option<&Output> {
        self.outputs.get(name)
    }

    /// The object whose fields an operation selects.
    pub fn root(&self, of: OperationType) -> Option<&Output> {
        self.output(match of {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        })
    }

    /// The type of an input by name.
    pub fn input(&self, name: &str) -> InputType<'_> {
        match (self.inputs.get(name), self.enums.get(name)) {
            (Some(object), _) => InputType::Object(object),
            (None, Some(names)) => InputType::Enum(names),
            (None, None) => InputType::Scalar,
        }
    }
}

impl Output {
    /// A field by name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(name)
    }
}

fn output<'a>(name: &str, fields: impl Iterator<Item = &'a FieldDefinition>) -> Output {
    let fields: HashMap<String, Field> =
        fields.map(|of| (of.name.node.to_string(), field(of))).collect();
    Output {
        leads_on: name.ends_with("Connection") || name.ends_with("Edge"),
        record: fields.contains_key("id"),
        fields,
    }
}

fn field(of: &FieldDefinition) -> Field {
    let first = of.arguments.iter().find(|argument| argument.node.name.node == "first");
    let default = first.map(|first| match &first.node.default_value {
        Some(value) => whole(&value.node).unwrap_or_default(),
        None => 1,
    });
    Field {
        of: named(&of.ty.node).to_owned(),
        list: matches!(of.ty.node.base, BaseType::List(_)),
        first: default,
        arguments: of.arguments.iter().map(|argument| input(&argument.node)).collect(),
    }
}

fn input(of: &InputValueDefinition) -> Input {
    Input {
        name: of.name.node.to_string(),
        of: of.ty.node.clone(),
        needed: !of.ty.node.nullable && of.default_value.is_none(),
    }
}

/// The name of a type, null and lists aside.
pub fn named(of: &Type) -> &str {
    match &of.base {
        BaseType::Named(name) => name,
        BaseType::List(of) => named(of),
    }
}

/// A number that is not negative, if it is one.
pub fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        _ => None,
    }
}

/// The schema's own, read once for all tests.
#[cfg(test)]
pub static OURS: std::sync::LazyLock<Shapes> =
    std::sync::LazyLock::new(|| Shapes::read(&crate::schema().sdl()).unwrap());
