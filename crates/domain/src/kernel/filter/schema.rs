//! What a rule may say of each resource, as JSON Schema, made from the field catalogue: what it allows is accepted,
//! and what it does not is refused. What it cannot say (how large a rule may be in all) is a conflict.

use std::collections::BTreeMap;

use rapport_entity::{DayShift, Shift, Span, values::amount_pattern};
use serde_json::{Map, Value as Json, json};

use super::{
    aggregate::{has_one_value, suits},
    compile::Limits,
};
use crate::kernel::catalogue::{Catalogue, Field, FieldKind, Held, Relation};

/// The schemas of the rules on some resources, and on those that their relations lead to, by name.
pub fn rule_schemas(of: impl IntoIterator<Item = &'static Catalogue>) -> BTreeMap<String, Json> {
    let mut schemas = BTreeMap::new();
    let mut open: Vec<&'static Catalogue> = of.into_iter().collect();
    while let Some(of) = open.pop() {
        if schemas.insert(format!("{}Rule", of.type_name()), rule(of)).is_some() {
            continue;
        }
        schemas.insert(format!("{}Comparison", of.type_name()), comparison(of));
        schemas.insert(format!("{}Sum", of.type_name()), aggregate(of, "sum"));
        schemas.insert(format!("{}Extreme", of.type_name()), aggregate(of, "min"));
        if !of.relations.is_empty() {
            schemas.insert(format!("{}Relation", of.type_name()), relations(of));
        }
        open.extend(of.relations.iter().map(|relation| (relation.target)()));
    }
    schemas.insert("CountBounds".to_owned(), count_bounds());
    schemas.insert("DayFromNow".to_owned(), day_from_now());
    schemas.insert("TimeFromNow".to_owned(), time_from_now());
    schemas
}

/// The schema of `field=value` among the parameters of a list.
pub fn parameter(field: &Field) -> Json {
    match field.kind {
        FieldKind::Money => json!({
            "type": "string",
            "description": "In the workspace's currency.",
            "maxLength": 16,
            "pattern": amount_pattern(4),
        }),
        FieldKind::Thousandths => {
            json!({ "type": "string", "maxLength": 17, "pattern": THOUSANDTHS })
        }
        _ => plain(&field.kind),
    }
}

fn reference(name: String) -> Json {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn rule(of: &Catalogue) -> Json {
    let name = of.type_name();
    let itself = || reference(format!("{name}Rule"));
    let group = || json!({ "type": "array", "maxItems": Limits::GROUP, "items": itself() });
    let mut kinds = vec![
        only("all", "Every one of these holds. An empty list holds always.", group()),
        only("any", "At least one of these holds. An empty list never holds.", group()),
        only("not", "This does not hold.", itself()),
        only("compare", "A field compares so.", reference(format!("{name}Comparison"))),
    ];
    if !of.relations.is_empty() {
        let there = reference(format!("{name}Relation"));
        kinds.push(only("relation", "The records at the other end of a relation are so.", there));
    }
    kinds.push(only("sample", "The record is in this part of a random sample.", sample()));
    if of.name == "customer" {
        let id = json!({ "type": "string", "format": "uuid", "description": "The segment's id." });
        let member = object(&["id"], [("id", id)]);
        kinds.push(only("segment", "The customer is a member of this segment.", member));
    }
    json!({
        "description": format!(
            "A condition on a {}. A rule has at most {} levels, {} conditions and {} values in all; \
             one that has more is a conflict (409).",
            of.name, Limits::DEPTH, Limits::NODES, Limits::ALL_VALUES
        ),
        "oneOf": kinds,
    })
}

fn sample() -> Json {
    let percent = |what| said(what, json!({ "type": "number", "minimum": 0, "maximum": 100 }));
    let seed = json!({ "type": "string", "minLength": 1, "maxLength": 100 });
    object(
        &["seed"],
        [
            ("seed", said("Whatever tells this sample from others.", seed)),
            ("from", percent("The first place, in percent, to hundredths; 0 where left out.")),
            (
                "to",
                percent(
                    "The place that ends it and does not belong to it, in percent, to hundredths; 100 where left out.",
                ),
            ),
        ],
    )
}

/// An object with one member.
fn only(name: &str, description: &str, schema: Json) -> Json {
    let mut object = object(&[name], [(name, schema)]);
    object["description"] = description.into();
    object
}

fn object<'n>(required: &[&str], properties: impl IntoIterator<Item = (&'n str, Json)>) -> Json {
    let properties: Map<String, Json> =
        properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    let mut object =
        json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    object
}

