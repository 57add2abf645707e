use sea_orm::{
    DbBackend, Value,
    sea_query::{ArrayType, Expr, ExprTrait, extension::postgres::PgFunc},
};
use uuid::Uuid;

/// That a column is one of some ids, written so that the statement's text does not depend on how many there are
/// (PostgreSQL), or seldom does (SQLite): otherwise each number of ids is prepared and planned anew.
pub fn is_one_of(column: Expr, ids: &[Uuid], backend: DbBackend) -> Expr {
    match backend {
        DbBackend::Postgres => {
            let ids = ids.iter().map(|id| Value::from(*id)).collect();
            let array = Value::Array(ArrayType::Uuid, Some(Box::new(ids)));
            column.eq(PgFunc::any(Expr::val(array)))
        }
        _ => {
            let padded = ids.len().next_power_of_two();
            let last = ids.last().copied().unwrap_or_default();
            column.is_in(ids.iter().copied().chain(std::iter::repeat(last)).take(padded))
        }
    }
}
