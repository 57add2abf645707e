use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::kernel::error::Result;

/// How often a node asks whether another has ended its migration.
const AGAIN: Duration = Duration::from_millis(100);

/// Waits until no other transaction does `what`. SQLite has one writer anyway.
pub async fn one_at_a_time(db: &impl ConnectionTrait, what: &str) -> Result<()> {
    if db.get_database_backend() == DbBackend::Postgres {
        let sql = "select pg_advisory_xact_lock(hashtextextended($1, 0))";
        let lock = Statement::from_sql_and_values(DbBackend::Postgres, sql, [what.into()]);
        db.execute_raw(lock).await?;
    }
    Ok(())
}

/// Waits until no other node migrates the database; until the connection ends, none does. Asks again and again:
/// a statement that waits would hold up the making of indexes, which waits for every statement in turn.
pub async fn sole_migrator(db: &impl ConnectionTrait) -> Result<()> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let sql = "select pg_try_advisory_lock(hashtextextended('rapport.migrate', 0)) as locked";
    let mine = Statement::from_string(DbBackend::Postgres, sql);
    loop {
        let row = db.query_one_raw(mine.clone()).await?;
        if row.map(|row| row.try_get("", "locked")).transpose()?.unwrap_or(false) {
            return Ok(());
        }
        tokio::time::sleep(AGAIN).await;
    }
}