/// One of some schemas, or the only one. Where there is none nothing fits: a choice among none would be no schema.
fn one_of(description: &str, mut schemas: Vec<Json>) -> Json {
    match (schemas.len(), schemas.pop()) {
        (1, Some(mut only)) => {
            only["description"] = description.into();
            only
        }
        (_, None) => json!({ "description": description, "not": {} }),
        (_, last) => {
            schemas.extend(last);
            json!({ "description": description, "oneOf": schemas })
        }
    }
}

/// Fields of one kind, which compare in one way.
fn kinds<'f>(fields: impl Iterator<Item = &'f Field>) -> Vec<(FieldKind, Vec<&'f str>)> {
    let mut kinds: Vec<(FieldKind, Vec<&'f str>)> = Vec::new();
    for field in fields {
        match kinds.iter_mut().find(|(kind, _)| *kind == field.kind) {
            Some((_, names)) => names.push(&field.name),
            None => kinds.push((field.kind.clone(), vec![&field.name])),
        }
    }
    kinds
}

fn names(fields: &[&str]) -> Json {
    json!({ "type": "string", "enum": fields, "description": "The field's name, as in the record." })
}

fn comparison(of: &'static Catalogue) -> Json {
    let mut each = comparisons(of.fields.iter());
    let description = format!(
        "A comparison of a field of a {} with values. Where several operators are given, all of them hold. \
         A field without a value satisfies only `ne`, `notIn` and `exists: false`.",
        of.name
    );
    if of.fields.iter().any(|field| field.held == Held::Tags) {
        each.push(custom());
    }
    one_of(&description, each)
}

/// A comparison of a field of the workspace's own. Which there are, and what each compares with, is in the workspace's
/// own description.
fn custom() -> Json {
    let value = || json!({ "type": ["string", "number", "boolean", "object"] });
    let list = || json!({ "type": "array", "maxItems": Limits::VALUES, "items": value() });
    let part = || json!({ "type": "string", "maxLength": Limits::PART, "pattern": NO_NUL });
    let name = json!({
        "type": "string",
        "maxLength": 47,
        "pattern": "^custom\\.[a-z][A-Za-z0-9]*$",
        "description": "`custom.` and the key of a field of the workspace's own.",
    });
    let mut members = vec![("field", name)];
    members.extend(["eq", "ne", "lt", "lte", "gt", "gte"].map(|operator| (operator, value())));
    members.extend(["in", "notIn"].map(|operator| (operator, list())));
    members.extend(["contains", "startsWith"].map(|operator| (operator, part())));
    members.push(("exists", json!({ "type": "boolean" })));
    let mut object = object(&["field"], members);
    object["minProperties"] = 2.into();
    object
}

/// Comparisons of some fields: one schema for each kind of value.
pub fn comparisons<'f>(fields: impl Iterator<Item = &'f Field>) -> Vec<Json> {
    kinds(fields).into_iter().map(|(kind, fields)| compare(&kind, &fields)).collect()
}

fn compare(kind: &FieldKind, fields: &[&str]) -> Json {
    let value = || operand(kind);
    let list = || json!({ "type": "array", "maxItems": Limits::VALUES, "items": value() });
    let part = || json!({ "type": "string", "maxLength": Limits::PART, "pattern": NO_NUL });
    let mut members = vec![
        ("field", names(fields)),
        ("eq", said("Equals.", value())),
        ("ne", said("Does not equal.", value())),
        ("in", said("Is one of these.", list())),
        ("notIn", said("Is none of these.", list())),
        ("exists", json!({ "type": "boolean", "description": "Has a value, or has none." })),
    ];
    if kind.is_ordered() {
        members.extend(bounds(kind));
    }
    if let FieldKind::Choices(_) = kind {
        members[1].1["description"] = "This is among them.".into();
        members[2].1["description"] = "This is not among them.".into();
        members[3].1["description"] = "One of these is among them.".into();
        members[4].1["description"] = "None of these is among them.".into();
    }
    if *kind == FieldKind::Date {
        members.push(("anniversary", anniversary()));
    }
    if let FieldKind::Text(_) = kind {
        let case = "whatever the case of the letters A to Z.";
        members.push(("contains", said(&format!("Contains this, {case}"), part())));
        members.push(("startsWith", said(&format!("Starts with this, {case}"), part())));
    }
    let mut object = object(&["field"], members);
    object["minProperties"] = 2.into();
    object
}

