//! Budgets that the nodes on one PostgreSQL share: a row for each, from which a node borrows tokens in portions.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use uuid::Uuid;

use super::bucket::{Bucket, MINUTE, Quota};
use crate::kernel::{Database, Error, Result};

/// The bucket of the row, which does as [`Bucket`] does, and takes what is wanted as far as it is there.
const BORROW: &str = "insert into rate_budget as b (holder, budget, level, at, granted) \
    values ($1, $2, $3 - least($4, $3), $5, least($4, $3)) \
    on conflict (holder, budget) do update set \
      granted = least($4, least($3, b.level + $6 * greatest(0, least($5 - b.at, $7)))), \
      level = least($3, b.level + $6 * greatest(0, least($5 - b.at, $7))) \
        - least($4, least($3, b.level + $6 * greatest(0, least($5 - b.at, $7)))), \
      at = case when b.at - $5 > $7 then $5 else greatest(b.at, $5) end \
    returning granted, level, at";

/// Borrows as many parts as there are, but no more than wanted; how many, and what is left for all nodes.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn borrow(
    database: &Database,
    (holder, budget): (Uuid, i16),
    quota: Quota,
    wanted: i64,
    now: i64,
) -> Result<(i64, Bucket)> {
    let values = [
        holder.into(),
        budget.into(),
        quota.full().into(),
        wanted.into(),
        now.into(),
        quota.tokens().into(),
        MINUTE.into(),
    ];
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, BORROW, values);
    let row = database.installation().await?.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::internal("nothing was borrowed"))?;
    let read = |name| -> Result<i64, DbErr> { row.try_get("", name) };
    Ok((read("granted")?, Bucket { level: read("level")?, at: read("at")? }))
}

/// Forgets the budgets that nobody has drawn on since: they are full again.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn forget(database: &Database, since: i64) -> Result<()> {
    let sql = "delete from rate_budget where at < $1";
    let old = Statement::from_sql_and_values(DbBackend::Postgres, sql, [since.into()]);
    database.installation().await?.execute_raw(old).await?;
    Ok(())
}
