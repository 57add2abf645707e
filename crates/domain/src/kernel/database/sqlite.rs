use std::str::FromStr;

use sqlx::{
    ConnectOptions, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{Settings, connection::Connection};

/// Readers beside the one writer: more of them only get in each other's way on a small machine.
pub const READERS: u32 = 4;

/// How to connect.
///
/// # Errors
/// Where the URL is none.
pub fn options(settings: &Settings, read_only: bool) -> Result<SqliteConnectOptions, sqlx::Error> {
    let synchronous =
        if settings.synchronous_full { SqliteSynchronous::Full } else { SqliteSynchronous::Normal };
    Ok(SqliteConnectOptions::from_str(&settings.url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .busy_timeout(settings.patience)
        .foreign_keys(true)
        .pragma("cache_size", "-16384")
        .pragma("mmap_size", "268435456")
        .pragma("temp_store", "memory")
        .pragma("query_only", if read_only { "on" } else { "off" })
        .statement_cache_capacity(256)
        .row_buffer_size(256)
        .disable_statement_logging())
}

/// A connection with plans that are kept.
pub async fn open(options: &SqliteConnectOptions) -> Result<Connection, sqlx::Error> {
    let mut connection = <SqliteConnection as sqlx::Connection>::connect_with(options).await?;
    keep_plans(&mut connection).await?;
    Ok(Connection::Sqlite(connection))
}

/// `SQLITE_DBCONFIG_ENABLE_QPSG`: since SQLite 3.49 a statement with a bound LIMIT is otherwise planned
/// again on each execution, which costs half of a small read.
#[expect(unsafe_code, reason = "a connection setting that only the C interface has")]
async fn keep_plans(connection: &mut sqlx::SqliteConnection) -> Result<(), sqlx::Error> {
    const ENABLE_QPSG: i32 = 1007;
    let mut handle = connection.lock_handle().await?;
    // SAFETY: the handle is locked, so no other thread uses the connection; the arguments are those that
    // sqlite3_db_config documents for this option.
    let code = unsafe {
        libsqlite3_sys::sqlite3_db_config(
            handle.as_raw_handle().as_ptr(),
            ENABLE_QPSG,
            1_i32,
            std::ptr::null_mut::<i32>(),
        )
    };
    match code {
        0 => Ok(()),
        code => Err(sqlx::Error::Configuration(format!("sqlite3_db_config: {code}").into())),
    }
}
