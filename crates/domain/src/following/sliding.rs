//! Whom the passing of time touches, and when it touches somebody next.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::{
    changes::{MANY, Touched},
    reader::Due,
};
use crate::kernel::{Between, FilterScope, Moving, Result, Tx, next_day};

/// The customers of whom what is said of a date may have changed between two moments: found by an index on the date
/// where there is one.
///
/// # Errors
/// [`Error::Unavailable`](crate::Error::Unavailable).
pub async fn touched(tx: &Tx<'_>, moving: &Moving, between: &Between) -> Result<Touched> {
    let mut touched = Touched::default();
    let scope = scope(tx, between.end);
    if let Some(mut customers) = moving.touched(between, scope)? {
        customers.limit(MANY as u64 + 1);
        let rows = tx.transaction().query_all_raw(tx.backend().build(&customers)).await?;
        let ids: Vec<Uuid> =
            rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?;
        touched.add(ids);
    }
    Ok(touched)
}

/// When any of these touches somebody next: days do as soon as the next one begins.
///
/// # Errors
/// [`Error::Unavailable`](crate::Error::Unavailable).
pub async fn due(tx: &Tx<'_>, of: &[&Moving], at: DateTime<Utc>) -> Result<Due> {
    let mut due: Due = None;
    for moving in of {
        let next = match moving.is_by_day() {
            true => Some(next_day(at, tx.actor())),
            false => first(tx, moving, at).await?,
        };
        due = due.into_iter().chain(next).min();
    }
    Ok(due)
}

/// When the next time is passed.
async fn first(tx: &Tx<'_>, moving: &Moving, at: DateTime<Utc>) -> Result<Due> {
    let mut due: Due = None;
    for (passes, first) in moving.next(at, scope(tx, at))? {
        let row = tx.transaction().query_one_raw(tx.backend().build(&first)).await?;
        let first = row.map(|row| time(&row, moving.is_in_a_column())).transpose()?.flatten();
        let next = first.map(|first| moving.next_at(passes, first, at));
        due = due.into_iter().chain(next).min();
    }
    Ok(due)
}

/// A time; what is in no column of its own is text.
fn time(row: &QueryResult, is_in_a_column: bool) -> Result<Due> {
    if is_in_a_column {
        return Ok(row.try_get("", "first")?);
    }
    let text: Option<String> = row.try_get("", "first")?;
    Ok(text.and_then(|text| text.parse().ok()))
}

fn scope<'a>(tx: &'a Tx<'_>, now: DateTime<Utc>) -> FilterScope<'a> {
    FilterScope { actor: tx.actor(), backend: tx.backend(), now, touched: None }
}
