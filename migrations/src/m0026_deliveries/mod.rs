//! What becomes of orders: deliveries and returns, payments and refunds, and how far both are.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{render::render, row_level_security::row_level_security};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0026_deliveries"
    }
}

const SCOPED: [&str; 3] = ["delivery", "delivery_line", "payment"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Neither database writes the orders anew for columns whose value is the same for all.
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
