use sea_orm_migration::sea_orm::DbBackend;

/// Placeholder, SQLite, PostgreSQL. Text on PostgreSQL compares by code point, as on SQLite, so that
/// both sort and compare alike.
const WORDS: [(&str, &str, &str); 13] = [
    ("{uuid}", "blob", "uuid"),
    ("{text}", "text", "text collate \"C\""),
    ("{time}", "text", "timestamptz"),
    ("{date}", "text", "date"),
    ("{json}", "text", "jsonb"),
    ("{bytes}", "blob", "bytea"),
    ("{number}", "real", "double precision"),
    // A searchable table needs an integer key on SQLite, for its full-text index to point at.
    ("{rowid}", "seq integer primary key,", ""),
    ("{pk_searchable}", "unique", "primary key"),
    ("{clustered}", "without rowid", ""),
    // A view looks at tables as whoever asks, so that row-level security holds through it.
    ("{of_the_asker}", "", "with (security_invoker = true)"),
    ("{event_seq}", "integer primary key autoincrement", "bigint generated always as identity"),
    // The transaction an event was written in, by which the log is read in commit order.
    (
        "{event_key}",
        "",
        "tx xid8 not null default pg_current_xact_id(), primary key (workspace_id, tx, seq),",
    ),
];

/// The text in the database's own words.
pub fn render(sql: &str, backend: DbBackend) -> String {
    WORDS.iter().fold(sql.to_owned(), |sql, (word, sqlite, postgres)| {
        sql.replace(word, if backend == DbBackend::Postgres { postgres } else { sqlite })
    })
}
