//! Webhooks: where events are sent, what was sent, which node sends where, and the keys that secrets are sealed with.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{render::render, row_level_security::row_level_security};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0007_webhooks"
    }
}

/// The tables whose rows belong to a workspace. Leases and sealing keys belong to the installation.
const SCOPED: [&str; 2] = ["webhook_endpoint", "webhook_delivery"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();
        db.execute_unprepared(&render(include_str!("tables.sql"), backend)).await?;
        if backend == DbBackend::Postgres {
            db.execute_unprepared(&row_level_security(SCOPED)).await?;
        }
        Ok(())
    }
}
