//! Members of JSON columns. Their names are letters and digits: custom fields' keys and slots.

use sea_orm::{DbBackend, Value, sea_query::Expr};

/// A member that is text; of one that is something else its text.
pub fn text_in(column: Expr, key: &str, backend: DbBackend) -> Expr {
    let sql = match backend {
        DbBackend::Postgres => format!("($1 ->> '{key}')"),
        _ => format!("json_extract(?, '$.{key}')"),
    };
    Expr::cust_with_exprs(sql, [column])
}

/// A member that is a number.
pub fn number_in(column: Expr, key: &str, backend: DbBackend) -> Expr {
    match backend {
        DbBackend::Postgres => {
            Expr::cust_with_exprs(format!("(($1 ->> '{key}')::float8)"), [column])
        }
        _ => text_in(column, key, backend),
    }
}

/// That a list of texts has one among it.
pub fn has_member(column: Expr, key: &str, value: Value, backend: DbBackend) -> Expr {
    let sql = match backend {
        DbBackend::Postgres => format!("coalesce(jsonb_exists($1 -> '{key}', $2), false)"),
        _ => format!("exists (select 1 from json_each(?, '$.{key}') where value = ?)"),
    };
    Expr::cust_with_exprs(sql, [column, Expr::val(value)])
}
