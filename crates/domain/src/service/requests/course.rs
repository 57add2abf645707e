//! Which way a request may go from where it stands, and what it is once it has gone: pure, so that it can be tested as it is.

use chrono::{DateTime, Utc};
use rapport_entity::{
    StatusKey,
    service::{
        service_request,
        service_status::{self, Category, Column, Entity, Model},
    },
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    becoming::refusal,
    kernel::{Error, Faults, Result, Tx},
    service::statuses,
};

/// The statuses of a workspace, in order.
#[derive(Debug)]
pub struct Statuses(pub Vec<Model>);

impl Statuses {
    /// All that there are.
    pub async fn of(tx: &Tx<'_>) -> Result<Self> {
        let all = Entity::find()
            .filter(Column::DeletedAt.is_null())
            .order_by_asc(Column::Position)
            .order_by_asc(Column::Id);
        Ok(Self(tx.rows::<Entity>().all(all).await?))
    }

    /// The one with this key.
    pub fn find(&self, key: &StatusKey) -> Option<&Model> {
        self.0.iter().find(|status| status.key == *key)
    }

    /// The first of a category that requests come into.
    ///
    /// # Errors
    /// [`Error::Refused`] where there is none.
    pub fn first(&self, category: Category) -> Result<&Model> {
        let first = self.0.iter().find(|status| status.active && status.category == category);
        let none = || {
            let category = sea_orm::ActiveEnum::to_value(&category);
            Error::Refused(format!("no service status of the category {category} is active"))
        };
        first.ok_or_else(none)
    }

    /// Those that a request may come into from a status, in order. From one that is gone, any.
    pub fn next<'s>(&'s self, from: &StatusKey) -> impl Iterator<Item = &'s Model> {
        let next = self.find(from).and_then(|from| from.next.as_ref());
        let may = move |to: &&Model| next.is_none_or(|next| next.0.contains(&to.key));
        self.0.iter().filter(move |to| to.active && to.key != *from).filter(may)
    }

    /// The first that a request may come into from a status and that is as wanted.
    pub fn towards(&self, from: &StatusKey, wanted: impl Fn(Category) -> bool) -> Option<&Model> {
        self.next(from).find(|to| wanted(to.category))
    }

    /// The first of a category that a request may come into from a status.
    ///
    /// # Errors
    /// [`Error::Conflict`] says what it may become.
    pub fn to_category(&self, from: &StatusKey, category: Category) -> Result<&Model> {
        let to = self.towards(from, |of| of == category);
        to.ok_or_else(|| self.refusal(from, &sea_orm::ActiveEnum::to_value(&category)))
    }

    /// The status of a key, where a request may come into it from another.
    ///
    /// # Errors
    /// [`Error::Conflict`] says what it may become.
    pub fn to(&self, from: &StatusKey, key: &StatusKey) -> Result<&Model> {
        let to = self.next(from).find(|to| to.key == *key);
        to.ok_or_else(|| self.refusal(from, key.as_str()))
    }

    fn refusal(&self, from: &StatusKey, to: &str) -> Error {
        let next: Vec<&str> = self.next(from).map(|status| status.key.as_str()).collect();
        Error::conflict("/status", refusal("request", (from.as_str(), to), &next))
    }
}

/// The first status of a category that requests come into. Until the transaction ends it stays.
///
/// # Errors
/// [`Error::Refused`] where there is none.
pub async fn first_held(tx: &Tx<'_>, category: Category) -> Result<Model> {
    match statuses::held_first(tx, category).await? {
        Some(first) => Ok(first),
        None => Ok(Statuses::of(tx).await?.first(category)?.clone()),
    }
}

/// A request once it has come into a status.
pub fn come_into(
    row: &service_request::Model,
    status: &service_status::Model,
    at: DateTime<Utc>,
) -> service_request::Model {
    stand(row, &status.key, status.category, at)
}

/// The same by the status's key and what it meant, which outlive it.
pub fn stand(
    row: &service_request::Model,
    key: &StatusKey,
    is: Category,
    at: DateTime<Utc>,
) -> service_request::Model {
    let was = row.status_category;
    let is_done = |done: bool, since: Option<DateTime<Utc>>| done.then(|| since.unwrap_or(at));
    service_request::Model {
        status: key.clone(),
        status_category: is,
        status_since: at,
        is_open: is.is_open(),
        resolved_at: is_done(!is.is_open(), row.resolved_at.filter(|_| !was.is_open())),
        closed_at: is_done(is == Category::Closed, row.closed_at),
        reopen_count: row.reopen_count.saturating_add(i32::from(is.is_open() && !was.is_open())),
        ..row.clone()
    }
}

/// What happens to a request that goes from one category to another, as events call it.
pub fn happened(was: Category, is: Category) -> &'static str {
    match is {
        _ if is.is_open() && !was.is_open() => "reopened",
        Category::Resolved if was != Category::Resolved => "resolved",
        Category::Closed if was != Category::Closed => "closed",
        _ => "status_changed",
    }
}

/// What has become a part of another goes on there.
///
/// # Errors
/// [`Error::Refused`].
pub fn check_going_on(row: &service_request::Model) -> Result<()> {
    match row.merged_into_id {
        Some(into) => {
            let why = format!("the request has become a part of {into}; go on with that one");
            Err(Error::Refused(why))
        }
        None => Ok(()),
    }
}

/// Names a moment that is still to come.
pub fn check_past(tx: &Tx<'_>, at: Option<DateTime<Utc>>, pointer: &str, faults: &mut Faults) {
    if at.is_some_and(|at| at > tx.now()) {
        faults.conflict(pointer, "is in the future");
    }
}
