//! The stages and reasons that a workspace begins with. (The program has its own list for new workspaces, which may
//! change; this one stays.)

use chrono::{SubsecRound, Utc};
use sea_orm_migration::{
    prelude::*,
    sea_orm::{DbBackend, Statement, Value, prelude::Uuid},
};

/// Name, key, kind, and whether customers begin here; in order.
const STAGES: [(&str, &str, &str, bool); 8] = [
    ("Attracted", "attracted", "attracted", true),
    ("Acquired", "acquired", "acquired", false),
    ("Transacting", "transacting", "transacting", false),
    ("Retained", "retained", "retained", false),
    ("Loyal", "loyal", "loyal", false),
    ("Lapsed", "lapsed", "lapsed", false),
    ("Lost", "lost", "lost", false),
    ("Won back", "won-back", "won_back", false),
];

const REASONS: [&str; 8] = [
    "Price",
    "Competitor",
    "Range or product",
    "Quality",
    "Service",
    "No longer needed",
    "Did not pay",
    "Unknown",
];

pub async fn fill(db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let all = Statement::from_string(backend, "select id from workspace");
    for workspace in db.query_all_raw(all).await? {
        let workspace = workspace.try_get("", "id")?;
        enter(db, &format!("{workspace}")).await?;
        stages(db, workspace).await?;
        reasons(db, workspace).await?;
    }
    enter(db, "").await
}

/// PostgreSQL lets nobody write into a workspace that they are not in.
async fn enter(db: &SchemaManagerConnection<'_>, workspace: &str) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Postgres {
        let within = format!("select set_config('rapport.workspace', '{workspace}', true)");
        db.execute_unprepared(&within).await?;
    }
    Ok(())
}

async fn stages(db: &SchemaManagerConnection<'_>, workspace: Uuid) -> Result<(), DbErr> {
    for (place, (name, key, kind, is_initial)) in (1..).zip(STAGES) {
        let cells: [(&str, Value); 7] = [
            ("name", name.into()),
            ("sort_name", name.to_lowercase().into()),
            ("key", key.into()),
            ("kind", kind.into()),
            ("position", (place * 10).into()),
            ("is_initial", is_initial.into()),
            ("cooldown_days", 0.into()),
        ];
        insert(db, "lifecycle_stage", workspace, cells).await?;
    }
    Ok(())
}

async fn reasons(db: &SchemaManagerConnection<'_>, workspace: Uuid) -> Result<(), DbErr> {
    for name in REASONS {
        let cells: [(&str, Value); 3] = [
            ("name", name.into()),
            ("sort_name", name.to_lowercase().into()),
            ("active", true.into()),
        ];
        insert(db, "loss_reason", workspace, cells).await?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a migration is told no time but the machine's")]
async fn insert(
    db: &SchemaManagerConnection<'_>,
    table: &str,
    workspace: Uuid,
    cells: impl IntoIterator<Item = (&'static str, Value)>,
) -> Result<(), DbErr> {
    let now = Utc::now().trunc_subsecs(6);
    let more: [(&str, Value); 5] = [
        ("workspace_id", workspace.into()),
        ("id", Uuid::now_v7().into()),
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
