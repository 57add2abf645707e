//! What is open and what was won by the day, with all that a forecast adds up: it then reads nothing but these indexes.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0019_forecasts"
    }
}

/// Name, key, what else it holds, and of which rows.
const INDEXES: [(&str, &str, &str, &str); 2] = [
    (
        "opportunity_open",
        "workspace_id, expected_close_on",
        "owner_id, pipeline_id, forecast_category, probability, currency, amount_minor",
        "status = 'open' and deleted_at is null",
    ),
    (
        "opportunity_won",
        "workspace_id, closed_on",
        "owner_id, pipeline_id, currency, amount_minor",
        "status = 'won' and deleted_at is null",
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
        for (name, key, held, rows) in INDEXES {
            // What an attempt that was broken off has left is of no use.
            db.execute_unprepared(&format!("drop index if exists {name}")).await?;
            let made = if is_postgres {
                format!(
                    "create index concurrently {name} on opportunity ({key}) include ({held}) where {rows}"
                )
            } else {
                format!("create index {name} on opportunity ({key}, {held}) where {rows}")
            };
            db.execute_unprepared(&made).await?;
        }
        Ok(())
    }
}
