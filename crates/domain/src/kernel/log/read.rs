use rapport_entity::{identity::workspace, log::event};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, QueryResult, Statement, Value};

use super::{
    Position,
    windows::{self, settle},
};
use crate::kernel::error::Result;

/// An event and where it stands.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it stands.
    pub position: Position,
    /// What happened.
    pub event: event::Model,
}

/// Up to `limit` events after a position. On PostgreSQL an event counts only once no transaction that began before its
/// own is still under way: otherwise one could commit later and be passed over.
pub async fn read(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    after: Position,
    limit: u64,
) -> Result<Vec<Entry>> {
    let (entries, _) = select(db, workspace, after, limit, "").await?;
    match entries.is_empty() && settle(db, workspace).await? {
        true => Ok(select(db, workspace, after, limit, "").await?.0),
        false => Ok(entries),
    }
}

/// Which events a reader wants, by their names.
#[derive(Clone, Copy, Debug)]
pub enum Names<'a> {
    /// Every one.
    All,
    /// All but these, of which there may be very many.
    Besides(&'a [&'static str]),
    /// These; one that ends in a dot stands for all that begin with it.
    Only(&'a [String]),
}

impl Names<'_> {
    /// What they add to a query. They are the program's own or were checked; what could be no name is left out.
    fn condition(self) -> String {
        let quoted = |names: Vec<&str>| format!("('{}')", names.join("', '"));
        match self {
            Self::All => String::new(),
            Self::Besides(names) => format!("and name not in {}", quoted(names.to_vec())),
            Self::Only(names) => {
                let sound = |name: &&String| {
                    name.bytes().all(|byte| byte.is_ascii_lowercase() || b"_.".contains(&byte))
                };
                let names = names.iter().filter(sound).map(String::as_str);
                let (all, single): (Vec<&str>, Vec<&str>) =
                    names.partition(|name| name.ends_with('.'));
                let all = all.into_iter().map(|name| {
                    // A slash comes after a dot.
                    format!("name >= '{name}' and name < '{}/'", name.trim_end_matches('.'))
                });
                let single = (!single.is_empty()).then(|| format!("name in {}", quoted(single)));
                let any: Vec<String> = all.chain(single).collect();
                let any = if any.is_empty() { "1 = 0".to_owned() } else { any.join(" or ") };
                format!("and ({any})")
            }
        }
    }
}

/// As [`read`], of what is settled, the events of some names; and where the reader then stands.
pub async fn read_of(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    after: Position,
    limit: u64,
    names: Names<'_>,
) -> Result<(Vec<Entry>, Position)> {
    select(db, workspace, after, limit, &names.condition()).await
}

async fn select(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    after: Position,
    limit: u64,
    which: &str,
) -> Result<(Vec<Entry>, Position)> {
    match db.get_database_backend() {
        DbBackend::Postgres => in_windows(db, workspace, after, limit, which).await,
        _ => in_sequence(db, workspace, after, limit, which).await,
    }
}

const COLUMNS: &str = "seq, workspace_id, id, name, subject_id, subject_version, customer_id, \
                       actor_kind, actor_id, at, data";

/// The condition on transactions is kept from being looked up in an index: within a window events stand by their
/// numbers, and there are few of other windows in between.
async fn in_windows(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    after: Position,
    limit: u64,
    which: &str,
) -> Result<(Vec<Entry>, Position)> {
    let windows = windows::after(db, workspace, after, limit).await?;
    let Some(last) = windows.last() else { return Ok((Vec::new(), after)) };
    let sql = format!(
        "select e.*, w.ends::text::bigint as tx from log_window w cross join lateral (\
           select {COLUMNS} from event where workspace_id = w.workspace_id \
           and seq >= case when w.ends = $2::text::xid8 then $3 + 1 else w.first_seq end \
           and seq <= w.last_seq and (tx >= w.begins and tx < w.ends) is true {which} \
           order by seq limit $5) e \
         where w.workspace_id = $1 and w.ends >= $2::text::xid8 and w.ends <= $4::text::xid8 \
         order by w.ends, e.seq limit $5"
    );
    let values = [
        workspace.into(),
        after.tx.to_string().into(),
        after.seq.into(),
        last.ends.to_string().into(),
        (limit as i64).into(),
    ];
    let entries = entries(db, sql, values).await?;
    let to = reached(&entries, limit).unwrap_or(last.end());
    Ok((entries, to))
}

