use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

use super::{
    Settings,
    patience::{Patient, REQUEST, Silence},
};
use crate::kernel::error::Result;

/// Readers beside the one writer: more of them only get in each other's way on a small machine.
const READERS: u32 = 4;

/// One connection that writes, a few that cannot.
#[expect(clippy::disallowed_methods, reason = "this is where the settings come from")]
pub async fn connect(
    settings: &Settings,
) -> Result<(Patient<DatabaseConnection>, Patient<DatabaseConnection>)> {
    let patient = |connection| Patient::new(connection, REQUEST, Silence::default());
    let write = Database::connect(options(settings, 1, false)).await?;
    let readers = if in_memory(&settings.url) {
        return Ok((patient(write.clone()), patient(write)));
    } else {
        READERS
    };
    let read = Database::connect(options(settings, readers, true)).await?;
    Ok((patient(write), patient(read)))
}

/// A database in memory belongs to its one connection.
fn in_memory(url: &str) -> bool {
    url.contains(":memory:")
}

fn options(settings: &Settings, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(&settings.url);
    options
        .sqlx_logging(false)
        .test_before_acquire(false)
        .acquire_timeout(settings.patience)
        .max_connections(connections)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None);
    let patience = settings.patience;
    let synchronous =
        if settings.synchronous_full { SqliteSynchronous::Full } else { SqliteSynchronous::Normal };
    options.map_sqlx_sqlite_opts(move |sqlite| {
        sqlite
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .busy_timeout(patience)
            .foreign_keys(true)
            .pragma("cache_size", "-16384")
            .pragma("mmap_size", "268435456")
            .pragma("temp_store", "memory")
            .pragma("query_only", if read_only { "on" } else { "off" })
            .statement_cache_capacity(256)
            .row_buffer_size(256)
    });
    options.map_sqlx_sqlite_pool_opts(|pool| {
        pool.after_connect(|connection, _| Box::pin(keep_plans(connection)))
    });
    options
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
