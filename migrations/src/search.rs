use sea_orm_migration::sea_orm::DbBackend;

use crate::row_level_security::row_level_security;

/// Full-text search through `search_text` of some tables. On PostgreSQL each word of a record has a row of its own, as
/// since `m0003_search_words`.
pub fn search(tables: &[&str], backend: DbBackend) -> String {
    tables.iter().map(|table| of_table(table, backend)).collect()
}

fn of_table(table: &str, backend: DbBackend) -> String {
    match backend {
        DbBackend::Postgres => {
            let words = include_str!("m0003_search_words/words_postgres.sql");
            words.replace("{table}", table)
                + &row_level_security([format!("{table}_word").as_str()])
        }
        _ => include_str!("m0001_foundation/search_sqlite.sql").replace("{table}", table),
    }
}
