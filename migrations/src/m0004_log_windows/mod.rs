//! The log's windows (ADR 10), how far it has been pruned, and the ways into it by customer, record and actor.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

use crate::{render::render, row_level_security::row_level_security};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0004_log_windows"
    }
}

/// Each index, by its name.
const INDEXES: [(&str, &str); 3] = [
    ("event_customer", "event (workspace_id, customer_id, seq) where customer_id is not null"),
    ("event_subject", "event (workspace_id, subject_id, seq)"),
    ("event_actor", "event (workspace_id, actor_id, seq) where actor_id is not null"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// PostgreSQL makes an index beside those who write only outside a transaction.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();
        db.execute_unprepared(&render(include_str!("tables.sql"), backend)).await?;
        let how = match backend {
            DbBackend::Postgres => {
                db.execute_unprepared(include_str!("windows_postgres.sql")).await?;
                db.execute_unprepared(&row_level_security(["log_window", "log_floor"])).await?;
                "concurrently"
            }
            _ => "",
        };
        for (name, on) in INDEXES {
            // What an attempt that was broken off has left is of no use.
            db.execute_unprepared(&format!("drop index if exists {name}")).await?;
            db.execute_unprepared(&format!("create index {how} {name} on {on}")).await?;
        }
        Ok(())
    }
}
