use std::{
    sync::{Arc, MutexGuard, PoisonError},
    time::Duration,
};

use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    Statement, prelude::async_trait,
};
use sqlx::{postgres::PgConnectOptions, sqlite::SqliteConnectOptions};
use tokio::{
    runtime::{Handle, Id},
    sync::Mutex,
    time::{Instant, timeout},
};
use uuid::Uuid;

use super::{
    connection::{Connection, breaks},
    postgres, sqlite,
    turns::{Turn, Turns},
};
use crate::kernel::error::{Error, Result};

/// How long the database may take to say that it is there.
pub const PING: Duration = Duration::from_secs(2);

/// How long a connection may lie idle before it is asked whether it still stands.
const IDLE: Duration = Duration::from_secs(2);

/// How long it may take to connect; who waits has perhaps waited for their turn before.
const CONNECT: Duration = Duration::from_secs(3);

/// Connections, each of which is somebody's at a time and stays open after.
///
/// sqlx has a pool of its own, which asks a connection whether it still stands each time that it is given back: a
/// small read costs twice what it need. Here it is asked only when there is reason for doubt: it has been idle, or
/// another one broke. Whatever was left half done is not asked at all but thrown away.
pub struct Slots {
    to: Source,
    free: std::sync::Mutex<Vec<Slot>>,
    turns: Arc<Turns>,
    patience: Duration,
    doubt: std::sync::Mutex<Option<Instant>>,
}

/// Where connections lead.
pub enum Source {
    Postgres {
        options: Box<PgConnectOptions>,
        /// Whether they lead to a pooler, which remembers nothing from one transaction to the next.
        pooler: bool,
    },
    Sqlite(Box<SqliteConnectOptions>),
}

/// A place for a connection.
///
/// On PostgreSQL a connection remembers which workspace row-level security lets it see. A reader of the same workspace
/// finds one that is set already, so the second wall costs a read nothing; another workspace's costs one `set_config`.
/// (A transaction around each read, with `SET LOCAL`, cost half as much again as the read.)
#[derive(Default)]
struct Slot {
    connection: Option<Connection>,
    workspace: Option<Uuid>,
    /// The runtime that the connection was made in.
    home: Option<Id>,
    used: Option<Instant>,
    /// Something was asked that is not answered yet, or a transaction is open.
    half_done: HalfDone,
}

#[derive(Default)]
struct HalfDone {
    statement: bool,
    transaction: bool,
}

impl Slots {
    /// So many places; nothing is connected yet.
    pub fn new(to: Source, places: u32, patience: Duration) -> Arc<Self> {
        let free: Vec<Slot> = (0..places.max(1)).map(|_| Slot::default()).collect();
        Arc::new(Self {
            to,
            turns: Turns::new(free.len()),
            free: std::sync::Mutex::new(free),
            patience,
            doubt: std::sync::Mutex::default(),
        })
    }

    /// A connection that sees one workspace, or on PostgreSQL none.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where all are in use for too long, or the database does not answer.
    pub async fn lease(
        self: &Arc<Self>,
        workspace: Option<Uuid>,
        patience: Duration,
    ) -> Result<Lease> {
        let turn = timeout(self.patience, self.turns.take(workspace)).await;
        let turn = turn
            .map_err(|_| Error::Unavailable(anyhow::anyhow!("every connection is in use")))?
            .map_err(|_| Error::Unavailable(anyhow::anyhow!("the database is closed")))?;
        let slot = Mutex::new(self.take(workspace));
        let mut lease = Lease {
            slots: self.clone(),
            slot,
            workspace,
            patience,
            backend: self.backend(),
            _turn: turn,
        };
        lease.make_ready().await?;
        Ok(lease)
    }

    pub fn backend(&self) -> DbBackend {
        match self.to {
            Source::Postgres { .. } => DbBackend::Postgres,
            Source::Sqlite(_) => DbBackend::Sqlite,
        }
    }

