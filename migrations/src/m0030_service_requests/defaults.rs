//! The service statuses that a workspace begins with. (The program has its own list for new workspaces, which may change;
//! this one stays.)

use sea_orm_migration::{
    prelude::*,
    sea_orm::{JsonValue, Value, prelude::Uuid},
};

use crate::fill::{enter, insert, workspaces};

/// Name, key, category and the keys of those that may come next; in order.
const STATUSES: [(&str, &str, &str, &[&str]); 7] = [
    (
        "New",
        "new",
        "new",
        &["open", "waiting_for_customer", "waiting_for_third_party", "resolved", "closed"],
    ),
    (
        "Open",
        "open",
        "open",
        &["waiting_for_customer", "waiting_for_third_party", "resolved", "closed"],
    ),
    (
        "Reopened",
        "reopened",
        "open",
        &["open", "waiting_for_customer", "waiting_for_third_party", "resolved", "closed"],
    ),
    (
        "Waiting for customer",
        "waiting_for_customer",
        "waiting_for_customer",
        &["open", "waiting_for_third_party", "resolved", "closed"],
    ),
    (
        "Waiting for third party",
        "waiting_for_third_party",
        "waiting_for_third_party",
        &["open", "waiting_for_customer", "resolved", "closed"],
    ),
    ("Resolved", "resolved", "resolved", &["reopened", "closed"]),
    ("Closed", "closed", "closed", &["reopened"]),
];

pub async fn fill(db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    for workspace in workspaces(db).await? {
        enter(db, Some(workspace)).await?;
        for (place, status) in (1..).zip(STATUSES) {
            let (name, key, category, next) = status;
            let next = JsonValue::from(next.to_vec());
            let cells: [(&str, Value); 7] = [
                ("key", key.into()),
                ("name", name.into()),
                ("sort_name", name.to_lowercase().into()),
                ("category", category.into()),
                ("position", (place * 10).into()),
                ("next", Value::Json(Some(Box::new(next)))),
                ("active", true.into()),
            ];
            insert(db, "service_status", workspace, Uuid::now_v7(), cells).await?;
        }
    }
    enter(db, None).await
}
