use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use rapport_entity::log::event;
use sea_orm::ConnectionTrait;

use super::{Connection, Ctx, Tx, ctx::save};
use crate::kernel::{
    database::{Lease, to_its_end},
    error::Result,
    policy::Actor,
};

/// A request of which all is done in one transaction, so that what else is written with it is there if and only if what
/// it did is (ADR 11). Its use cases know nothing of it: each one's transaction is a part of this one.
pub struct Unit {
    db: Lease,
    now: DateTime<Utc>,
    events: Mutex<Vec<event::Model>>,
    /// One use case at a time; whether anything has been done yet.
    turn: tokio::sync::Mutex<bool>,
}

impl Unit {
    /// Opens the transaction.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn begin(ctx: &Ctx) -> Result<Self> {
        Ok(Self {
            db: ctx.database().begin(ctx.actor()).await?,
            now: ctx.database().clock().now(),
            events: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        })
    }

    /// Its connection.
    pub fn connection(&self) -> &Lease {
        &self.db
    }

    /// When it began.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Does `work` as a part: where it fails, what it did is undone, and what was done before stays.
    pub(super) async fn work<T>(
        &self,
        actor: &Actor,
        work: impl AsyncFnOnce(&Tx<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut is_begun = self.turn.lock().await;
        let tx = Tx::new(Connection::Tx(&self.db), actor, self.now).of(self);
        let done = match *is_begun {
            true => attempt(&self.db, async || work(&tx).await).await?,
            false => self.first(async || work(&tx).await).await?,
        };
        *is_begun = true;
        self.events().extend(tx.told());
        Ok(done)
    }

    /// The first work, mostly the only one, needs no savepoint: before it there is nothing that is to stay.
    async fn first<T>(&self, work: impl AsyncFnOnce() -> Result<T>) -> Result<T> {
        let outcome = work().await;
        if outcome.is_err() {
            self.db.rollback().await?;
            self.db.begin().await?;
        }
        outcome
    }

    /// Does several use cases as a part: where `work` fails, what they did is undone, and what was done before stays.
    /// Nobody else may use the unit meanwhile.
    pub(super) async fn part<T>(&self, work: impl AsyncFnOnce() -> Result<T>) -> Result<T> {
        *self.turn.lock().await = true;
        let before = self.events().len();
        let outcome = attempt(&self.db, work).await;
        if outcome.is_err() {
            self.events().truncate(before);
        }
        outcome
    }

    pub(super) fn events(&self) -> MutexGuard<'_, Vec<event::Model>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Saves all that was done, even if nobody waits for it any more.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable); nobody knows then whether it was saved.
    pub async fn keep(self: Arc<Self>, ctx: &Ctx) -> Result<()> {
        let (workspace, log) = (ctx.actor().workspace, ctx.database().log().clone());
        to_its_end(async move {
            let events = std::mem::take(&mut *self.events());
            save(&self.db, &events).await?;
            log.announce(workspace, &events);
            Ok(())
        })
        .await
    }

    /// Undoes all that was done. Where that fails the connection is thrown away, and with it what was done.
    pub async fn forget(&self) {
        let _ = self.db.rollback().await;
    }
}

/// Does `work` in such a way that where it fails, what it did is undone and what was done before stays.
pub(super) async fn attempt<T>(
    db: &impl ConnectionTrait,
    work: impl AsyncFnOnce() -> Result<T>,
) -> Result<T> {
    db.execute_unprepared("SAVEPOINT attempt").await?;
    match work().await {
        Ok(done) => {
            db.execute_unprepared("RELEASE SAVEPOINT attempt").await?;
            Ok(done)
        }
        Err(err) => {
            let undo = "ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt";
            db.execute_unprepared(undo).await?;
            Err(err)
        }
    }
}
