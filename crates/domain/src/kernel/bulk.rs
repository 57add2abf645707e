//! Many rows in one statement: arrays on PostgreSQL (COPY does not go through row-level security),
//! a long VALUES list on SQLite. The text of the statement depends on the table alone, so it is prepared once.

use std::fmt::Write;

use rapport_entity::log::event;
use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Iterable,
    ModelTrait, Statement, Value, sea_query::ArrayType,
};

use super::error::Result;

/// SQLite takes at most 32,766 parameters in a statement.
const PARAMETERS: usize = 32_000;

/// Inserts rows, without `skip`, which the database gives a value to.
pub async fn insert<E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: &[E::Model],
    skip: Option<E::Column>,
) -> Result<()> {
    insert_cells::<E>(db, rows, skip, "", |row, column| row.get(column)).await
}

/// Inserts rows, or puts them in the place of those that have the same values in `key`, which must be unique.
pub async fn upsert<E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: &[E::Model],
    key: &[E::Column],
) -> Result<()> {
    let in_key = |column: &E::Column| key.iter().any(|key| key.as_str() == column.as_str());
    let others: Vec<String> = E::Column::iter()
        .filter(|column| !in_key(column))
        .map(|column| format!("\"{0}\" = excluded.\"{0}\"", column.as_str()))
        .collect();
    let conflict = format!(" on conflict ({}) do update set {}", names(key), others.join(", "));
    insert_cells::<E>(db, rows, None, &conflict, |row, column| row.get(column)).await
}

/// Inserts rows, and does with those that something unique of is there already what an `on conflict` clause says.
pub async fn insert_or<E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: &[E::Model],
    conflict: &str,
) -> Result<()> {
    insert_cells::<E>(db, rows, None, conflict, |row, column| row.get(column)).await
}

/// Inserts events. Their data are written as text at once: a copy of the tree for each event is a quarter of the
/// program's share of an import.
pub async fn insert_events(db: &impl ConnectionTrait, events: &[event::Model]) -> Result<()> {
    let as_text = db.get_database_backend() != DbBackend::Postgres || events.len() > FEW;
    let cell = |event: &event::Model, column| match column {
        event::Column::Data if as_text => Value::from(event.data.to_string()),
        column => event.get(column),
    };
    insert_cells::<event::Entity>(db, events, Some(event::Column::Seq), "", cell).await
}

async fn insert_cells<E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: &[E::Model],
    skip: Option<E::Column>,
    conflict: &str,
    cell: impl Fn(&E::Model, E::Column) -> Value,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let skip = skip.map(|column| column.as_str());
    let columns: Vec<E::Column> =
        E::Column::iter().filter(|column| Some(column.as_str()) != skip).collect();
    match db.get_database_backend() {
        DbBackend::Postgres if rows.len() > FEW => {
            db.execute_raw(arrays::<E>(rows, &columns, conflict, cell)).await?;
        }
        backend => {
            for chunk in rows.chunks(PARAMETERS / columns.len()) {
                db.execute_raw(list::<E>(chunk, &columns, backend, conflict, &cell)).await?;
            }
        }
    }
    Ok(())
}

/// So few rows are cheaper as a list of values.
const FEW: usize = 2;

fn names<C: IdenStatic>(columns: &[C]) -> String {
    columns.iter().map(|column| format!("\"{}\"", column.as_str())).collect::<Vec<_>>().join(", ")
}

fn list<E: EntityTrait>(
    rows: &[E::Model],
    columns: &[E::Column],
    backend: DbBackend,
    conflict: &str,
    cell: impl Fn(&E::Model, E::Column) -> Value,
) -> Statement {
    let parameters = match backend {
        DbBackend::Postgres => numbered(rows.len(), columns.len()),
        _ => vec![format!("({})", vec!["?"; columns.len()].join(",")); rows.len()],
    };
    let sql = format!(
        "insert into \"{}\" ({}) values {}{conflict}",
        E::default().table_name(),
        names(columns),
        parameters.join(",")
    );
    let mut values = Vec::with_capacity(rows.len() * columns.len());
    values.extend(rows.iter().flat_map(|row| columns.iter().map(|column| cell(row, *column))));
    Statement::from_sql_and_values(backend, sql, values)
}

