//! Who gets service requests: agents' profiles, how queues give requests out, what requests need, the rules by which
//! they come into queues, and who is answering.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{render::render, row_level_security::row_level_security};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0031_assignment"
    }
}

const SCOPED: [&str; 4] =
    ["service_agent", "service_routing_rule", "queue_turn", "request_answering"];

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
