//! The pipeline and the reasons that a workspace begins with. (The program has its own list for new workspaces, which may
//! change; this one stays.)

use sea_orm_migration::{
    prelude::*,
    sea_orm::{Value, prelude::Uuid},
};

use crate::fill::{enter, insert, workspaces};

/// Name, key, probability, forecast category; in order.
const STAGES: [(&str, &str, i32, &str); 4] = [
    ("Qualification", "qualification", 10, "pipeline"),
    ("Needs analysis", "needs-analysis", 30, "pipeline"),
    ("Proposal", "proposal", 60, "best_case"),
    ("Negotiation", "negotiation", 80, "commit"),
];

/// Outcome and name.
const REASONS: [(&str, &str); 9] = [
    ("won", "Price"),
    ("won", "Product"),
    ("won", "Relationship"),
    ("lost", "Price"),
    ("lost", "Competitor"),
    ("lost", "Product"),
    ("lost", "No budget"),
    ("lost", "No decision"),
    ("lost", "Timing"),
];

pub async fn fill(db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    for workspace in workspaces(db).await? {
        enter(db, Some(workspace)).await?;
        pipeline(db, workspace).await?;
        reasons(db, workspace).await?;
    }
    enter(db, None).await
}

async fn pipeline(db: &SchemaManagerConnection<'_>, workspace: Uuid) -> Result<(), DbErr> {
    let id = Uuid::now_v7();
    let cells: [(&str, Value); 8] = [
        ("name", "Sales".into()),
        ("sort_name", "sales".into()),
        ("key", "sales".into()),
        ("position", 10.into()),
        ("is_default", true.into()),
        ("active", true.into()),
        ("skipping", "allowed".into()),
        ("going_back", "allowed".into()),
    ];
    insert(db, "pipeline", workspace, id, cells).await?;
    for (place, (name, key, probability, category)) in (1..).zip(STAGES) {
        let cells: [(&str, Value); 8] = [
            ("pipeline_id", id.into()),
            ("name", name.into()),
            ("sort_name", name.to_lowercase().into()),
            ("key", key.into()),
            ("position", (place * 10).into()),
            ("probability", probability.into()),
            ("forecast_category", category.into()),
            ("required", false.into()),
        ];
        insert(db, "pipeline_stage", workspace, Uuid::now_v7(), cells).await?;
    }
    Ok(())
}

async fn reasons(db: &SchemaManagerConnection<'_>, workspace: Uuid) -> Result<(), DbErr> {
    for (outcome, name) in REASONS {
        let cells: [(&str, Value); 4] = [
            ("outcome", outcome.into()),
            ("name", name.into()),
            ("sort_name", name.to_lowercase().into()),
            ("active", true.into()),
        ];
        insert(db, "close_reason", workspace, Uuid::now_v7(), cells).await?;
    }
    Ok(())
}
