//! Fields that workspaces define themselves, and tags.
//!
//! The values stand in one column of the record, as clients see them. What is compared of them stands in another,
//! `comparable`, as text and numbers; of some fields it is taken out into columns that all workspaces share, the slots,
//! which can be indexed: PostgreSQL keeps conditions on members of JSON out of indexes, since they are not known to leak
//! nothing, and an index for each workspace's field would be a change of the schema (ADR 15).

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

use crate::{render::render, row_level_security::row_level_security};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0009_custom_fields"
    }
}

/// The tables whose records have custom fields and tags.
const EXTENSIBLE: [&str; 4] = ["customer", "contact", "product", "order"];

/// The slots for text, for numbers, and for text that no two records share.
const TEXTS: [&str; 8] = ["x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8"];
const NUMBERS: [&str; 4] = ["n1", "n2", "n3", "n4"];
const UNIQUES: [&str; 3] = ["u1", "u2", "u3"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// PostgreSQL makes an index beside those who write only outside a transaction.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    /// Whatever an attempt that was broken off has done may be done again.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();
        db.execute_unprepared(&render(include_str!("tables.sql"), backend)).await?;
        if backend == DbBackend::Postgres {
            db.execute_unprepared(&row_level_security(["custom_field", "record_tag"])).await?;
            db.execute_unprepared(&functions()).await?;
        }
        for table in EXTENSIBLE {
            columns(manager, table).await?;
            indexes(db, table, backend).await?;
        }
        Ok(())
    }
}

/// How PostgreSQL fills the slots: a generated column would make it write the whole table anew.
fn functions() -> String {
    let of = |slot: &&str| format!("new.{slot} := new.comparable ->> '{slot}';");
    let texts = TEXTS.iter().chain(&UNIQUES).map(of);
    let numbers =
        NUMBERS.iter().map(|slot| format!("new.{slot} := (new.comparable ->> '{slot}')::float8;"));
    let assignments: Vec<String> = texts.chain(numbers).collect();
    include_str!("slots_postgres.sql").replace("{assignments}", &assignments.join("\n  "))
}

/// The columns with a table's custom fields and tags, and the triggers that keep them.
pub async fn columns(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    let mut columns: Vec<(&str, String)> =
        ["custom", "comparable", "tags"].map(|name| (name, "{json}".to_owned())).into();
    let slot = |slot, kind: &str| match backend {
        DbBackend::Postgres => (slot, kind.to_owned()),
        _ => (slot, format!("{kind} generated always as (json_extract(comparable, '$.{slot}'))")),
    };
    columns.extend(TEXTS.iter().chain(&UNIQUES).map(|name| slot(*name, "{text}")));
    columns.extend(NUMBERS.map(|name| slot(name, "{number}")));
    for (name, kind) in columns {
        if !manager.has_column(table, name).await? {
            let kind = render(&kind, backend);
            let add = format!("alter table \"{table}\" add column {name} {kind}");
            manager.get_connection().execute_unprepared(&add).await?;
        }
    }
    let triggers = match backend {
        DbBackend::Postgres => include_str!("triggers_postgres.sql"),
        _ => include_str!("tags_sqlite.sql"),
    };
    let triggers = triggers.replace("{table}", table);
    manager.get_connection().execute_unprepared(&triggers).await?;
    Ok(())
}

async fn indexes(
    db: &SchemaManagerConnection<'_>,
    table: &str,
    backend: DbBackend,
) -> Result<(), DbErr> {
    index(db, table, if backend == DbBackend::Postgres { "concurrently" } else { "" }).await
}

/// The indexes on a table's slots.
pub async fn index(db: &SchemaManagerConnection<'_>, table: &str, how: &str) -> Result<(), DbErr> {
    // A list that is filtered by text comes newest first from the index.
    let texts = TEXTS.iter().map(|slot| (slot, "index", ", created_at, id", ""));
    let numbers = NUMBERS.iter().map(|slot| (slot, "index", "", ""));
    let uniques = UNIQUES.iter().map(|slot| (slot, "unique index", "", " and deleted_at is null"));
    for (slot, index, more, when) in texts.chain(numbers).chain(uniques) {
        // What an attempt that was broken off has left is of no use.
        db.execute_unprepared(&format!("drop index if exists {table}_{slot}")).await?;
        let make = format!(
            "create {index} {how} {table}_{slot} on \"{table}\" (workspace_id, {slot}{more}) where {slot} is not null{when}"
        );
        db.execute_unprepared(&make).await?;
    }
    Ok(())
}