async fn in_sequence(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    after: Position,
    limit: u64,
    which: &str,
) -> Result<(Vec<Entry>, Position)> {
    // Asked first: what can be read then can be read below.
    let end = end(db, workspace).await?;
    let sql = format!(
        "select {COLUMNS}, 0 as tx from event where workspace_id = ? and seq > ? {which} \
         order by seq limit ?"
    );
    let values = [workspace.into(), after.seq.into(), (limit as i64).into()];
    let entries = entries(db, sql, values).await?;
    let last = entries.last().map_or(after, |entry| entry.position);
    let to = reached(&entries, limit).unwrap_or(last.max(end));
    Ok((entries, to))
}

async fn entries(
    db: &impl ConnectionTrait,
    sql: String,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<Entry>> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = db.query_all_raw(statement).await?;
    Ok(rows.iter().map(entry).collect::<Result<_, _>>()?)
}

fn entry(row: &QueryResult) -> Result<Entry, DbErr> {
    let event = event::Model::from_query_result(row, "")?;
    let position = Position { tx: row.try_get("", "tx")?, seq: event.seq };
    Ok(Entry { position, event })
}

/// Where a full page ends; there may be more after it.
fn reached(entries: &[Entry], limit: u64) -> Option<Position> {
    entries.last().filter(|_| entries.len() as u64 >= limit).map(|entry| entry.position)
}

/// The end of what is settled.
pub async fn end(db: &impl ConnectionTrait, workspace: workspace::Id) -> Result<Position> {
    if db.get_database_backend() == DbBackend::Postgres {
        let last = windows::last(db, workspace).await?;
        return Ok(last.map(|window| window.end()).unwrap_or_default());
    }
    let sql = "select seq from event where workspace_id = ? order by seq desc limit 1";
    let last = Statement::from_sql_and_values(DbBackend::Sqlite, sql, [workspace.into()]);
    let seq = db.query_one_raw(last).await?.map(|row| row.try_get("", "seq")).transpose()?;
    Ok(seq.map(|seq| Position { tx: 0, seq }).unwrap_or_default())
}

/// The last transaction that has told of anything. (Whether there is one after another is not asked in so many words:
/// PostgreSQL would think that a third of all events are, and look through the whole table for the first.)
const LAST: &str = "(select tx from event where workspace_id = $1 order by tx desc limit 1)";

/// The same of those that may be told by now.
const LAST_TOLD: &str = "(select tx from event where workspace_id = $1 \
     and tx < pg_snapshot_xmin(pg_current_snapshot()) order by tx desc limit 1)";

/// Whether something is committed after a position, even if it is not settled yet.
pub async fn goes_on(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    after: Position,
) -> Result<bool> {
    let end = end(db, workspace).await?;
    if end > after {
        return Ok(true);
    }
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(false);
    }
    let sql = format!("select {LAST} >= $2::text::xid8 as more");
    let values = [workspace.into(), end.tx.to_string().into()];
    let unsettled = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    let row = db.query_one_raw(unsettled).await?;
    Ok(row.and_then(|row| row.try_get("", "more").transpose()).transpose()?.unwrap_or(false))
}

/// Before which position events have been pruned: who stands there or later misses none.
pub async fn floor(db: &impl ConnectionTrait, workspace: workspace::Id) -> Result<Position> {
    let sql = "select tx, seq from log_floor where workspace_id = $1";
    let floor = Statement::from_sql_and_values(db.get_database_backend(), sql, [workspace.into()]);
    let Some(row) = db.query_one_raw(floor).await? else { return Ok(Position::default()) };
    Ok(Position { tx: row.try_get("", "tx")?, seq: row.try_get("", "seq")? })
}

/// Whether there is anything that whoever stands at a position may not have read and that may be told by now, or that has
/// even been pruned since. It is asked far more often than there is anything, and is one look into an index or two.
pub async fn has_news(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    after: Position,
) -> Result<bool> {
    let backend = db.get_database_backend();
    let (sql, tx): (String, Value) = match backend {
        DbBackend::Postgres => (
            format!(
                "coalesce({LAST_TOLD} >= $2::text::xid8, false) or exists (select 1 from log_window \
                   where workspace_id = $1 and ends = $2::text::xid8 and last_seq > $3) \
                 or exists (select 1 from log_floor \
                   where workspace_id = $1 and (tx, seq) > ($2::text::bigint, $3))"
            ),
            after.tx.to_string().into(),
        ),
        _ => (
            "exists (select 1 from event where workspace_id = $1 and seq > $3) or exists (select 1 \
               from log_floor where workspace_id = $1 and (tx, seq) > ($2, $3))"
                .to_owned(),
            after.tx.into(),
        ),
    };
    let values = [workspace.into(), tx, after.seq.into()];
    let news = Statement::from_sql_and_values(backend, format!("select {sql} as news"), values);
    let row = db.query_one_raw(news).await?;
    Ok(row.map(|row| row.try_get("", "news")).transpose()?.unwrap_or(false))
}
