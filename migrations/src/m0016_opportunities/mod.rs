//! Pipelines and their stages, opportunities with all that belongs to them, exchange rates. Workspaces that are there get
//! the pipeline and the reasons that new ones begin with.

mod defaults;
mod indexes;

pub use indexes::Migration as Indexes;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{
    m0009_custom_fields, render::render, row_level_security::row_level_security, search::search,
};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0016_opportunities"
    }
}

const SCOPED: [&str; 10] = [
    "exchange_rate",
    "close_reason",
    "pipeline",
    "pipeline_stage",
    "opportunity",
    "opportunity_line",
    "opportunity_contact",
    "opportunity_member",
    "opportunity_competitor",
    "opportunity_period",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();
        db.execute_unprepared(&render(include_str!("tables.sql"), backend)).await?;
        db.execute_unprepared(&render(include_str!("views.sql"), backend)).await?;
        db.execute_unprepared(&search(&["opportunity"], backend)).await?;
        m0009_custom_fields::columns(manager, "opportunity").await?;
        if backend == DbBackend::Postgres {
            db.execute_unprepared(&row_level_security(SCOPED)).await?;
            db.execute_unprepared(include_str!("about_postgres.sql")).await?;
        } else {
            db.execute_unprepared(include_str!("about_sqlite.sql")).await?;
        }
        m0009_custom_fields::index(db, "opportunity", "").await?;
        defaults::fill(db).await
    }
}
