//! What finds the order of a quote, and keeps it from being ordered twice.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0024_orders_indexes"
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
        db.execute_unprepared("drop index if exists order_quote").await?;
        let on = "\"order\" (workspace_id, quote_id) \
                  where quote_id is not null and deleted_at is null and status <> 'cancelled'";
        db.execute_unprepared(&format!("create unique index {how} order_quote on {on}")).await?;
        Ok(())
    }
}
