//! Lifecycle stages, moves, losses and win-backs. Workspaces that are there get the stages and the reasons that new ones
//! begin with; their customers are in no stage yet.

mod defaults;
mod indexes;

pub use indexes::Migration as Indexes;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{render::render, row_level_security::row_level_security};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0013_lifecycle"
    }
}

const SCOPED: [&str; 7] = [
    "lifecycle_stage",
    "lifecycle_move",
    "lifecycle_sweep",
    "loss_reason",
    "loss",
    "winback_programme",
    "winback",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();
        db.execute_unprepared(&render(include_str!("tables.sql"), backend)).await?;
        if backend == DbBackend::Postgres {
            db.execute_unprepared(&row_level_security(SCOPED)).await?;
            db.execute_unprepared(include_str!("customer_postgres.sql")).await?;
        } else {
            db.execute_unprepared(include_str!("customer_sqlite.sql")).await?;
        }
        defaults::fill(db).await
    }
}
