//! An index for the commonest list of organizations: those of an industry, by name.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0002_customers_by_industry"
    }
}

const ON: &str = "customer (workspace_id, industry, sort_name, id) \
                  where industry is not null and deleted_at is null";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// PostgreSQL makes an index beside those who write only outside a transaction.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let how = match manager.get_database_backend() {
            DbBackend::Postgres => "concurrently",
            _ => "",
        };
        // What an attempt that was broken off has left is of no use.
        db.execute_unprepared("drop index if exists customer_industry").await?;
        db.execute_unprepared(&format!("create index {how} customer_industry on {ON}")).await?;
        Ok(())
    }
}
