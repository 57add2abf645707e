use rapport_entity::values::search_terms;
use sea_orm::{
    DbBackend,
    sea_query::{
        Alias, BinOper, Condition, Expr, ExprTrait, Func, Query, SelectStatement, UnionType,
        extension::postgres::PgFunc,
    },
};
use uuid::Uuid;

use super::catalogue::Catalogue;

/// The condition that a row has a word beginning with each of the words looked for.
/// The words are letters and digits only, so nothing in them can be taken for query syntax.
pub fn condition(
    of: &Catalogue,
    table: &Alias,
    text: &str,
    workspace: Uuid,
    backend: DbBackend,
) -> Condition {
    let terms = search_terms([text]);
    if terms.is_empty() {
        return Condition::any();
    }
    match backend {
        DbBackend::Postgres => among_words(of, table, &terms, workspace),
        _ => in_index(of, table, &terms),
    }
}

/// That among the record's words, which PostgreSQL keeps in a table of their own, is one that begins with each of
/// these. Only text's own comparisons leak nothing, so that row-level security lets an index answer them; `like` and
/// `@@` would read all. The ids are gathered first: a plan that walks the list in its order and asks of each record
/// whether it matches is the faster one only where most do.
fn among_words(of: &Catalogue, table: &Alias, terms: &str, workspace: Uuid) -> Condition {
    let words = || Alias::new(format!("{}_word", of.table));
    let begins_with = |term: &str| {
        Query::select()
            .column(Alias::new(format!("{}_id", of.table)))
            .from(words())
            .and_where(Expr::col(Alias::new("workspace_id")).eq(workspace))
            .and_where(Expr::col(Alias::new("word")).gte(term))
            .and_where(Expr::col(Alias::new("word")).lt(format!("{term}{}", char::MAX)))
            .to_owned()
    };
    let found = terms
        .split(' ')
        .map(begins_with)
        .reduce(|mut all, next| all.union(UnionType::Intersect, next).to_owned());
    let is_found = |found: SelectStatement| {
        let ids = Func::cust("ARRAY").arg(Expr::SubQuery(None, Box::new(found.into())));
        Expr::col((table.clone(), Alias::new(of.id))).eq(PgFunc::any(ids))
    };
    Condition::all().add_option(found.map(is_found))
}

/// That SQLite's full-text index has the record under a word that begins with each of these.
fn in_index(of: &Catalogue, table: &Alias, terms: &str) -> Condition {
    let query: Vec<String> = terms.split(' ').map(|term| format!("\"{term}\"*")).collect();
    let index = || Alias::new(format!("{}_search", of.table));
    let found = Query::select()
        .column(Alias::new("rowid"))
        .from(index())
        .and_where(Expr::col(index()).binary(BinOper::Custom("MATCH"), Expr::val(query.join(" "))))
        .to_owned();
    Condition::all().add(Expr::col((table.clone(), Alias::new("seq"))).in_subquery(found))
}
