use rapport_entity::{Resource, identity::workspace};
use sea_orm::{
    Condition, DbBackend, IdenStatic, Value,
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

/// That a record is one of those that have one of some texts in `column` and the other values as well, of which together
/// there is one in a workspace. PostgreSQL looks for each by itself: whatever it believes of the table when it makes its
/// plan (and of one that is being filled it believes that it is empty) it does not look through all that the other
/// values fit.
pub fn is_known_by<E: Resource>(
    workspace: workspace::Id,
    others: &[(E::Column, Value)],
    column: E::Column,
    texts: &[&str],
    backend: DbBackend,
) -> Condition {
    if backend != DbBackend::Postgres {
        let others = others.iter().map(|(other, value)| Expr::col(*other).eq(value.clone()));
        let these = is_one_of_texts(Expr::col(column), texts, backend);
        return others.fold(Condition::all().add(these), Condition::add);
    }
    let texts = texts.iter().map(|text| Value::from(*text)).collect();
    let array = Value::Array(ArrayType::String, Some(Box::new(texts)));
    let also: String = others
        .iter()
        .enumerate()
        .map(|(n, (other, _))| format!(" and t.\"{}\" = ${}", other.as_str(), n + 3))
        .collect();
    let sql = format!(
        "array(select found.id from unnest($1) wanted(key) cross join lateral (select t.\"{id}\" as id \
         from \"{table}\" t where t.\"{workspace}\" = $2 and t.\"{column}\" = wanted.key{also} limit 1) found)",
        id = E::ID.as_str(),
        table = E::default().table_name(),
        workspace = E::WORKSPACE.as_str(),
        column = column.as_str(),
    );
    let values =
        [array, workspace.into()].into_iter().chain(others.iter().map(|(_, value)| value.clone()));
    let ids = Expr::cust_with_values(sql, values);
    Condition::all().add(Expr::col((E::default(), E::ID)).eq(PgFunc::any(ids)))
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
