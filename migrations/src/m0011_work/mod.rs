//! What goes on between customers and us, how they can be reached and what they agreed to; tasks and notifications.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{render::render, row_level_security::row_level_security, search::search};

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
                [row_level_security(SCOPED), search(&SEARCHABLE, backend), timers].concat()
            }
            _ => search(&SEARCHABLE, backend),
        };
        db.execute_unprepared(&more).await?;
        Ok(())
    }
}
