use futures_util::TryStreamExt;
use sea_orm::{ExecResult, QueryResult, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::{
    AssertSqlSafe, Connection as _, Database, Executor, IntoArguments, PgConnection,
    SqliteConnection, query::Query,
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// A connection to a database of either kind.
pub enum Connection {
    Postgres {
        on: PgConnection,
        /// Whether statements stay prepared: behind a pooler the next transaction has another connection.
        prepared: bool,
    },
    Sqlite(SqliteConnection),
}

impl Connection {
    /// Runs a statement, which is prepared once on this connection.
    pub async fn execute(&mut self, statement: Statement) -> Result<ExecResult> {
        match self {
            Self::Postgres { on, prepared } => {
                on.execute(query(statement).persistent(*prepared)).await.map(Into::into)
            }
            Self::Sqlite(on) => on.execute(query(statement)).await.map(Into::into),
        }
    }

    /// The first row of a statement's.
    pub async fn one(&mut self, statement: Statement) -> Result<Option<QueryResult>> {
        match self {
            Self::Postgres { on, prepared } => Ok(on
                .fetch_optional(query(statement).persistent(*prepared))
                .await?
                .map(QueryResult::from)),
            Self::Sqlite(on) => {
                Ok(on.fetch_optional(query(statement)).await?.map(QueryResult::from))
            }
        }
    }

    /// Every row of a statement's.
    pub async fn all(&mut self, statement: Statement) -> Result<Vec<QueryResult>> {
        match self {
            Self::Postgres { on, prepared } => {
                rows(on.fetch_all(query(statement).persistent(*prepared)).await)
            }
            Self::Sqlite(on) => rows(on.fetch_all(query(statement)).await),
        }
    }

    /// What `with` makes of each row of a statement's.
    pub async fn each<T: Send>(
        &mut self,
        statement: Statement,
        with: impl Fn(QueryResult) -> T + Send,
    ) -> Result<Vec<T>> {
        match self {
            Self::Postgres { on, prepared } => {
                on.fetch(query(statement).persistent(*prepared))
                    .map_ok(|row| with(row.into()))
                    .try_collect()
                    .await
            }
            Self::Sqlite(on) => {
                on.fetch(query(statement)).map_ok(|row| with(row.into())).try_collect().await
            }
        }
    }

    /// Runs statements as they stand, one after the other.
    pub async fn unprepared(&mut self, sql: &str) -> Result<ExecResult> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql));
        match self {
            Self::Postgres { on, .. } => sql.execute(on).await.map(Into::into),
            Self::Sqlite(on) => sql.execute(on).await.map(Into::into),
        }
    }

    /// Whether it answers.
    pub async fn ping(&mut self) -> Result<()> {
        match self {
            Self::Postgres { on, .. } => on.ping().await,
            Self::Sqlite(on) => on.ping().await,
        }
    }

    /// Takes leave of the database.
    pub async fn close(self) -> Result<()> {
        match self {
            Self::Postgres { on, .. } => on.close().await,
            Self::Sqlite(on) => on.close().await,
        }
    }
}

fn query<DB: Database>(statement: Statement) -> Query<'static, DB, SqlxValues>
where
    SqlxValues: IntoArguments<DB>,
{
    let values = statement.values.unwrap_or(Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

fn rows<R>(rows: Result<Vec<R>>) -> Result<Vec<QueryResult>>
where
    QueryResult: From<R>,
{
    Ok(rows?.into_iter().map(QueryResult::from).collect())
}

/// Whether after this error the connection may no longer be relied upon. What SQLite says after a failed read, write or
/// flush of its file holds for the file, not for what the connection believes to be in it.
pub fn breaks(err: &sqlx::Error) -> bool {
    match err {
        sqlx::Error::RowNotFound | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
            false
        }
        sqlx::Error::Database(db) => db.code().is_some_and(|code| match code.len() {
            5 => ["08", "57P", "58", "25P03", "25P04"].iter().any(|kind| code.starts_with(kind)),
            _ => code.parse::<i32>().is_ok_and(|code| [10, 11, 13].contains(&(code & 0xff))),
        }),
        _ => true,
    }
}
