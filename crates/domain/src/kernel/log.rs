//! The event log. Every write appends to it in its own transaction; everything that wants to know reads from it.

use std::sync::{Arc, PoisonError, RwLock};

use rapport_entity::{
    identity::workspace,
    log::{event, reader},
};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, Statement,
    sea_query::OnConflict,
};
use tokio::sync::broadcast;

use super::error::Result;

/// Tells readers in this process that something was committed.
#[derive(Clone)]
pub struct Log {
    committed: broadcast::Sender<workspace::Id>,
    listeners: Arc<RwLock<Vec<Listener>>>,
}

/// What is called with the events of each commit.
type Listener = Box<dyn Fn(workspace::Id, &[event::Model]) + Send + Sync>;

impl Default for Log {
    fn default() -> Self {
        Self { committed: broadcast::Sender::new(4096), listeners: Arc::default() }
    }
}

impl Log {
    /// Hears of each commit from now on. Who is too slow hears that too, and looks at everything.
    pub fn subscribe(&self) -> broadcast::Receiver<workspace::Id> {
        self.committed.subscribe()
    }

    /// Calls `listener` with the events of each commit of this process, before whoever committed hears of it: for what
    /// is kept in memory and must not outlive the change. It must be quick.
    pub(crate) fn listen(
        &self,
        listener: impl Fn(workspace::Id, &[event::Model]) + Send + Sync + 'static,
    ) {
        let mut listeners = self.listeners.write().unwrap_or_else(PoisonError::into_inner);
        listeners.push(Box::new(listener));
    }

    pub(super) fn announce(&self, workspace: workspace::Id, events: &[event::Model]) {
        for listener in self.listeners.read().unwrap_or_else(PoisonError::into_inner).iter() {
            listener(workspace, events);
        }
        // Nobody listening is no failure.
        let _ = self.committed.send(workspace);
    }
}

/// A place in a workspace's log. Events are read in the order of the transactions that wrote them, and within one
/// in the order of writing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The transaction; 0 on SQLite, where transactions do not overlap.
    pub tx: i64,
    /// The event.
    pub seq: i64,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:x}-{:x}", self.tx, self.seq)
    }
}

impl std::str::FromStr for Position {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (tx, seq) = text.split_once('-').unwrap_or((text, ""));
        Ok(Self { tx: i64::from_str_radix(tx, 16)?, seq: i64::from_str_radix(seq, 16)? })
    }
}

/// An event and where it stands.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it stands.
    pub position: Position,
    /// What happened.
    pub event: event::Model,
}

const COLUMNS: &str = "seq, workspace_id, id, name, subject_id, subject_version, customer_id, \
                       actor_kind, actor_id, at, data";

/// Up to `limit` events after a position, in commit order. On PostgreSQL an event counts only once no transaction that
/// began before its own is still under way: otherwise one could commit later and be passed over.
pub async fn read(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    after: Position,
    limit: u64,
) -> Result<Vec<Entry>> {
    select(db, workspace, after, limit, "").await
}

