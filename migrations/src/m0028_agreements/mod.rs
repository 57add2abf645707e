//! What customers have of us, and what is promised to them: assets, agreements, entitlements, and the plans that products
//! carry.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{
    m0009_custom_fields, render::render, row_level_security::row_level_security, search::search,
};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0028_agreements"
    }
}

const SCOPED: [&str; 5] = ["service_plan", "asset", "asset_step", "agreement", "entitlement"];

/// Those with words to be searched, and with custom fields.
const RICH: [&str; 2] = ["asset", "agreement"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();
        db.execute_unprepared(&render(include_str!("tables.sql"), backend)).await?;
        db.execute_unprepared(&search(&RICH, backend)).await?;
        for table in RICH {
            m0009_custom_fields::columns(manager, table).await?;
        }
        if backend == DbBackend::Postgres {
            db.execute_unprepared(&row_level_security(SCOPED)).await?;
        }
        for table in RICH {
            m0009_custom_fields::index(db, table, "").await?;
        }
        Ok(())
    }
}
