//! Many rows in one statement: arrays on PostgreSQL (COPY does not go through row-level security),
//! a long VALUES list on SQLite. The text of the statement depends on the table alone, so it is prepared once.

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
        DbBackend::Postgres => {
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

fn names<C: IdenStatic>(columns: &[C]) -> String {
    columns.iter().map(|column| format!("\"{}\"", column.as_str())).collect::<Vec<_>>().join(", ")
}

fn list<E: EntityTrait>(rows: &[E::Model], columns: &[E::Column], backend: DbBackend) -> Statement {
    let row = format!("({})", vec!["?"; columns.len()].join(","));
    let sql = format!(
        "insert into \"{}\" ({}) values {}",
        E::default().table_name(),
        names(columns),
        vec![row.as_str(); rows.len()].join(",")
    );
    let values = rows.iter().flat_map(|row| columns.iter().map(|column| row.get(*column)));
    Statement::from_sql_and_values(backend, sql, values.collect::<Vec<Value>>())
}

fn arrays<E: EntityTrait>(rows: &[E::Model], columns: &[E::Column]) -> Statement {
    let mut selected = Vec::new();
    let mut unnested = Vec::new();
    let mut values = Vec::new();
    for (n, column) in columns.iter().enumerate() {
        let (array, name, json) = array_type(column.def().get_column_type());
        unnested.push(format!("${}::{name}[]", n + 1));
        selected.push(if json { format!("c{n}::jsonb") } else { format!("c{n}") });
        let cells = rows.iter().map(|row| cell(row.get(*column), json)).collect();
        values.push(Value::Array(array, Some(Box::new(cells))));
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
fn cell(value: Value, json: bool) -> Value {
    match value {
        Value::Json(json) => Value::String(json.map(|json| json.to_string())),
        _ if json => Value::String(None),
        value => value,
    }
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
