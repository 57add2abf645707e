//! Leads, the rules that rate and assign them, and what finds the customers that they may already be.

mod indexes;

pub use indexes::Migration as Indexes;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{
    m0009_custom_fields, render::render, row_level_security::row_level_security, search::search,
};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0018_leads"
    }
}

const SCOPED: [&str; 3] = ["lead", "lead_scoring_rule", "lead_assignment_rule"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();
        db.execute_unprepared(&render(include_str!("tables.sql"), backend)).await?;
        db.execute_unprepared(&search(&["lead"], backend)).await?;
        m0009_custom_fields::columns(manager, "lead").await?;
        if backend == DbBackend::Postgres {
            db.execute_unprepared(&row_level_security(SCOPED)).await?;
        }
        m0009_custom_fields::index(db, "lead", "").await
    }
}
