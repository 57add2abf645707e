//! Service requests, their statuses, steps, messages, links, watchers and clocks, and the queues that they wait in. Workspaces that
//! are there get the statuses that new ones begin with.

mod defaults;

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{
    m0009_custom_fields, render::render, row_level_security::row_level_security, search::search,
};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0030_service_requests"
    }
}

const SCOPED: [&str; 8] = [
    "service_status",
    "queue",
    "service_request",
    "service_step",
    "request_message",
    "request_watcher",
    "request_link",
    "service_clock",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();
        db.execute_unprepared(&render(include_str!("tables.sql"), backend)).await?;
        db.execute_unprepared(&search(&["service_request"], backend)).await?;
        m0009_custom_fields::columns(manager, "service_request").await?;
        if backend == DbBackend::Postgres {
            db.execute_unprepared(&row_level_security(SCOPED)).await?;
        }
        m0009_custom_fields::index(db, "service_request", "").await?;
        defaults::fill(db).await
    }
}
