use rapport_entity::values::search_terms;
use sea_orm::{
    DbBackend,
    sea_query::{Alias, BinOper, Condition, Expr, ExprTrait, Query},
};

use super::catalogue::Catalogue;

/// The condition that a row has a word beginning with each of the words looked for.
/// The words are letters and digits only, so nothing in them can be taken for query syntax.
pub fn condition(of: &Catalogue, table: &Alias, text: &str, backend: DbBackend) -> Condition {
    let terms = search_terms([text]);
    let (Some(column), false) = (of.search, terms.is_empty()) else {
        return Condition::any();
    };
    match backend {
        DbBackend::Postgres => {
            let query = each(&terms, |term| format!("'{term}':*")).join(" & ");
            let words =
                format!("array_to_tsvector(string_to_array(\"{}\".\"{column}\", ' '))", table.0);
            Condition::all().add(
                Expr::cust(words)
                    .binary(BinOper::Custom("@@"), Expr::val(query).cast_as("tsquery")),
            )
        }
        _ => {
            let query = each(&terms, |term| format!("\"{term}\"*")).join(" ");
            let index = format!("{}_search", of.table);
            let found = Query::select()
                .column(Alias::new("rowid"))
                .from(Alias::new(&index))
                .and_where(
                    Expr::col(Alias::new(&index))
                        .binary(BinOper::Custom("MATCH"), Expr::val(query)),
                )
                .to_owned();
            Condition::all().add(Expr::col((table.clone(), Alias::new("seq"))).in_subquery(found))
        }
    }
}

fn each(terms: &str, write: impl Fn(&str) -> String) -> Vec<String> {
    terms.split(' ').map(write).collect()
}
