//! What finds the assets, the entitlements and the requests at a site.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0038_site_indexes"
    }
}

const INDEXES: [(&str, &str); 3] = [
    ("asset_site", "asset (workspace_id, site_id, created_at, id) where site_id is not null"),
    ("entitlement_site", "entitlement (workspace_id, site_id) where site_id is not null"),
    (
        "service_request_site",
        "service_request (workspace_id, site_id, opened_at, id) where site_id is not null",
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// PostgreSQL makes an index beside those who write only outside a transaction.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
        let how = if is_postgres { "concurrently" } else { "" };
        for (name, on) in INDEXES {
            // What an attempt that was broken off has left is of no use.
            db.execute_unprepared(&format!("drop index if exists {name}")).await?;
            db.execute_unprepared(&format!("create index {how} {name} on {on}")).await?;
        }
        Ok(())
    }
}
