use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::kernel::error::Result;

/// Waits until no other transaction does `what`. SQLite has one writer anyway.
pub async fn one_at_a_time(db: &impl ConnectionTrait, what: &str) -> Result<()> {
    if db.get_database_backend() == DbBackend::Postgres {
        let sql = "select pg_advisory_xact_lock(hashtextextended($1, 0))";
        let lock = Statement::from_sql_and_values(DbBackend::Postgres, sql, [what.into()]);
        db.execute_raw(lock).await?;
    }
    Ok(())
}
