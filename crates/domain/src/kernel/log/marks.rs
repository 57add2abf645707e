//! Where in the log the events of one transaction stand, so that what it did can be found again.

use rapport_entity::{identity::workspace, log::event};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement,
    sea_query::{Expr, ExprTrait},
};

use crate::kernel::{
    access::Tx,
    error::{Error, Result},
};

/// The events of one transaction. On PostgreSQL they are those with its number, on SQLite some that follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The transaction's number; 0 on SQLite.
    pub tx: i64,
    /// On SQLite the first event; 0 on PostgreSQL.
    pub first_seq: i64,
    /// How many there are.
    pub events: i32,
}

/// Where the events that this transaction has told so far will stand.
pub async fn mark(tx: &Tx<'_>) -> Result<Mark> {
    let db = tx.transaction();
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => "select pg_current_xact_id()::text::bigint as tx, 0::bigint as seq",
        _ => {
            "select 0 as tx, coalesce((select seq from sqlite_sequence where name = 'event'), 0) + 1 as seq"
        }
    };
    let row = db.query_one_raw(Statement::from_string(backend, sql)).await?;
    let row = row.ok_or_else(|| Error::internal("the database does not know where it is"))?;
    Ok(Mark {
        tx: row.try_get("", "tx")?,
        first_seq: row.try_get("", "seq")?,
        events: tx.event_count() as i32,
    })
}

/// The events at a mark that are still kept, in the order of telling.
pub async fn events_at(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    mark: Mark,
) -> Result<Vec<event::Model>> {
    let these = match db.get_database_backend() {
        DbBackend::Postgres => Expr::cust_with_values("tx = $1::text::xid8", [mark.tx.to_string()]),
        _ => event::Column::Seq
            .gte(mark.first_seq)
            .and(event::Column::Seq.lt(mark.first_seq + i64::from(mark.events))),
    };
    let found = event::Entity::find()
        .filter(event::Column::WorkspaceId.eq(workspace))
        .filter(these)
        .order_by_asc(event::Column::Seq)
        .limit(u64::try_from(mark.events).unwrap_or(0));
    Ok(found.all(db).await?)
}
