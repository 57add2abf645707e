//! Quotes: what is offered to customers, in revisions, with what is left of it, and what stands on paper around it.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{
    m0009_custom_fields, render::render, row_level_security::row_level_security, search::search,
};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0023_quotes"
    }
}

const SCOPED: [&str; 4] = ["quote", "quote_line", "quote_margin", "workspace_logo"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();
        db.execute_unprepared(&render(include_str!("tables.sql"), backend)).await?;
        db.execute_unprepared(&search(&["quote"], backend)).await?;
        m0009_custom_fields::columns(manager, "quote").await?;
        if backend == DbBackend::Postgres {
            db.execute_unprepared(&row_level_security(SCOPED)).await?;
        }
        m0009_custom_fields::index(db, "quote", "").await
    }
}
