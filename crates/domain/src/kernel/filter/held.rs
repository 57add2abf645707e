use chrono::SecondsFormat;
use sea_orm::{
    DbBackend, Value,
    sea_query::{Alias, Expr},
};

use crate::kernel::{
    catalogue::{Field, Held},
    database::{number_in, text_in},
};

/// What is in a place where a field's value is, or what it is sorted by.
pub fn value_of(field: &Field, held: &Held, table: &Alias, backend: DbBackend) -> Expr {
    let column = |name: &str| Expr::col((table.clone(), Alias::new(name)));
    match held {
        Held::Column(name) | Held::Slot(name) => column(name),
        Held::Comparable(key) if field.kind.is_number() => {
            number_in(column("comparable"), key, backend)
        }
        Held::Comparable(key) => text_in(column("comparable"), key, backend),
        Held::Tags => column("tags"),
    }
}

/// A value as it is in such a place: custom fields are text or numbers there.
pub fn held_as(held: &Held, value: Value) -> Value {
    match held {
        Held::Slot(_) | Held::Comparable(_) => comparable(value),
        Held::Column(_) | Held::Tags => value,
    }
}

/// Text that compares as the value does, or a number.
pub fn comparable(value: Value) -> Value {
    match value {
        Value::BigInt(Some(number)) => (number as f64).into(),
        Value::Int(Some(number)) => f64::from(number).into(),
        Value::Bool(Some(truth)) => truth.to_string().into(),
        Value::Uuid(Some(id)) => id.to_string().into(),
        Value::ChronoDate(Some(day)) => day.format("%Y-%m-%d").to_string().into(),
        Value::ChronoDateTimeUtc(Some(time)) => {
            time.to_rfc3339_opts(SecondsFormat::Micros, true).into()
        }
        value => value,
    }
}
