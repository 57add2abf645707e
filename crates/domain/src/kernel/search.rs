use rapport_entity::values::search_terms;
use sea_orm::{
    DbBackend,
    sea_query::{Alias, BinOper, Condition, Expr, ExprTrait, Query, SimpleExpr},
};

use super::catalogue::Catalogue;

/// The condition that a row has a word beginning with each of the words looked for.
/// The words are letters and digits only, so nothing in them can be taken for query syntax.
pub fn condition(of: &Catalogue, table: &Alias, text: &str, backend: DbBackend) -> Condition {
    let terms = search_terms([text]);
    if terms.is_empty() {
        return Condition::any();
    }
    match backend {
        DbBackend::Postgres => terms
            .split(' ')
            .fold(Condition::all(), |all, term| all.add(among_words(of, table, term))),
        _ => in_index(of, table, &terms),
    }
}

/// That one of the record's words, which PostgreSQL keeps in a table of their own, begins like this. Only text's own
/// comparisons leak nothing, so that row-level security lets an index answer them; `like` and `@@` would read all.
fn among_words(of: &Catalogue, table: &Alias, term: &str) -> SimpleExpr {
    let words = Alias::new(format!("{}_word", of.table));
    let column = |name: &str| Expr::col((words.clone(), Alias::new(name)));
    let ours = |name: &'static str| Expr::col((table.clone(), Alias::new(name)));
    let found = Query::select()
        .expr(column(&format!("{}_id", of.table)))
        .from(words.clone())
        .and_where(column("workspace_id").eq(ours(of.workspace)))
        .and_where(column("word").gte(term))
        .and_where(column("word").lt(format!("{term}{}", char::MAX)))
        .to_owned();
    ours(of.id).in_subquery(found)
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
