//! What finds the tasks about a lead.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0025_lead_forms_indexes"
    }
}

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
        // What an attempt that was broken off has left is of no use.
        db.execute_unprepared("drop index if exists task_lead").await?;
        let on = "task (workspace_id, lead_id) where lead_id is not null";
        db.execute_unprepared(&format!("create index {how} task_lead on {on}")).await?;
        Ok(())
    }
}
