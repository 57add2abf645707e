use sea_orm::{DbBackend, sea_query::Expr};

/// The day of the year of a date, as month × 100 + day. SQLite keeps dates as text, YYYY-MM-DD, as does either where it
/// is in no column of its own.
pub fn day_of_year(date: Expr, is_in_a_column: bool, backend: DbBackend) -> Expr {
    let sql = match backend {
        DbBackend::Postgres if is_in_a_column => {
            "(extract(month from ?)::int * 100 + extract(day from ?)::int)"
        }
        DbBackend::Postgres => "(substr(?, 6, 2)::int * 100 + substr(?, 9, 2)::int)",
        _ => "(cast(substr(?, 6, 2) as integer) * 100 + cast(substr(?, 9, 2) as integer))",
    };
    Expr::cust_with_exprs(sql, [date.clone(), date])
}