    /// The one that costs least: best of this runtime's own and set to the workspace, then one that is not connected
    /// yet. (The server has a runtime for each thread, and the one that a connection was made in hears of its
    /// answers; to have it wake another thread costs more than a small read does, but less than `set_config`.)
    fn take(&self, workspace: Option<Uuid>) -> Slot {
        let here = match self.to {
            Source::Postgres { .. } => Handle::try_current().ok().map(|runtime| runtime.id()),
            Source::Sqlite(_) => None,
        };
        let mut free = lock(&self.free);
        let saves = |slot: &Slot| match (slot.connection.is_some(), self.sees(slot, workspace)) {
            (true, true) if slot.home == here => 3,
            (false, _) => 2,
            (true, true) => 1,
            (true, false) => 0,
        };
        let best = free.iter().map(saves).max();
        // Of those that need nothing the one used last, of the others the one that has been idle longest.
        let place = match best {
            Some(3) => free.iter().rposition(|slot| saves(slot) == 3),
            _ => free.iter().position(|slot| Some(saves(slot)) == best),
        };
        let mut slot = free.remove(place.unwrap_or(0));
        if slot.connection.is_none() {
            slot.home = here;
        }
        slot
    }

    fn sees(&self, slot: &Slot, workspace: Option<Uuid>) -> bool {
        self.forgets() || matches!(self.to, Source::Sqlite(_)) || slot.workspace == workspace
    }

    /// Whether a connection is told everything with each transaction.
    fn forgets(&self) -> bool {
        matches!(self.to, Source::Postgres { pooler: true, .. })
    }

    fn is_in_doubt(&self, slot: &Slot) -> bool {
        let doubt = *lock(&self.doubt);
        matches!(self.to, Source::Postgres { .. })
            && slot.used.is_none_or(|used| {
                used.elapsed() > IDLE || doubt.is_some_and(|since| used <= since)
            })
    }

    async fn connect(&self, workspace: Option<Uuid>) -> Result<Connection> {
        let connected = match &self.to {
            Source::Postgres { options, pooler: false } => {
                timeout(CONNECT.min(self.patience), postgres::open(options, workspace)).await
            }
            Source::Postgres { options, pooler: true } => {
                timeout(CONNECT.min(self.patience), postgres::open_pooled(options)).await
            }
            Source::Sqlite(options) => timeout(self.patience, sqlite::open(options)).await,
        };
        let connected = connected.map_err(|_| {
            Error::Unavailable(anyhow::anyhow!("the database takes too long to connect"))
        })?;
        Ok(connected.map_err(|err| DbErr::Conn(RuntimeErr::SqlxError(err.into())))?)
    }

    /// Takes leave of the database. Whoever has a connection still keeps it.
    pub async fn close(&self) {
        self.turns.close();
        let free = std::mem::take(&mut *lock(&self.free));
        for connection in free.into_iter().filter_map(|slot| slot.connection) {
            let _ = timeout(PING, connection.close()).await;
        }
    }
}

/// A poisoned lock guards a value that is still whole: nothing panics while it is half changed.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The use of a connection, which is given back when this is dropped. It does not wait for ever for an answer: a machine
/// that has stopped and a network that swallows everything say nothing, and nobody else notices for a quarter of an
/// hour.
pub struct Lease {
    slots: Arc<Slots>,
    slot: Mutex<Slot>,
    workspace: Option<Uuid>,
    patience: Duration,
    backend: DbBackend,
    _turn: Turn,
}

impl Lease {
    /// Sees to it that there is a connection, that it stands, and that it sees the workspace. Who is broken off on the
    /// way leaves something half done, so nobody takes the connection for what it is not.
    async fn make_ready(&mut self) -> Result<()> {
        let workspace = self.workspace;
        let slot = self.slot.get_mut();
        let in_doubt = self.slots.is_in_doubt(slot);
        if let Some(connection) = slot.connection.as_mut().filter(|_| in_doubt) {
            slot.half_done.statement = true;
            if !matches!(timeout(PING, connection.ping()).await, Ok(Ok(()))) {
                slot.connection = None;
            }
            slot.half_done.statement = false;
        }
        if slot.connection.is_none() {
            slot.connection = Some(self.slots.connect(workspace).await?);
            slot.workspace = workspace;
        }
        if !self.slots.sees(slot, workspace) {
            self.execute_raw(postgres::set_workspace(workspace)).await?;
            self.slot.get_mut().workspace = workspace;
        }
        Ok(())
    }

