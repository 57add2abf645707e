use std::{
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DatabaseExecutor, DatabaseTransaction,
    DbBackend, DbErr, ExecResult, QueryResult, Statement, StreamTrait, TransactionOptions,
    TransactionTrait, prelude::async_trait,
};
use tokio::time::{Instant, timeout};

/// How long a statement may take in a request.
pub const REQUEST: Duration = Duration::from_secs(15);

/// How long a statement may take that works on a whole workspace at leisure.
pub const LEISURE: Duration = Duration::from_secs(300);

/// How long the database may take to say that it is there.
pub const PING: Duration = Duration::from_secs(2);

/// So long after a silence every connection is asked, when it is given back, whether it still stands.
const DOUBT: Duration = Duration::from_secs(60);

/// When a database last left a statement without an answer, or nobody waited for it. Such a connection may never
/// answer again, whatever the database does.
#[derive(Clone, Debug, Default)]
pub struct Silence(Arc<Mutex<Option<Instant>>>);

impl Silence {
    fn begin(&self) {
        *self.last() = Some(Instant::now());
    }

    /// Whether there was one lately.
    pub fn is_recent(&self) -> bool {
        self.last().is_some_and(|last| last.elapsed() < DOUBT)
    }

    fn last(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A statement under way. One that is dropped before its answer has come leaves its connection in doubt.
struct Waiting<'a> {
    silence: &'a Silence,
    answered: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.silence.begin();
        }
    }
}

/// A connection or a transaction that does not wait for ever: a machine that has stopped and a network that swallows
/// everything say nothing, and nobody else notices for a quarter of an hour.
pub struct Patient<C> {
    inner: C,
    patience: Duration,
    silence: Silence,
}

impl<C> Patient<C> {
    /// Waits so long for each answer, and tells where none came.
    pub fn new(inner: C, patience: Duration, silence: Silence) -> Self {
        Self { inner, patience, silence }
    }

    /// What does wait for ever.
    pub fn inner(&self) -> &C {
        &self.inner
    }

    /// The same with other patience.
    pub fn with(&self, patience: Duration) -> Patient<DatabaseExecutor<'_>>
    where
        for<'c> DatabaseExecutor<'c>: From<&'c C>,
    {
        Patient::new((&self.inner).into(), patience, self.silence.clone())
    }

    /// The same, whatever it is.
    pub fn executor(&self) -> Patient<DatabaseExecutor<'_>>
    where
        for<'c> DatabaseExecutor<'c>: From<&'c C>,
    {
        self.with(self.patience)
    }

    /// The silence is known before the work is dropped, and with it the connection given back.
    async fn wait<T>(&self, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let mut work = pin!(work);
        let mut waiting = Waiting { silence: &self.silence, answered: false };
        let done = timeout(self.patience, &mut work).await;
        waiting.answered = done.is_ok();
        done.unwrap_or(Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)))
    }
}

impl<C: TransactionTrait<Transaction = DatabaseTransaction> + Sync> Patient<C> {
    /// A transaction with the same patience.
    pub async fn begin(
        &self,
        options: TransactionOptions,
    ) -> Result<Patient<DatabaseTransaction>, DbErr> {
        let begun = self.wait(self.inner.begin_with_options(options)).await?;
        Ok(Patient::new(begun, self.patience, self.silence.clone()))
    }
}

impl Patient<DatabaseTransaction> {
    /// Keeps what was done. Where there is no answer, it may have been kept or not.
    pub async fn commit(self) -> Result<(), DbErr> {
        let Self { inner, patience, silence } = self;
        Patient::new((), patience, silence).wait(inner.commit()).await
    }

    /// Undoes what was done.
    pub async fn rollback(self) -> Result<(), DbErr> {
        let Self { inner, patience, silence } = self;
        Patient::new((), patience, silence).wait(inner.rollback()).await
    }
}

impl Patient<DatabaseConnection> {
    /// The same connections with other patience.
    pub fn again(&self, patience: Duration) -> Self {
        Self::new(self.inner.clone(), patience, self.silence.clone())
    }

    /// Closes the connections, or leaves them to their fate.
    pub async fn close(&self) {
        let _ = self.wait(self.inner.clone().close()).await;
    }
}

#[async_trait::async_trait]
impl<C: ConnectionTrait> ConnectionTrait for Patient<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.wait(self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.wait(self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.wait(self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.wait(self.inner.query_all_raw(statement)).await
    }
}

impl<C: StreamTrait> StreamTrait for Patient<C> {
    type Stream<'a>
        = C::Stream<'a>
    where
        Self: 'a;

    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    fn stream_raw<'a>(
        &'a self,
        statement: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + 'a + Send>> {
        self.inner.stream_raw(statement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silent_database_is_given_up_and_an_answer_is_taken() {
        let patient = Patient::new((), REQUEST, Silence::default());
        assert_eq!(patient.wait(async { Ok(7) }).await, Ok(7));
        assert!(!patient.silence.is_recent());
        let silent = patient.wait(std::future::pending::<Result<(), DbErr>>()).await;
        let err = crate::kernel::Error::from(silent.expect_err("no answer"));
        assert!(matches!(err, crate::kernel::Error::Unavailable(_)), "{err:?}");
        assert!(patient.silence.is_recent());
        tokio::time::advance(DOUBT).await;
        assert!(!patient.silence.is_recent());
    }

    #[tokio::test]
    async fn nobody_waiting_for_an_answer_leaves_the_connection_in_doubt() {
        let patient = Patient::new((), REQUEST, Silence::default());
        let broken_off = patient.wait(std::future::pending::<Result<(), DbErr>>());
        assert!(timeout(Duration::ZERO, broken_off).await.is_err());
        assert!(patient.silence.is_recent());
    }
}
