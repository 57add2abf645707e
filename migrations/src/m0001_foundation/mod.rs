//! Identity, customers, products, orders, segments and the event log.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{render::render, row_level_security::row_level_security};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0001_foundation"
    }
}

/// The tables whose rows belong to a workspace: row-level security guards each on PostgreSQL.
const SCOPED: [&str; 16] = [
    "team",
    "role",
    "user",
    "session",
    "refresh_token",
    "invitation",
    "customer",
    "contact",
    "product",
    "order",
    "order_line",
    "segment",
    "segment_member",
    "event",
    "log_reader",
    "counter",
];

/// The tables with full-text search.
const SEARCHABLE: [&str; 3] = ["customer", "contact", "product"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();
        db.execute_unprepared(&render(include_str!("tables.sql"), backend)).await?;
        let more = match backend {
            DbBackend::Postgres => [search_on_postgres(), row_level_security(SCOPED)],
            _ => [search_on_sqlite(), String::new()],
        };
        db.execute_unprepared(&more.concat()).await?;
        Ok(())
    }
}

/// The indexed text is already folded and split into words by the program, so that both databases find the same.
fn search_on_postgres() -> String {
    let index = |table: &&str| {
        format!(
            "create index {table}_search on \"{table}\" \
             using gin (array_to_tsvector(string_to_array(search_text, ' ')));\n"
        )
    };
    SEARCHABLE.iter().map(index).collect()
}

fn search_on_sqlite() -> String {
    let index = |table: &&str| include_str!("search_sqlite.sql").replace("{table}", table);
    SEARCHABLE.iter().map(index).collect()
}
