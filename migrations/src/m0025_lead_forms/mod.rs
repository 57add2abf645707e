//! Forms that leads come in by, and tasks about leads.

mod indexes;

pub use indexes::Migration as Indexes;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{render::render, row_level_security::row_level_security};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0025_lead_forms"
    }
}

const SCOPED: [&str; 2] = ["lead_form", "lead_form_submission"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();
        db.execute_unprepared(&render(include_str!("tables.sql"), backend)).await?;
        if backend == DbBackend::Postgres {
            db.execute_unprepared(&row_level_security(SCOPED)).await?;
            db.execute_unprepared(include_str!("about_postgres.sql")).await?;
        } else {
            db.execute_unprepared(include_str!("about_sqlite.sql")).await?;
        }
        Ok(())
    }
}