    /// Opens a transaction. On SQLite it has the database's one writer from the start, because a reader that wants to
    /// become the writer half-way is refused.
    ///
    /// # Errors
    /// Where the database refuses or does not answer.
    pub async fn begin(&self) -> Result<(), DbErr> {
        self.slot.lock().await.half_done.transaction = true;
        let begin = match self.backend {
            DbBackend::Sqlite => "BEGIN IMMEDIATE",
            _ if self.slots.forgets() => &postgres::begin_pooled(self.workspace),
            _ => "BEGIN",
        };
        self.execute_unprepared(begin).await?;
        Ok(())
    }

    /// Keeps what was done. Where there is no answer, it may have been kept or not.
    ///
    /// # Errors
    /// Where the database refuses or does not answer. The connection is then not used again.
    pub async fn commit(&self) -> Result<(), DbErr> {
        self.end("COMMIT").await
    }

    /// Undoes what was done.
    ///
    /// # Errors
    /// As [`Lease::commit`]; nothing is kept all the same.
    pub async fn rollback(&self) -> Result<(), DbErr> {
        self.end("ROLLBACK").await
    }

    async fn end(&self, how: &str) -> Result<(), DbErr> {
        self.execute_unprepared(how).await?;
        self.slot.lock().await.half_done.transaction = false;
        Ok(())
    }

    /// What `with` makes of each row, read one at a time: for results of which the rows themselves are too many to be
    /// kept.
    ///
    /// # Errors
    /// What `with` fails with, or the database.
    pub async fn each<T: Send>(
        &self,
        statement: Statement,
        with: impl Fn(QueryResult) -> Result<T, DbErr> + Send,
    ) -> Result<Vec<T>, DbErr> {
        self.wait(async |on| on.each(statement, with).await).await?.into_iter().collect()
    }

    async fn wait<T>(
        &self,
        work: impl AsyncFnOnce(&mut Connection) -> Result<T, sqlx::Error>,
    ) -> Result<T, DbErr> {
        let mut slot = self.slot.lock().await;
        let Slot { connection, half_done, .. } = &mut *slot;
        let connection = connection.as_mut().filter(|_| !half_done.statement);
        let connection = connection.ok_or(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        half_done.statement = true;
        let alone = self.slots.forgets() && !half_done.transaction;
        let done = timeout(self.patience, async {
            match alone {
                true => in_transaction(connection, self.workspace, work).await,
                false => work(connection).await,
            }
        });
        let done = done.await;
        let done = done.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        half_done.statement = done.as_ref().is_err_and(breaks);
        done.map_err(|err| DbErr::Query(RuntimeErr::SqlxError(err.into())))
    }
}

/// A statement by itself, on whatever connection the pooler has.
async fn in_transaction<T>(
    connection: &mut Connection,
    workspace: Option<Uuid>,
    work: impl AsyncFnOnce(&mut Connection) -> Result<T, sqlx::Error>,
) -> Result<T, sqlx::Error> {
    let done = match connection.unprepared(&postgres::begin_pooled(workspace)).await {
        Ok(_) => work(connection).await,
        Err(err) => Err(err),
    };
    connection.unprepared(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    done
}

impl Drop for Lease {
    /// A connection with something half done is closed, which ends its transaction, and the others are asked whether
    /// they still stand before they are used.
    fn drop(&mut self) {
        let mut slot = std::mem::take(self.slot.get_mut());
        if slot.half_done.statement || slot.half_done.transaction {
            slot = Slot::default();
            *lock(&self.slots.doubt) = Some(Instant::now());
        }
        slot.used = Some(Instant::now());
        lock(&self.slots.free).push(slot);
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Lease {
    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.wait(async |on| on.execute(statement).await).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.wait(async |on| on.unprepared(sql).await).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.wait(async |on| on.one(statement).await).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.wait(async |on| on.all(statement).await).await
    }
}
