//! Records that a migration gives to the workspaces that are there.

use chrono::{SubsecRound, Utc};
use sea_orm_migration::{
    prelude::*,
    sea_orm::{DbBackend, Statement, Value, prelude::Uuid},
};

/// Every workspace.
pub async fn workspaces(db: &SchemaManagerConnection<'_>) -> Result<Vec<Uuid>, DbErr> {
    let all = Statement::from_string(db.get_database_backend(), "select id from workspace");
    let rows = db.query_all_raw(all).await?;
    rows.iter().map(|workspace| workspace.try_get("", "id")).collect()
}

/// PostgreSQL lets nobody write into a workspace that they are not in.
pub async fn enter(db: &SchemaManagerConnection<'_>, workspace: Option<Uuid>) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Postgres {
        let workspace = workspace.map(|workspace| workspace.to_string()).unwrap_or_default();
        let within = format!("select set_config('rapport.workspace', '{workspace}', true)");
        db.execute_unprepared(&within).await?;
    }
    Ok(())
}

/// A new record with these cells.
#[expect(clippy::disallowed_methods, reason = "a migration is told no time but the machine's")]
pub async fn insert(
    db: &SchemaManagerConnection<'_>,
    table: &str,
    workspace: Uuid,
    id: Uuid,
    cells: impl IntoIterator<Item = (&'static str, Value)>,
) -> Result<(), DbErr> {
    let now = Utc::now().trunc_subsecs(6);
    let more: [(&str, Value); 5] = [
        ("workspace_id", workspace.into()),
        ("id", id.into()),
        ("version", 1.into()),
        ("created_at", now.into()),
        ("updated_at", now.into()),
    ];
    let mut insert = Query::insert();
    let (columns, values): (Vec<_>, Vec<_>) = more.into_iter().chain(cells).unzip();
    insert
        .into_table(Alias::new(table))
        .columns(columns.into_iter().map(Alias::new))
        .values_panic(values.into_iter().map(Expr::val));
    db.execute(&insert).await.map(|_| ())
}
