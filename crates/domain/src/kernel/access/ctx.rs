use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use rapport_entity::{Scoped, log::event};
use sea_orm::{ConnectionTrait, DbBackend};

use super::{Access, Action, On, Rows};
use crate::kernel::{
    bulk,
    catalogue::Described,
    database::{self, Database, Lease, to_its_end},
    error::Result,
    log::Log,
    policy::Actor,
};

/// An authenticated request.
#[derive(Clone)]
pub struct Ctx {
    database: Database,
    actor: Actor,
}

impl Ctx {
    pub(crate) fn new(database: Database, actor: Actor) -> Self {
        Self { database, actor }
    }

    /// Who is asking.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The database, which gives nothing away but its clock and its log's announcements.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Leave to do `A` to rows of `E` outside a transaction, if the actor has it.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) where the actor's role does not give it.
    pub fn can<E: Described, A: Action>(&self) -> Result<Access<'_, E, A>> {
        Access::ask(On::Database(&self.database), &self.actor)
    }

    /// The rows of a table that has no life of its own, to read.
    pub(crate) fn rows<E: Scoped>(&self) -> Rows<'_, E> {
        Rows::new(On::Database(&self.database), &self.actor)
    }

    /// For statements over whole sets of rows, which the kernel's own do not cover.
    /// They name the workspace themselves; row-level security sees to it that they do.
    pub(crate) async fn reader(&self) -> Result<Lease> {
        self.database.reader(&self.actor).await
    }

    /// Do `work` as one unit: what it changes, and the events that tell of it, are saved together when it succeeds,
    /// and not at all when it fails.
    ///
    /// # Errors
    /// What `work` fails with, or [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn tx<T>(&self, work: impl AsyncFnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        let db = self.database.begin(&self.actor).await?;
        let now = self.database.clock().now();
        let tx = Tx { db, actor: &self.actor, now, events: Mutex::default() };
        match work(&tx).await {
            Ok(done) => {
                tx.commit(self.database.log().clone()).await?;
                Ok(done)
            }
            Err(err) => {
                // Where that fails the connection is thrown away, and with it what was done.
                let _ = tx.db.rollback().await;
                Err(err)
            }
        }
    }
}

/// A unit of work under way.
pub struct Tx<'a> {
    db: Lease,
    actor: &'a Actor,
    now: DateTime<Utc>,
    events: Mutex<Vec<event::Model>>,
}

impl Tx<'_> {
    /// Who is asking.
    pub fn actor(&self) -> &Actor {
        self.actor
    }

    /// When this work began: the one time that all of it is stamped with.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Leave to do `A` to rows of `E`, if the actor has it.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) where the actor's role does not give it.
    pub fn can<E: Described, A: Action>(&self) -> Result<Access<'_, E, A>> {
        Access::ask(On::Tx(self), self.actor)
    }

    /// Leave that follows from what leave was given for, or from a rule of the business: a user who is deactivated
    /// loses their sessions, whoever may end sessions otherwise. It reaches all of the workspace.
    pub(crate) fn entailed<E: Described, A: Action>(&self) -> Access<'_, E, A> {
        Access::entailed(On::Tx(self), self.actor)
    }

    /// The rows of a table that has no life of its own: they are written with the record they belong to.
    pub(crate) fn rows<E: Scoped>(&self) -> Rows<'_, E> {
        Rows::new(On::Tx(self), self.actor)
    }

    /// For statements over whole sets of rows, which the kernel's own do not cover.
    /// They name the workspace themselves; row-level security sees to it that they do.
    pub(crate) fn transaction(&self) -> &Lease {
        &self.db
    }

    /// Which of the two databases it is.
    pub(crate) fn backend(&self) -> DbBackend {
        sea_orm::ConnectionTrait::get_database_backend(&self.db)
    }

    /// Lets nobody else in the workspace do the same thing until this work ends: for rules that span several rows.
    pub(crate) async fn one_at_a_time(&self, what: &str) -> Result<()> {
        database::one_at_a_time(&self.db, &format!("{} {what}", self.actor.workspace)).await
    }

    /// Does `work` in such a way that where it fails, what it did is undone and what was done before stays.
    pub(crate) async fn attempt<T>(&self, work: impl AsyncFnOnce() -> Result<T>) -> Result<T> {
        let before = self.events().len();
        self.db.execute_unprepared("SAVEPOINT attempt").await?;
        match work().await {
            Ok(done) => {
                self.db.execute_unprepared("RELEASE SAVEPOINT attempt").await?;
                Ok(done)
            }
            Err(err) => {
                let undo = "ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt";
                self.db.execute_unprepared(undo).await?;
                self.events().truncate(before);
                Err(err)
            }
        }
    }

    fn events(&self) -> MutexGuard<'_, Vec<event::Model>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn append(&self, event: event::Model) {
        self.events().push(event);
    }

    /// Events are written last, all at once. What was committed is announced even if nobody waits for it any more.
    async fn commit(self, log: Log) -> Result<()> {
        let Self { db, actor, now: _, events } = self;
        let events = events.into_inner().unwrap_or_else(PoisonError::into_inner);
        let workspace = actor.workspace;
        to_its_end(async move {
            bulk::insert_events(&db, &events).await?;
            db.commit().await?;
            drop(db);
            log.announce(workspace, &events);
            Ok(())
        })
        .await
    }
}
