//! Many rows in one statement: arrays on PostgreSQL (COPY does not go through row-level security),
//! a long VALUES list on SQLite. The text of the statement depends on the table alone, so it is prepared once.

use std::fmt::Write;

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
    if rows.is_empty() {
        return Ok(());
    }
    let skip = skip.map(|column| column.as_str());
    let columns: Vec<E::Column> =
        E::Column::iter().filter(|column| Some(column.as_str()) != skip).collect();
    match db.get_database_backend() {
        DbBackend::Postgres if rows.len() > FEW => {
            db.execute_raw(arrays::<E>(rows, &columns)).await?;
        }
        backend => {
            for chunk in rows.chunks(PARAMETERS / columns.len()) {
                db.execute_raw(list::<E>(chunk, &columns, backend)).await?;
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

fn list<E: EntityTrait>(rows: &[E::Model], columns: &[E::Column], backend: DbBackend) -> Statement {
    let parameter = |n: usize| match backend {
        DbBackend::Postgres => format!("${}", n + 1),
        _ => "?".to_owned(),
    };
    let row = |n: usize| {
        let first = n * columns.len();
        let parameters: Vec<String> = (first..first + columns.len()).map(parameter).collect();
        format!("({})", parameters.join(","))
    };
    let sql = format!(
        "insert into \"{}\" ({}) values {}",
        E::default().table_name(),
        names(columns),
        (0..rows.len()).map(row).collect::<Vec<_>>().join(",")
    );
    let values = rows.iter().flat_map(|row| columns.iter().map(|column| row.get(*column)));
    Statement::from_sql_and_values(backend, sql, values.collect::<Vec<Value>>())
}

/// The driver's arrays hold no nulls, so a column that may have some travels as the text of an array.
fn arrays<E: EntityTrait>(rows: &[E::Model], columns: &[E::Column]) -> Statement {
    let mut selected = Vec::new();
    let mut unnested = Vec::new();
    let mut values = Vec::new();
    for (n, column) in columns.iter().enumerate() {
        let definition = column.def();
        let (array, name, json) = array_type(definition.get_column_type());
        let cells = rows.iter().map(|row| row.get(*column));
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
        "insert into \"{}\" ({}) select {} from unnest({}) as t({})",
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