fn bounds(kind: &FieldKind) -> [(&'static str, Json); 4] {
    [
        ("lt", said("Is less (earlier) than.", operand(kind))),
        ("lte", said("Is at most.", operand(kind))),
        ("gt", said("Is greater (later) than.", operand(kind))),
        ("gte", said("Is at least.", operand(kind))),
    ]
}

fn said(what: &str, mut schema: Json) -> Json {
    schema["description"] = what.into();
    schema
}

const NO_NUL: &str = r"^[^\u0000]*$";
/// Every reader of JSON holds whole numbers exactly up to here.
const LARGEST: i64 = 9_007_199_254_740_991;

/// What [`FieldKind::Thousandths`] are written as.
const THOUSANDTHS: &str = r"^-?[0-9]{1,12}(\.[0-9]{1,3})?$";

/// The values that a kind of field compares with: what `value::operand` reads.
fn operand(kind: &FieldKind) -> Json {
    match kind {
        FieldKind::Date => json!({ "anyOf": [plain(kind), reference("DayFromNow".to_owned())] }),
        FieldKind::Time => json!({ "anyOf": [plain(kind), reference("TimeFromNow".to_owned())] }),
        _ => plain(kind),
    }
}

fn day_from_now() -> Json {
    let shift = json!({
        "type": "string",
        "description": "How far: `-P90D` is ninety days ago, `P1Y` in a year. In a month without such a day it is the last one.",
        "maxLength": Shift::MAX,
        "pattern": Shift::pattern_of_days(),
        "examples": ["-P90D"],
    });
    said(
        "A day so far from today, in the workspace's time zone. It moves with time.",
        object(&["now"], [("now", shift)]),
    )
}

fn time_from_now() -> Json {
    let shift = json!({
        "type": "string",
        "description": "How far: `-P90D` is ninety days of 24 hours ago, `PT12H` in twelve hours. Months are reckoned in UTC; \
            in one without such a day it is the moment at which it ends.",
        "maxLength": Shift::MAX,
        "pattern": Shift::PATTERN,
        "examples": ["-PT12H"],
    });
    said("A moment so far from now. It moves with time.", object(&["now"], [("now", shift)]))
}

/// Values that do not move.
fn plain(kind: &FieldKind) -> Json {
    match kind {
        FieldKind::Text(choices) | FieldKind::Choices(choices) if choices.is_empty() => {
            json!({ "type": "string", "maxLength": Limits::TEXT, "pattern": NO_NUL })
        }
        FieldKind::Text(choices) | FieldKind::Choices(choices) => {
            json!({ "type": "string", "enum": choices })
        }
        FieldKind::Integer => {
            json!({ "type": "integer", "format": "int64", "minimum": -LARGEST, "maximum": LARGEST })
        }
        FieldKind::Boolean => json!({ "type": "boolean" }),
        FieldKind::Number => json!({
            "type": "number", "exclusiveMinimum": -1e15, "exclusiveMaximum": 1e15,
        }),
        FieldKind::Thousandths => json!({ "anyOf": [
            {
                "type": "string",
                "description": "A decimal number with at most three decimals.",
                "maxLength": 17,
                "pattern": THOUSANDTHS,
            },
            {
                "type": "integer",
                "format": "int64",
                "minimum": -999_999_999_999_i64,
                "maximum": 999_999_999_999_i64,
            },
        ] }),
        FieldKind::MoneyIn(currency) => json!({ "anyOf": [
            reference("Money".to_owned()),
            {
                "type": "string",
                "description": format!("A decimal number, in {currency}."),
                "maxLength": 16,
                "pattern": amount_pattern(currency.exponent()),
            },
        ] }),
        FieldKind::Date => json!({ "type": "string", "format": "date" }),
        FieldKind::Time => json!({ "type": "string", "format": "date-time" }),
        FieldKind::Id => json!({ "type": "string", "format": "uuid" }),
        FieldKind::Money => json!({ "anyOf": [
            reference("Money".to_owned()),
            {
                "type": "string",
                "description": "A decimal number, in the workspace's currency.",
                "maxLength": 16,
                "pattern": amount_pattern(4),
            },
            {
                "type": "integer",
                "description": "A whole number, in the workspace's currency.",
                "format": "int64",
                "minimum": -9_999_999_999_i64,
                "maximum": 9_999_999_999_i64,
            },
        ] }),
    }
}

fn relations(of: &Catalogue) -> Json {
    let each = of.relations.iter().map(relation).collect();
    one_of(
        "A condition on the records at the other end of a relation. With nothing but a name: there is one.",
        each,
    )
}

fn relation(relation: &Relation) -> Json {
    let target = (relation.target)();
    let name = target.type_name();
    let sum = reference(format!("{name}Sum"));
    let extreme = || reference(format!("{name}Extreme"));
    let members = [
        ("name", json!({ "type": "string", "enum": [relation.name] })),
        ("filter", reference(format!("{name}Rule"))),
        ("within", window(target, relation.date)),
        ("count", reference("CountBounds".to_owned())),
        ("sum", said("The sum of a number or an amount of money; of none it is 0.", sum)),
        ("min", said("The smallest; of none no comparison holds.", extreme())),
        ("max", said("The largest; of none no comparison holds.", extreme())),
        ("avg", said("The average; of none no comparison holds.", reference(format!("{name}Sum")))),
        ("distinct", distinct(target)),
    ];
    said(&format!("The {}.", relation.name), object(&["name"], members))
}

fn anniversary() -> Json {
    let end = |what: &str| {
        let shape = json!({
            "type": "string", "maxLength": DayShift::MAX, "pattern": DayShift::PATTERN, "examples": ["P7D"],
        });
        said(&format!("The {what} day, as seen from today. Today where left out."), shape)
    };
    said(
        "The day and month come round within these days, in whatever year; both ends belong to it. What is of 29 February \
         is kept on the 28th in years without one. That it ends before it begins is a conflict (409).",
        object(&[], [("from", end("first")), ("to", end("last"))]),
    )
}

/// A stretch of time, by a date or by a time of the related record.
fn window(target: &'static Catalogue, default: &str) -> Json {
    let timed = target.fields.iter().filter(|field| is_timed(&field.kind));
    let each = kinds(timed).into_iter().flat_map(|(kind, fields)| windows(&kind, &fields, default));
    one_of("Only the related records within this time. Both ends belong to it.", each.collect())
}

/// From and to, or last, or next.
fn windows(kind: &FieldKind, fields: &[&str], default: &str) -> [Json; 3] {
    let day = json!({ "type": "string", "format": "date" });
    let (end, pattern) = match kind {
        FieldKind::Date => {
            (json!({ "anyOf": [day, reference("DayFromNow".to_owned())] }), Span::pattern_of_days())
        }
        _ => (
            json!({ "anyOf": [
                day,
                { "type": "string", "format": "date-time" },
                reference("TimeFromNow".to_owned()),
            ] }),
            Span::PATTERN.to_owned(),
        ),
    };
    let span = json!({
        "type": "string", "maxLength": Span::MAX, "pattern": pattern, "examples": ["P90D"],
    });
    let required: &[&str] = if fields.contains(&default) { &[] } else { &["field"] };
    let field = || ("field", said(&format!("`{default}` where left out."), names(fields)));
    let one = |member| [required, &[member]].concat();
    [
        object(
            required,
            [
                field(),
                ("from", said("The first day or moment.", end.clone())),
                ("to", said("The last day or moment.", end)),
            ],
        ),
        object(
            &one("last"),
            [
                field(),
                (
                    "last",
                    said(
                        "From so long ago until now; of days, from that day to today.",
                        span.clone(),
                    ),
                ),
            ],
        ),
        object(
            &one("next"),
            [
                field(),
                (
                    "next",
                    said("From now until so far ahead; of days, from today to that day.", span),
                ),
            ],
        ),
    ]
}

fn is_timed(kind: &FieldKind) -> bool {
    matches!(kind, FieldKind::Date | FieldKind::Time)
}

/// Bounds on a sum, or on the smallest or largest.
fn aggregate(of: &'static Catalogue, what: &str) -> Json {
    let suiting = of.fields.iter().filter(|field| suits(what, field));
    let each = kinds(suiting).into_iter().map(|(kind, fields)| {
        let exactly = [("field", names(&fields)), ("eq", said("Exactly.", operand(&kind)))];
        let mut object = object(&["field"], exactly.into_iter().chain(bounds(&kind)));
        object["minProperties"] = 2.into();
        object
    });
    one_of("Bounds on a value made of many records. All that are given hold.", each.collect())
}

fn distinct(of: &'static Catalogue) -> Json {
    let fields = of.fields.iter().filter(|field| has_one_value(field));
    let fields: Vec<&str> = fields.map(|field| field.name.as_str()).collect();
    let mut object = object(&["field"], [("field", names(&fields))].into_iter().chain(counts()));
    object["minProperties"] = 2.into();
    said("How many different values a field has. All bounds that are given hold.", object)
}

fn count_bounds() -> Json {
    let mut object = object(&[], counts());
    object["minProperties"] = 1.into();
    said("How many there are. All bounds that are given hold.", object)
}

fn counts() -> [(&'static str, Json); 5] {
    let count = |what| {
        json!({
            "type": "integer", "format": "int32", "minimum": 0, "maximum": i32::MAX,
            "description": what,
        })
    };
    [
        ("eq", count("Exactly.")),
        ("lt", count("Fewer than.")),
        ("lte", count("At most.")),
        ("gt", count("More than.")),
        ("gte", count("At least.")),
    ]
}
