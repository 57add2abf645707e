use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, prelude::async_trait,
};

use crate::kernel::database::Lease;

/// A connection for some statements: one of their own, or that of a transaction under way.
pub(crate) enum Connection<'a> {
    /// Its own.
    Leased(Lease),
    /// That of a transaction.
    Tx(&'a Lease),
}

impl std::ops::Deref for Connection<'_> {
    type Target = Lease;

    fn deref(&self) -> &Lease {
        match self {
            Self::Leased(lease) => lease,
            Self::Tx(tx) => tx,
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Connection<'_> {
    fn get_database_backend(&self) -> DbBackend {
        Lease::get_database_backend(self)
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        Lease::execute_raw(self, statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        Lease::execute_unprepared(self, sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Lease::query_one_raw(self, statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        Lease::query_all_raw(self, statement).await
    }
}
