//! What activity targets count, by when it happened.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0021_targets_indexes"
    }
}

const INDEXES: [(&str, &str); 3] = [
    (
        "opportunity_opened",
        "opportunity (workspace_id, opened_on, owner_id) where deleted_at is null",
    ),
    (
        "lead_converted",
        "lead (workspace_id, converted_at, owner_id) where converted_at is not null",
    ),
    (
        "task_completed",
        "task (workspace_id, completed_at, completed_by) where completed_at is not null",
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// PostgreSQL makes an index beside those who write only outside a transaction.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
        let how = if is_postgres { "concurrently" } else { "" };
        for (name, on) in INDEXES {
            // What an attempt that was broken off has left is of no use.
            db.execute_unprepared(&format!("drop index if exists {name}")).await?;
            db.execute_unprepared(&format!("create index {how} {name} on {on}")).await?;
        }
        Ok(())
    }
}
