//! Full-text search by an index that row-level security does not shut out.
//!
//! PostgreSQL uses a condition for an index only after the policy's, unless the condition is known to leak nothing:
//! comparing text is, matching a `tsvector` is not, so each search read the whole workspace. Here each word of a
//! record has a row of its own, found by its beginning.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait, prelude::Uuid},
};

use crate::row_level_security::row_level_security;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0003_search_words"
    }
}

/// The tables with full-text search, and where their words are.
const SEARCHABLE: [(&str, &str); 3] =
    [("customer", "customer_word"), ("contact", "contact_word"), ("product", "product_word")];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// The words of what is there are written a part at a time, beside those who write.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    /// Whatever an attempt that was broken off has done may be done again.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if manager.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        for (table, words) in SEARCHABLE {
            make(db, table, words).await?;
            for workspace in workspaces(db).await? {
                fill(db, table, workspace).await?;
            }
            let old = format!("drop index concurrently if exists {table}_search");
            db.execute_unprepared(&old).await?;
        }
        Ok(())
    }
}

/// From here on the triggers keep the words of what is written.
async fn make(db: &SchemaManagerConnection<'_>, table: &str, words: &str) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    tx.execute_unprepared(&format!("drop table if exists {words}")).await?;
    let made = include_str!("words_postgres.sql").replace("{table}", table);
    tx.execute_unprepared(&made).await?;
    tx.execute_unprepared(&row_level_security([words])).await?;
    tx.commit().await
}

async fn workspaces(db: &SchemaManagerConnection<'_>) -> Result<Vec<Uuid>, DbErr> {
    let all = Statement::from_string(DbBackend::Postgres, "select id from workspace");
    db.query_all_raw(all).await?.iter().map(|row| row.try_get("", "id")).collect()
}

/// Writes the words of a workspace's records. The rows of a batch are kept from changing meanwhile, else the words
/// that a record had a moment ago could stay.
async fn fill(db: &SchemaManagerConnection<'_>, table: &str, workspace: Uuid) -> Result<(), DbErr> {
    let batch = include_str!("fill_postgres.sql").replace("{table}", table);
    let mut after = Some(Uuid::nil());
    while let Some(id) = after {
        let tx = db.begin().await?;
        let within = format!("select set_config('rapport.workspace', '{workspace}', true)");
        tx.execute_unprepared(&within).await?;
        let values = [workspace.into(), id.into()];
        let filled = Statement::from_sql_and_values(DbBackend::Postgres, &batch, values);
        let last = tx.query_one_raw(filled).await?;
        after = last.map(|row| row.try_get("", "id")).transpose()?;
        tx.commit().await?;
    }
    Ok(())
}
