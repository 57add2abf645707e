//! The stages and reasons that a workspace begins with. (The program has its own list for new workspaces, which may
//! change; this one stays.)

use sea_orm_migration::{
    prelude::*,
    sea_orm::{Value, prelude::Uuid},
};

use crate::fill::{enter, insert, workspaces};

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
    for workspace in workspaces(db).await? {
        enter(db, Some(workspace)).await?;
        stages(db, workspace).await?;
        reasons(db, workspace).await?;
    }
    enter(db, None).await
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
        insert(db, "lifecycle_stage", workspace, Uuid::now_v7(), cells).await?;
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
        insert(db, "loss_reason", workspace, Uuid::now_v7(), cells).await?;
    }
    Ok(())
}
