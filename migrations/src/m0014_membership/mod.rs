//! Membership of segments as intervals, segments that are made by hand or taken at one time, and the lines of orders as
//! rules look at them.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{render::render, row_level_security::row_level_security};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0014_membership"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();
        db.execute_unprepared(&render(include_str!("tables.sql"), backend)).await?;
        db.execute_unprepared(&render(include_str!("lines.sql"), backend)).await?;
        if backend == DbBackend::Postgres {
            let tables = ["segment_stay", "segment_listing"];
            db.execute_unprepared(&row_level_security(tables)).await?;
        }
        Ok(())
    }
}
