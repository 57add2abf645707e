//! What goes on between customers and us, how they can be reached and what they agreed to; tasks and notifications.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{render::render, row_level_security::row_level_security};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0011_work"
    }
}

/// The tables whose rows belong to a workspace: row-level security guards each on PostgreSQL.
const SCOPED: [&str; 5] = ["interaction", "consent", "contact_point", "task", "notification"];

/// The tables with full-text search.
const SEARCHABLE: [&str; 2] = ["interaction", "task"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();
        db.execute_unprepared(&render(include_str!("tables.sql"), backend)).await?;
        let more = match backend {
            DbBackend::Postgres => {
                let timers = include_str!("timers_postgres.sql").to_owned();
                [row_level_security(SCOPED), search_on_postgres(), timers].concat()
            }
            _ => search_on_sqlite(),
        };
        db.execute_unprepared(&more).await?;
        Ok(())
    }
}

/// Each word of a record has a row of its own, as since `m0003_search_words`.
fn search_on_postgres() -> String {
    let words = |table: &&str| {
        let made = include_str!("../m0003_search_words/words_postgres.sql");
        made.replace("{table}", table) + &row_level_security([format!("{table}_word").as_str()])
    };
    SEARCHABLE.iter().map(words).collect()
}

fn search_on_sqlite() -> String {
    let index = |table: &&str| {
        include_str!("../m0001_foundation/search_sqlite.sql").replace("{table}", table)
    };
    SEARCHABLE.iter().map(index).collect()
}
