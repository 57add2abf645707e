//! Imports and exports over the API, and the queue of jobs.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{render::render, row_level_security::row_level_security};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0008_jobs"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();
        db.execute_unprepared(&render(include_str!("tables.sql"), backend)).await?;
        if backend == DbBackend::Postgres {
            let guarded = row_level_security(["import", "import_batch", "mapping", "export"]);
            db.execute_unprepared(&guarded).await?;
            db.execute_unprepared(include_str!("queue_postgres.sql")).await?;
        }
        Ok(())
    }
}
