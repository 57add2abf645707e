use rapport_entity::identity::workspace;
use sea_orm::{ConnectionTrait, DbErr, Statement};

use crate::kernel::{Result, Tx};

/// The next `count` numbers of a kind of record in the workspace; the first of them. Another transaction that wants
/// numbers waits until this one ends, so they are taken late, and none is lost where the transaction fails.
pub async fn reserve(tx: &Tx<'_>, name: &str, count: i64) -> Result<i64> {
    let workspace: workspace::Id = tx.actor().workspace;
    let sql = "insert into counter (workspace_id, name, value) values ($1, $2, $3) \
               on conflict (workspace_id, name) do update set value = counter.value + $3 returning value";
    let values = [workspace.into(), name.into(), count.into()];
    let db = tx.transaction();
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let row = db.query_one_raw(statement).await?;
    let last: i64 =
        row.ok_or_else(|| DbErr::RecordNotFound("counter".into()))?.try_get("", "value")?;
    Ok(last - count + 1)
}