/// As [`read`], without the events of some names, of which there may be very many; and where the reader then stands.
pub async fn read_besides(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    after: Position,
    limit: u64,
    names: &[&'static str],
) -> Result<(Vec<Entry>, Position)> {
    // Asked first: what can be read then can be read below.
    let end = end(db, workspace).await?;
    let besides = format!("and name not in ('{}')", names.join("', '"));
    let entries = select(db, workspace, after, limit, &besides).await?;
    let last = entries.last().map_or(after, |entry| entry.position);
    let all = (entries.len() as u64) < limit;
    Ok((entries, if all { last.max(end) } else { last }))
}

async fn select(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    after: Position,
    limit: u64,
    besides: &str,
) -> Result<Vec<Entry>> {
    let backend = db.get_database_backend();
    let (sql, values): (String, Vec<sea_orm::Value>) = match backend {
        DbBackend::Postgres => (
            format!(
                "select {COLUMNS}, tx::text::bigint as tx from event where workspace_id = $1 \
                 and (tx, seq) > ($2::text::xid8, $3) \
                 and tx < pg_snapshot_xmin(pg_current_snapshot()) {besides} order by tx, seq limit $4"
            ),
            vec![
                workspace.into(),
                after.tx.to_string().into(),
                after.seq.into(),
                (limit as i64).into(),
            ],
        ),
        _ => (
            format!(
                "select {COLUMNS}, 0 as tx from event where workspace_id = ? and seq > ? {besides} \
                 order by seq limit ?"
            ),
            vec![workspace.into(), after.seq.into(), (limit as i64).into()],
        ),
    };
    let rows = db.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    let entry = |row: &sea_orm::QueryResult| -> Result<Entry, DbErr> {
        let event = event::Model::from_query_result(row, "")?;
        let position = Position { tx: row.try_get("", "tx")?, seq: event.seq };
        Ok(Entry { position, event })
    };
    Ok(rows.iter().map(entry).collect::<Result<_, _>>()?)
}

/// The end of what can be read now.
pub async fn end(db: &impl ConnectionTrait, workspace: workspace::Id) -> Result<Position> {
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "select tx::text::bigint as tx, seq from event where workspace_id = $1 \
             and tx < pg_snapshot_xmin(pg_current_snapshot()) order by tx desc, seq desc limit 1"
        }
        _ => "select 0 as tx, seq from event where workspace_id = ? order by seq desc limit 1",
    };
    let statement = Statement::from_sql_and_values(backend, sql, [workspace.into()]);
    let Some(row) = db.query_one_raw(statement).await? else { return Ok(Position::default()) };
    Ok(Position { tx: row.try_get("", "tx")?, seq: row.try_get("", "seq")? })
}

/// Whether something is committed after a position, even if it cannot be read yet.
pub async fn goes_on(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    after: Position,
) -> Result<bool> {
    let backend = db.get_database_backend();
    let (sql, values): (&str, Vec<sea_orm::Value>) = match backend {
        DbBackend::Postgres => (
            "select 1 from event where workspace_id = $1 and (tx, seq) > ($2::text::xid8, $3) limit 1",
            vec![workspace.into(), after.tx.to_string().into(), after.seq.into()],
        ),
        _ => (
            "select 1 from event where workspace_id = ? and seq > ? limit 1",
            vec![workspace.into(), after.seq.into()],
        ),
    };
    let statement = Statement::from_sql_and_values(backend, sql, values);
    Ok(db.query_one_raw(statement).await?.is_some())
}

/// How far a reader has come; `None` where it has not been begun.
pub async fn position(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    name: &str,
) -> Result<Option<Position>> {
    let row = reader::Entity::find_by_id((workspace, name.to_owned())).one(db).await?;
    Ok(row.map(|row| Position { tx: row.tx, seq: row.seq }))
}

/// Begins a reader, at the beginning, unless it is there. In a transaction of its own: another node that begins the
/// same one waits for it.
pub async fn begin(db: &impl ConnectionTrait, workspace: workspace::Id, name: &str) -> Result<()> {
    let new = reader::ActiveModel {
        workspace_id: Set(workspace),
        name: Set(name.to_owned()),
        tx: Set(0),
        seq: Set(0),
    };
    let key = [reader::Column::WorkspaceId, reader::Column::Name];
    let keep = OnConflict::columns(key).do_nothing_on(key).to_owned();
    reader::Entity::insert(new).on_conflict(keep).exec_without_returning(db).await?;
    Ok(())
}

/// How far a reader has come, held until the transaction ends, so that no two nodes read as the same reader at once;
/// `None` where another does.
pub async fn hold(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    name: &str,
) -> Result<Option<Position>> {
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "select tx, seq from log_reader where workspace_id = $1 and name = $2 \
             for update skip locked"
        }
        _ => "select tx, seq from log_reader where workspace_id = ? and name = ?",
    };
    let statement = Statement::from_sql_and_values(backend, sql, [workspace.into(), name.into()]);
    let Some(row) = db.query_one_raw(statement).await? else { return Ok(None) };
    Ok(Some(Position { tx: row.try_get("", "tx")?, seq: row.try_get("", "seq")? }))
}

/// Records how far a reader has come, in the transaction of what it did with what it read.
pub async fn advance(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    name: &str,
    to: Position,
) -> Result<()> {
    reader::Entity::update(reader::ActiveModel {
        workspace_id: Set(workspace),
        name: Set(name.to_owned()),
        tx: Set(to.tx),
        seq: Set(to.seq),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}
