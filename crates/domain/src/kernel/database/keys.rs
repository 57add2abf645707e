use sea_orm::{
    DbBackend, Value,
    sea_query::{ArrayType, BinOper, Expr, ExprTrait, extension::postgres::PgFunc},
};
use uuid::Uuid;

/// That a column is one of some ids, which may be many or stand in the statement many times: the statement's text
/// never depends on them, and they take one parameter.
pub fn is_among(column: Expr, ids: &[Uuid], backend: DbBackend) -> Expr {
    match backend {
        DbBackend::Postgres => is_one_of(column, ids, backend),
        _ => {
            let ids: Vec<String> = ids.iter().map(|id| id.simple().to_string()).collect();
            let ids = Value::from(serde_json::Value::from(ids).to_string());
            let list = Expr::cust_with_values("(select unhex(value) from json_each(?))", [ids]);
            column.binary(BinOper::In, list)
        }
    }
}

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

/// That a text column is one of some texts, written as [`is_among`].
pub fn is_one_of_texts(column: Expr, texts: &[&str], backend: DbBackend) -> Expr {
    match backend {
        DbBackend::Postgres => {
            let texts = texts.iter().map(|text| Value::from(*text)).collect();
            let array = Value::Array(ArrayType::String, Some(Box::new(texts)));
            column.eq(PgFunc::any(Expr::val(array)))
        }
        _ => {
            let texts = Value::from(serde_json::Value::from(texts.to_vec()).to_string());
            let list = Expr::cust_with_values("(select value from json_each(?))", [texts]);
            column.binary(BinOper::In, list)
        }
    }
}
