//! The two databases that are measured on, and connections of our own to them.

use std::{path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use rapport_test_postgres as postgres;
use sqlx::{
    AssertSqlSafe, Connection as _, Executor, PgConnection, Postgres, Row, Sqlite,
    SqliteConnection,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo, types::Oid},
    sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    types::chrono::{DateTime, Utc},
};
use tempfile::TempDir;
use uuid::Uuid;

use crate::cpu;

/// A PostgreSQL to make databases on, set as for an installation that keeps what it is told.
const SETTINGS: &[&str] = &[
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "shared_buffers=1GB",
    "effective_cache_size=4GB",
    "max_wal_size=8GB",
    "checkpoint_timeout=15min",
];

/// The PostgreSQL server that all sizes share.
pub async fn postgres(url: Option<&str>) -> Result<postgres::Server> {
    match url {
        Some(url) => postgres::Server::at(url).map_err(|err| anyhow::anyhow!("{err}")),
        None => postgres::Server::start_with(SETTINGS).await.context(
            "there is no PostgreSQL on this machine; install it, or name one with --postgres-url",
        ),
    }
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Postgres,
    Sqlite,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
        }
    }

    /// How many connections the server has for the work of so many clients. Bare SQL gets as many.
    pub fn connections(self, clients: usize, writes: bool) -> usize {
        match (self, writes) {
            (Self::Postgres, _) => clients.min(16),
            (Self::Sqlite, true) => 1,
            (Self::Sqlite, false) => clients.min(4),
        }
    }
}

/// A database of our own, gone when this is dropped.
pub enum Place {
    Postgres { database: postgres::Database, log: Option<PathBuf> },
    Sqlite { directory: TempDir },
}

impl Place {
    /// An empty database on a server.
    pub async fn on(server: &postgres::Server) -> Self {
        let log = server.data_directory().and_then(|data| Some(data.parent()?.join("log")));
        Self::Postgres { database: server.database().await, log }
    }

    /// A file that is not there yet.
    pub fn in_a_file() -> Result<Self> {
        Ok(Self::Sqlite { directory: tempfile::Builder::new().prefix("rapport-bench-").tempdir()? })
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Postgres { .. } => Kind::Postgres,
            Self::Sqlite { .. } => Kind::Sqlite,
        }
    }

    /// How the program reaches it.
    pub fn url(&self) -> String {
        match self {
            Self::Postgres { database, .. } => database.url.clone(),
            Self::Sqlite { directory } => {
                format!("sqlite://{}", directory.path().join("bench.db").display())
            }
        }
    }

    /// A connection as the application has it, which sees one workspace.
    pub async fn connect(&self, workspace: Option<Uuid>) -> Result<Connection> {
        match self {
            Self::Postgres { database, .. } => {
                let mut connection = PgConnection::connect(&database.url).await?;
                let workspace = workspace.map(|id| id.to_string()).unwrap_or_default();
                let set = format!(
                    "set plan_cache_mode = force_generic_plan; set jit = off; \
                     set time zone 'UTC'; set rapport.workspace = '{workspace}'"
                );
                connection.execute(AssertSqlSafe(set)).await?;
                Ok(Connection::Postgres(connection))
            }
            Self::Sqlite { .. } => {
                let options = SqliteConnectOptions::from_str(&self.url())?
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Normal)
                    .busy_timeout(Duration::from_secs(30))
                    .foreign_keys(true)
                    .pragma("cache_size", "-16384")
                    .pragma("mmap_size", "268435456")
                    .pragma("temp_store", "memory")
                    .row_buffer_size(256);
                Ok(Connection::Sqlite(SqliteConnection::connect_with(&options).await?))
            }
        }
    }

    /// A connection that row-level security does not bind, on PostgreSQL.
    pub async fn administer(&self) -> Result<Connection> {
        match self {
            Self::Postgres { database, .. } => {
                Ok(Connection::Postgres(PgConnection::connect(&database.admin_url).await?))
            }
            Self::Sqlite { .. } => self.connect(None).await,
        }
    }

    /// The parent of the database's processes, where they run on this machine.
    pub async fn postmaster(&self) -> Result<Option<u32>> {
        let Self::Postgres { .. } = self else { return Ok(None) };
        let mut connection = self.administer().await?;
        let pid = connection.one("select pg_backend_pid()::bigint").await?;
        let parent = u32::try_from(pid).ok().and_then(cpu::parent);
        let is_postgres = |pid: &u32| {
            let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            name.trim().starts_with("postgres") || name.trim() == "postmaster"
        };
        Ok(parent.filter(is_postgres))
    }

    /// What the database calls itself.
    pub async fn version(&self) -> Result<String> {
        let sql = match self.kind() {
            Kind::Postgres => "select current_setting('server_version')",
            Kind::Sqlite => "select sqlite_version()",
        };
        self.administer().await?.text(sql).await
    }
}

