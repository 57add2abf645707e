use rapport_entity::service::service_status::{
    ActiveModel,
    Category::{self, Closed, New, Open, Resolved, WaitingForCustomer, WaitingForThirdParty},
    Entity, StatusKeys,
};
use sea_orm::ActiveValue::Set;

use crate::kernel::{Create, Error, Result, Tx};

/// A name, a key, a category and the keys of those that may come next.
type Status = (&'static str, &'static str, Category, &'static [&'static str]);

/// The statuses that a new workspace begins with, in order.
const STATUSES: [Status; 7] = [
    (
        "New",
        "new",
        New,
        &["open", "waiting_for_customer", "waiting_for_third_party", "resolved", "closed"],
    ),
    (
        "Open",
        "open",
        Open,
        &["waiting_for_customer", "waiting_for_third_party", "resolved", "closed"],
    ),
    (
        "Reopened",
        "reopened",
        Open,
        &["open", "waiting_for_customer", "waiting_for_third_party", "resolved", "closed"],
    ),
    (
        "Waiting for customer",
        "waiting_for_customer",
        WaitingForCustomer,
        &["open", "waiting_for_third_party", "resolved", "closed"],
    ),
    (
        "Waiting for third party",
        "waiting_for_third_party",
        WaitingForThirdParty,
        &["open", "waiting_for_customer", "resolved", "closed"],
    ),
    ("Resolved", "resolved", Resolved, &["reopened", "closed"]),
    ("Closed", "closed", Closed, &["reopened"]),
];

/// How far apart the positions are, so that there is room for more.
const APART: i64 = 10;

/// Saves what a new workspace begins with.
pub async fn create(tx: &Tx<'_>) -> Result<()> {
    let statuses = tx.entailed::<Entity, Create>();
    let mut rows = Vec::new();
    for (place, (name, key, category, next)) in (1..).zip(STATUSES) {
        let next: Result<Vec<_>, _> = next.iter().map(|key| key.parse()).collect();
        let row = ActiveModel {
            name: Set(name.parse().map_err(Error::at("/name"))?),
            sort_name: Set(String::new()),
            key: Set(key.parse().map_err(Error::at("/key"))?),
            category: Set(category),
            position: Set((place * APART).try_into().map_err(Error::at("/position"))?),
            next: Set(Some(StatusKeys(next.map_err(Error::at("/next"))?))),
            active: Set(true),
            ..Default::default()
        };
        rows.push(statuses.complete(None, row)?);
    }
    statuses.insert_many(&rows).await
}
