//! What follows rules on customers: until when each reader of the log has done what time brings and when there is more
//! of it, and the birthdays that come round.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait, prelude::Uuid},
};

use crate::render::render;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0010_following"
    }
}

/// Table, column, type.
const COLUMNS: [(&str, &str, &str); 3] = [
    ("log_reader", "passed_at", "{time}"),
    ("log_reader", "due_at", "{time}"),
    ("customer", "birthday_of_year", "integer"),
];

/// Each index, by its name.
const INDEXES: [(&str, &str); 1] = [(
    "customer_birthday",
    "customer (workspace_id, birthday_of_year) where birthday_of_year is not null and deleted_at is null",
)];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// PostgreSQL makes an index beside those who write only outside a transaction, and what is there is filled in a
    /// part at a time.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    /// Whatever an attempt that was broken off has done may be done again.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();
        for (table, column, of) in COLUMNS {
            if !manager.has_column(table, column).await? {
                let add = format!("alter table {table} add column {column} {of}");
                db.execute_unprepared(&render(&add, backend)).await?;
            }
        }
        let how = match backend {
            DbBackend::Postgres => {
                for workspace in workspaces(db).await? {
                    fill(db, workspace).await?;
                }
                "concurrently"
            }
            _ => {
                db.execute_unprepared(include_str!("fill_sqlite.sql")).await?;
                ""
            }
        };
        for (name, on) in INDEXES {
            db.execute_unprepared(&format!("drop index if exists {name}")).await?;
            db.execute_unprepared(&format!("create index {how} {name} on {on}")).await?;
        }
        Ok(())
    }
}

async fn workspaces(db: &SchemaManagerConnection<'_>) -> Result<Vec<Uuid>, DbErr> {
    let all = Statement::from_string(DbBackend::Postgres, "select id from workspace");
    db.query_all_raw(all).await?.iter().map(|row| row.try_get("", "id")).collect()
}

/// Fills in a workspace, a part at a time, so that nobody waits for it.
async fn fill(db: &SchemaManagerConnection<'_>, workspace: Uuid) -> Result<(), DbErr> {
    let mut after = Some(Uuid::nil());
    while let Some(id) = after {
        let tx = db.begin().await?;
        let within = format!("select set_config('rapport.workspace', '{workspace}', true)");
        tx.execute_unprepared(&within).await?;
        let values = [workspace.into(), id.into()];
        let part = include_str!("fill_postgres.sql");
        let filled = Statement::from_sql_and_values(DbBackend::Postgres, part, values);
        let last = tx.query_one_raw(filled).await?;
        after = last.map(|row| row.try_get("", "id")).transpose()?;
        tx.commit().await?;
    }
    Ok(())
}
