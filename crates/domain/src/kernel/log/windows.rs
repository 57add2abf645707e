use rapport_entity::identity::workspace;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};

use super::Position;
use crate::kernel::error::Result;

/// So many windows are looked through for one page.
const WINDOWS: i64 = 1_000;

/// The events of all transactions between two horizons, when every transaction before the second one was over.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The second horizon: the window's events were written by transactions before it.
    pub ends: i64,
    /// The last event in it.
    pub last: i64,
    /// How many events are in it.
    pub events: i64,
}

impl Window {
    /// Where one stands who has read all of it.
    pub fn end(&self) -> Position {
        Position { tx: self.ends, seq: self.last }
    }
}

/// Ends a window here, if anything can be read that is in none yet, and says whether it did. Who reads at the same time
/// ends the same one: a window begins where another ends, and only one can begin there. It must stand on its own: in
/// a longer transaction it would keep all other readers waiting.
///
/// A window is as old as its last event, by the clock that events go by.
///
/// On SQLite there is one writer, and the log is one window.
pub async fn settle(db: &impl ConnectionTrait, workspace: workspace::Id) -> Result<bool> {
    // Both ends are known before the events are looked up: of an index only such conditions can be a part that give
    // nothing away, and `coalesce` is not taken for one.
    const SQL: &str = "\
        with since as materialized (select coalesce((select ends from log_window \
            where workspace_id = $1 order by ends desc limit 1), '0'::xid8) as tx), \
          horizon as materialized (select pg_snapshot_xmin(pg_current_snapshot()) as tx) \
        insert into log_window (workspace_id, begins, ends, first_seq, last_seq, events, closed_at) \
        select $1, (select tx from since), (select tx from horizon), min(seq), max(seq), count(*), \
          max(at) \
        from event where workspace_id = $1 \
          and tx >= (select tx from since) and tx < (select tx from horizon) \
        having count(*) > 0 on conflict do nothing";
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(false);
    }
    let settle = Statement::from_sql_and_values(DbBackend::Postgres, SQL, [workspace.into()]);
    Ok(db.execute_raw(settle).await?.rows_affected() > 0)
}

/// The windows that have events after a position, so many as are needed for a page of events.
pub async fn after(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    after: Position,
    limit: u64,
) -> Result<Vec<Window>> {
    const SQL: &str = "\
        select ends::text::bigint as ends, last_seq, events::bigint as events from log_window \
        where workspace_id = $1 and ends >= $2::text::xid8 \
          and not (ends = $2::text::xid8 and last_seq <= $3) \
        order by ends limit $4";
    let values = [workspace.into(), after.tx.to_string().into(), after.seq.into(), WINDOWS.into()];
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, SQL, values);
    let rows = db.query_all_raw(statement).await?;
    let windows = rows.iter().map(window).collect::<Result<Vec<_>, _>>()?;
    Ok(enough(windows, after, limit as i64))
}

/// The last one.
pub async fn last(db: &impl ConnectionTrait, workspace: workspace::Id) -> Result<Option<Window>> {
    const SQL: &str = "\
        select ends::text::bigint as ends, last_seq, events::bigint as events from log_window \
        where workspace_id = $1 order by ends desc limit 1";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, SQL, [workspace.into()]);
    Ok(db.query_one_raw(statement).await?.as_ref().map(window).transpose()?)
}

fn window(row: &QueryResult) -> Result<Window, DbErr> {
    Ok(Window {
        ends: row.try_get("", "ends")?,
        last: row.try_get("", "last_seq")?,
        events: row.try_get("", "events")?,
    })
}

/// Of a window that one is in the middle of, nobody knows how many are left: it counts for nothing.
fn enough(mut windows: Vec<Window>, after: Position, limit: i64) -> Vec<Window> {
    let mut events = 0;
    let needed = windows.iter().take_while(|window| {
        let goes_on = events < limit;
        events += if window.ends == after.tx { 0 } else { window.events };
        goes_on
    });
    let needed = needed.count();
    windows.truncate(needed);
    windows
}
