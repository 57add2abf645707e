//! Who has been in a segment or a stage since when.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0015_plays_indexes"
    }
}

const INDEXES: [(&str, &str); 2] = [
    ("segment_member_since", "segment_member (workspace_id, segment_id, entered_at, customer_id)"),
    (
        "customer_in_stage_since",
        "customer (workspace_id, stage_id, stage_since, id) \
         where stage_id is not null and deleted_at is null",
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
