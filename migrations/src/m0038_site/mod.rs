//! The places of customers, where assets stand and service is done.

mod indexes;

pub use indexes::Migration as Indexes;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{
    m0009_custom_fields, render::render, row_level_security::row_level_security, search::search,
};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0038_site"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();
        db.execute_unprepared(&render(include_str!("tables.sql"), backend)).await?;
        db.execute_unprepared(&search(&["site"], backend)).await?;
        m0009_custom_fields::columns(manager, "site").await?;
        if backend == DbBackend::Postgres {
            db.execute_unprepared(&row_level_security(["site"])).await?;
            db.execute_unprepared(include_str!("at_postgres.sql")).await?;
        } else {
            db.execute_unprepared(include_str!("at_sqlite.sql")).await?;
        }
        m0009_custom_fields::index(db, "site", "").await
    }
}
