//! What was open at a moment, with all that a forecast as of then adds up: it then reads nothing but these indexes.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0027_open_periods"
    }
}

/// Name, table, key, what else it holds, and of which rows.
const INDEXES: [(&str, &str, &str, &str, &str); 2] = [
    (
        "opportunity_period_open",
        "opportunity_period",
        "workspace_id, until_at, from_at",
        "opportunity_id, expected_close_on, owner_id, pipeline_id, forecast_category, probability, currency, amount_minor",
        "status = 'open'",
    ),
    // Few are deleted: who asks for the past of all others need not look at these.
    ("opportunity_deleted", "opportunity", "workspace_id, id", "", "deleted_at is not null"),
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
        for (name, table, key, held, rows) in INDEXES {
            // What an attempt that was broken off has left is of no use.
            db.execute_unprepared(&format!("drop index if exists {name}")).await?;
            let how = if is_postgres { "concurrently" } else { "" };
            let on = match held {
                "" => format!("({key})"),
                held if is_postgres => format!("({key}) include ({held})"),
                held => format!("({key}, {held})"),
            };
            let made = format!("create index {how} {name} on {table} {on} where {rows}");
            db.execute_unprepared(&made).await?;
        }
        Ok(())
    }
}