fn numbered(rows: usize, columns: usize) -> Vec<String> {
    let row = |n: usize| {
        let parameters = (n * columns + 1..=(n + 1) * columns).map(|n| format!("${n}"));
        format!("({})", parameters.collect::<Vec<_>>().join(","))
    };
    (0..rows).map(row).collect()
}

/// The driver's arrays hold no nulls, so a column that may have some travels as the text of an array.
fn arrays<E: EntityTrait>(
    rows: &[E::Model],
    columns: &[E::Column],
    conflict: &str,
    cell: impl Fn(&E::Model, E::Column) -> Value,
) -> Statement {
    let mut selected = Vec::new();
    let mut unnested = Vec::new();
    let mut values = Vec::new();
    for (n, column) in columns.iter().enumerate() {
        let definition = column.def();
        let (array, name, json) = array_type(definition.get_column_type());
        let cells = rows.iter().map(|row| cell(row, *column));
        if definition.is_null() {
            unnested.push(format!("${}::text::{name}[]", n + 1));
            values.push(Value::from(literal(cells)));
        } else {
            unnested.push(format!("${}::{name}[]", n + 1));
            values.push(Value::Array(array, Some(Box::new(cells.map(json_as_text).collect()))));
        }
        selected.push(if json { format!("c{n}::jsonb") } else { format!("c{n}") });
    }
    let aliases: Vec<String> = (0..columns.len()).map(|n| format!("c{n}")).collect();
    let sql = format!(
        "insert into \"{}\" ({}) select {} from unnest({}) as t({}){conflict}",
        E::default().table_name(),
        names(columns),
        selected.join(", "),
        unnested.join(", "),
        aliases.join(", ")
    );
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

/// JSON travels as text, because an array of it has no type of its own in the driver.
fn json_as_text(value: Value) -> Value {
    match value {
        Value::Json(Some(json)) => Value::from(json.to_string()),
        value => value,
    }
}

/// The text of an array, as PostgreSQL reads it.
fn literal(cells: impl Iterator<Item = Value>) -> String {
    let mut text = String::from("{");
    for (n, cell) in cells.enumerate() {
        if n > 0 {
            text.push(',');
        }
        write_cell(&mut text, cell);
    }
    text.push('}');
    text
}

fn write_cell(text: &mut String, cell: Value) {
    // Writing to a text does not fail.
    let _ = match cell {
        Value::Uuid(Some(id)) => write!(text, "{id}"),
        Value::Int(Some(number)) => write!(text, "{number}"),
        Value::BigInt(Some(number)) => write!(text, "{number}"),
        Value::Bool(Some(truth)) => write!(text, "{truth}"),
        Value::ChronoDate(Some(day)) => write!(text, "{day}"),
        Value::ChronoDateTimeUtc(Some(time)) => write!(text, "\"{}\"", time.to_rfc3339()),
        Value::String(Some(words)) => quote(text, &words),
        Value::Json(Some(json)) => quote(text, &json.to_string()),
        _ => text.write_str("NULL"),
    };
}

fn quote(text: &mut String, words: &str) -> std::fmt::Result {
    text.push('"');
    for letter in words.chars() {
        if matches!(letter, '"' | '\\') {
            text.push('\\');
        }
        text.push(letter);
    }
    text.push('"');
    Ok(())
}

fn array_type(of: &ColumnType) -> (ArrayType, &'static str, bool) {
    match of {
        ColumnType::Uuid => (ArrayType::Uuid, "uuid", false),
        ColumnType::Integer => (ArrayType::Int, "int4", false),
        ColumnType::BigInteger => (ArrayType::BigInt, "int8", false),
        ColumnType::Double => (ArrayType::Double, "float8", false),
        ColumnType::Boolean => (ArrayType::Bool, "bool", false),
        ColumnType::Date => (ArrayType::ChronoDate, "date", false),
        ColumnType::TimestampWithTimeZone => (ArrayType::ChronoDateTimeUtc, "timestamptz", false),
        ColumnType::VarBinary(_) => (ArrayType::Bytes, "bytea", false),
        ColumnType::Json | ColumnType::JsonBinary => (ArrayType::String, "text", true),
        _ => (ArrayType::String, "text", false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrays_text_keeps_every_character() {
        let cells = [Value::from("a\"b\\c,{}"), Value::String(None), Value::from("NULL")];
        assert_eq!(literal(cells.into_iter()), r#"{"a\"b\\c,{}",NULL,"NULL"}"#);
    }
}
