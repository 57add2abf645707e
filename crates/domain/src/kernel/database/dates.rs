use sea_orm::{DbBackend, sea_query::Expr};

/// The day of the year of a date, as month × 100 + day. SQLite keeps dates as text, YYYY-MM-DD, as does either where it
/// is in no column of its own.
pub fn day_of_year(date: Expr, is_in_a_column: bool, backend: DbBackend) -> Expr {
    let sql = match backend {
        DbBackend::Postgres if is_in_a_column => {
            "(extract(month from $1)::int * 100 + extract(day from $2)::int)"
        }
        DbBackend::Postgres => "(substr($1, 6, 2)::int * 100 + substr($2, 9, 2)::int)",
        _ => "(cast(substr(?, 6, 2) as integer) * 100 + cast(substr(?, 9, 2) as integer))",
    };
    Expr::cust_with_exprs(sql, [date.clone(), date])
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::{PostgresQueryBuilder, Query, SqliteQueryBuilder};

    use super::*;

    #[test]
    fn the_date_stands_in_each_place_on_both_databases() {
        let of = |is_in_a_column, backend| {
            Query::select()
                .expr(day_of_year(Expr::cust("born"), is_in_a_column, backend))
                .to_owned()
        };
        for is_in_a_column in [true, false] {
            let postgres = of(is_in_a_column, DbBackend::Postgres).to_string(PostgresQueryBuilder);
            let sqlite = of(is_in_a_column, DbBackend::Sqlite).to_string(SqliteQueryBuilder);
            for sql in [postgres, sqlite] {
                assert_eq!(sql.matches("born").count(), 2, "{sql}");
                assert!(!sql.contains(['$', '?']), "{sql}");
            }
        }
    }
}
