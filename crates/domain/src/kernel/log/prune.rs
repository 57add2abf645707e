use chrono::{DateTime, Utc};
use rapport_entity::identity::workspace;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::Position;
use crate::kernel::error::Result;

/// So many events are removed at once.
pub const SOME: u64 = 5_000;

/// Where the events end that are older than a time and that a reader has read: what may be pruned. It becomes the log's
/// floor, before anything is removed.
pub async fn raise_floor(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    before: DateTime<Utc>,
    reader: Position,
) -> Result<Option<Position>> {
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "select ends::text::bigint as tx, last_seq as seq from log_window \
             where workspace_id = $1 and closed_at <= $2 and ends <= $3::text::xid8 \
             order by ends desc limit 1"
        }
        _ => {
            "select 0 as tx, seq from event where workspace_id = $1 and at <= $2 and seq <= $3 \
             order by seq desc limit 1"
        }
    };
    let read = match backend {
        DbBackend::Postgres => reader.tx.to_string().into(),
        _ => reader.seq.into(),
    };
    let old = Statement::from_sql_and_values(backend, sql, [workspace.into(), before.into(), read]);
    let Some(row) = db.query_one_raw(old).await? else { return Ok(None) };
    let floor = Position { tx: row.try_get("", "tx")?, seq: row.try_get("", "seq")? };
    let sql = "insert into log_floor (workspace_id, tx, seq) values ($1, $2, $3) \
               on conflict (workspace_id) do update set tx = excluded.tx, seq = excluded.seq";
    let values = [workspace.into(), floor.tx.into(), floor.seq.into()];
    db.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(Some(floor))
}

/// Removes some of the events below the floor, and says whether there may be more.
pub async fn remove_some(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    floor: Position,
) -> Result<bool> {
    let backend = db.get_database_backend();
    let (sql, place) = match backend {
        DbBackend::Postgres => (
            "delete from event where (workspace_id, tx, seq) in (\
               select workspace_id, tx, seq from event \
               where workspace_id = $1 and tx < $2::text::xid8 order by tx, seq limit 5000)",
            floor.tx.to_string().into(),
        ),
        _ => (
            "delete from event where seq in (select seq from event \
               where workspace_id = $1 and seq <= $2 order by seq limit 5000)",
            floor.seq.into(),
        ),
    };
    let remove = Statement::from_sql_and_values(backend, sql, [workspace.into(), place]);
    let removed = db.execute_raw(remove).await?.rows_affected();
    if removed < SOME && backend == DbBackend::Postgres {
        let sql = "delete from log_window where workspace_id = $1 and ends < $2::text::xid8";
        let values = [workspace.into(), floor.tx.to_string().into()];
        db.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    }
    Ok(removed >= SOME)
}