/// A connection to either.
pub enum Connection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// What is bound to a statement.
#[derive(Clone, Debug)]
pub enum Value {
    Id(Uuid),
    /// An array on PostgreSQL; on SQLite as many parameters as [`padded`] says.
    Ids(Vec<Uuid>),
    Text(String),
    Small(i32),
    Number(i64),
    Time(DateTime<Utc>),
    Json(serde_json::Value),
    /// Null, of whatever type the column has.
    Nothing,
}

/// A list of ids is as long as the next power of two on SQLite, so that statements are seldom prepared anew.
pub fn padded(ids: usize) -> usize {
    ids.next_power_of_two()
}

impl Connection {
    /// Statements without parameters, for their effect.
    pub async fn run(&mut self, sql: impl Into<String>) -> Result<()> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.into()));
        match self {
            Self::Postgres(connection) => sql.execute(connection).await.map(|_| ())?,
            Self::Sqlite(connection) => sql.execute(connection).await.map(|_| ())?,
        }
        Ok(())
    }

    /// The one number that a statement gives.
    pub async fn one(&mut self, sql: impl Into<String>) -> Result<i64> {
        let sql = AssertSqlSafe(sql.into());
        Ok(match self {
            Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_one(connection).await?,
            Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_one(connection).await?,
        })
    }

    /// The one text that a statement gives.
    pub async fn text(&mut self, sql: impl Into<String>) -> Result<String> {
        let sql = AssertSqlSafe(sql.into());
        Ok(match self {
            Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_one(connection).await?,
            Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_one(connection).await?,
        })
    }

    /// The ids in the first column of what a prepared statement gives; none are read where they are not wanted.
    pub async fn query(
        &mut self,
        sql: &Arc<str>,
        values: Vec<Value>,
        wanted: bool,
    ) -> Result<Vec<Uuid>> {
        let sql = AssertSqlSafe(sql.clone());
        match self {
            Self::Postgres(connection) => {
                let query = values.into_iter().try_fold(sqlx::query(sql), bind_postgres)?;
                let rows = query.fetch_all(connection).await?;
                let ids = rows.iter().take(if wanted { rows.len() } else { 0 });
                Ok(ids.map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
            }
            Self::Sqlite(connection) => {
                let query = values.into_iter().try_fold(sqlx::query(sql), bind_sqlite)?;
                let rows = query.fetch_all(connection).await?;
                let ids = rows.iter().take(if wanted { rows.len() } else { 0 });
                Ok(ids.map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
            }
        }
    }
}

type PostgresQuery = sqlx::query::Query<'static, Postgres, PgArguments>;
type SqliteQuery = sqlx::query::Query<'static, Sqlite, SqliteArguments>;

fn bind_postgres(query: PostgresQuery, value: Value) -> Result<PostgresQuery> {
    Ok(match value {
        Value::Id(id) => query.bind(id),
        Value::Ids(ids) => query.bind(ids),
        Value::Text(text) => query.bind(text),
        Value::Small(number) => query.bind(number),
        Value::Number(number) => query.bind(number),
        Value::Time(time) => query.bind(time),
        Value::Json(json) => query.bind(json),
        Value::Nothing => query.bind(Nothing),
    })
}

fn bind_sqlite(query: SqliteQuery, value: Value) -> Result<SqliteQuery> {
    Ok(match value {
        Value::Id(id) => query.bind(id),
        Value::Ids(ids) => {
            let last = ids.last().copied().unwrap_or_default();
            let length = padded(ids.len());
            let ids = ids.into_iter().chain(std::iter::repeat(last)).take(length);
            ids.fold(query, |query, id| query.bind(id))
        }
        Value::Text(text) => query.bind(text),
        Value::Small(number) => query.bind(number),
        Value::Number(number) => query.bind(number),
        Value::Time(time) => query.bind(time),
        Value::Json(json) => query.bind(json),
        Value::Nothing => query.bind(None::<String>),
    })
}

/// Null without a type of its own: the server finds out which.
struct Nothing;

impl sqlx::Type<Postgres> for Nothing {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl sqlx::Encode<'_, Postgres> for Nothing {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}
