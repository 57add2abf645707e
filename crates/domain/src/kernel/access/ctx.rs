use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use rapport_entity::{Date, Scoped, identity::workspace, log::event};
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Access, Action, Connection, On, Rows, Unit, ownership, unit::attempt};
use crate::kernel::{
    bulk,
    catalogue::Described,
    database::{self, Database, Lease, to_its_end},
    error::{Error, Result},
    filter::{Scope, day_of},
    log::Log,
    policy::Actor,
};

/// An authenticated request.
#[derive(Clone)]
pub struct Ctx {
    database: Database,
    actor: Actor,
    renewal: Option<Arc<dyn Renew>>,
    unit: Option<Arc<Unit>>,
}

/// Tells who is asking, again, where a request goes on for long: what they may do may have changed meanwhile.
pub(crate) trait Renew: Send + Sync {
    /// The request as it would be if it began now.
    fn now(&self) -> BoxFuture<'_, Result<Ctx>>;
}

impl Ctx {
    pub(crate) fn new(database: Database, actor: Actor) -> Self {
        Self { database, actor, renewal: None, unit: None }
    }

    pub(crate) fn of(renewal: Arc<dyn Renew>, database: Database, actor: Actor) -> Self {
        Self { database, actor, renewal: Some(renewal), unit: None }
    }

    /// The request as it would be if it began now: by who is asking as they are, with what they may do by now.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`](crate::Error::Unauthenticated) where they may no longer ask.
    pub async fn renewed(&self) -> Result<Self> {
        match &self.renewal {
            Some(renewal) => renewal.now().await,
            None => Ok(self.clone()),
        }
    }

    /// Whether all of the request is one transaction.
    pub(crate) fn is_one(&self) -> bool {
        self.unit.is_some()
    }

    /// The same request, all of it in one transaction.
    pub(crate) fn within(&self, unit: Arc<Unit>) -> Self {
        Self { unit: Some(unit), ..self.clone() }
    }

    /// Who is asking.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The database, which gives nothing away but its clock and its log's announcements.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// What rules mean, for whoever is asking, now.
    pub(crate) fn filter_scope(&self) -> Scope<'_> {
        let (backend, now) = (self.database.backend(), self.database.clock().now());
        Scope { actor: &self.actor, backend, now, touched: None }
    }

    /// Leave to do `A` to rows of `E` outside a transaction, if the actor has it.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) where the actor's role does not give it.
    pub fn can<E: Described, A: Action>(&self) -> Result<Access<'_, E, A>> {
        Access::ask(On::Request(self), &self.actor)
    }

    /// The rows of a table that has no life of its own, to read.
    pub(crate) fn rows<E: Scoped>(&self) -> Rows<'_, E> {
        Rows::new(On::Request(self), &self.actor)
    }

    /// For statements over whole sets of rows, which the kernel's own do not cover.
    /// They name the workspace themselves; row-level security sees to it that they do.
    pub(crate) async fn reader(&self) -> Result<Connection<'_>> {
        match &self.unit {
            Some(unit) => Ok(Connection::Tx(unit.connection())),
            None => Ok(Connection::Leased(self.database.reader(&self.actor).await?)),
        }
    }

    /// Do `work` as one unit: what it changes, and the events that tell of it, are saved together when it succeeds,
    /// and not at all when it fails.
    ///
    /// # Errors
    /// What `work` fails with, or [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn tx<T>(&self, work: impl AsyncFnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        if let Some(unit) = &self.unit {
            return unit.work(&self.actor, work).await;
        }
        let db = self.database.begin(&self.actor).await?;
        let tx = Tx::new(Connection::Tx(&db), &self.actor, self.database.clock().now());
        match work(&tx).await {
            Ok(done) => {
                let heard = tx.is_heard();
                let events = tx.told();
                let log = heard.then(|| self.database.log().clone());
                commit(db, self.actor.workspace, events, log).await?;
                Ok(done)
            }
            Err(err) => {
                // Where that fails the connection is thrown away, and with it what was done.
                let _ = db.rollback().await;
                Err(err)
            }
        }
    }

    /// Does several use cases as one: what they do is saved together when `work` succeeds, and not at all when it fails.
    ///
    /// # Errors
    /// What `work` fails with, or [`Error::Unavailable`](crate::Error::Unavailable).
    pub(crate) async fn together<T>(
        &self,
        work: impl AsyncFnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        if let Some(unit) = &self.unit {
            return unit.part(async || work(self).await).await;
        }
        let unit = Arc::new(Unit::begin(self).await?);
        match work(&self.within(unit.clone())).await {
            Ok(done) => unit.keep(self).await.map(|()| done),
            Err(err) => {
                unit.forget().await;
                Err(err)
            }
        }
    }
}

/// A unit of work under way.
pub struct Tx<'a> {
    db: Connection<'a>,
    actor: &'a Actor,
    now: DateTime<Utc>,
    events: Mutex<Vec<event::Model>>,
    bases: Mutex<HashMap<Uuid, i32>>,
    unheard: AtomicBool,
    cause: Mutex<Option<Json>>,
    unit: Option<&'a Unit>,
}

impl<'a> Tx<'a> {
    pub(super) fn new(db: Connection<'a>, actor: &'a Actor, now: DateTime<Utc>) -> Self {
        Self {
            db,
            actor,
            now,
            events: Mutex::default(),
            bases: Mutex::default(),
            unheard: AtomicBool::default(),
            cause: Mutex::default(),
            unit: None,
        }
    }

    /// The same, as a part of a unit.
    pub(super) fn of(self, unit: &'a Unit) -> Self {
        Self { unit: Some(unit), ..self }
    }

    /// Who is asking.
    pub fn actor(&self) -> &Actor {
        self.actor
    }

    /// The day on which this work began, in the workspace's time zone.
    pub(crate) fn today(&self) -> Result<Date> {
        day_of(self.now, self.actor()).try_into().map_err(Error::internal)
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
        self.db.get_database_backend()
    }

    /// Lets nobody else in the workspace do the same thing until this work ends: for rules that span several rows.
    pub(crate) async fn one_at_a_time(&self, what: &str) -> Result<()> {
        database::one_at_a_time(&self.db, &format!("{} {what}", self.actor.workspace)).await
    }

    /// Does `work` in such a way that where it fails, what it did is undone and what was done before stays.
    pub(crate) async fn attempt<T>(&self, work: impl AsyncFnOnce() -> Result<T>) -> Result<T> {
        let before = self.events().len();
        let outcome = attempt(&*self.db, work).await;
        if outcome.is_err() {
            self.events().truncate(before);
        }
        outcome
    }

    /// What this work does is of no interest to the log's readers: unless there are events, none of them is woken.
    pub(crate) fn unheard(&self) {
        self.unheard.store(true, Ordering::Relaxed);
    }

    fn is_heard(&self) -> bool {
        !self.unheard.load(Ordering::Relaxed) || !self.events().is_empty()
    }

    /// What this work comes of, where that is not a request: its events tell of it, beside what has changed.
    pub(crate) fn because(&self, cause: Json) {
        *self.cause.lock().unwrap_or_else(PoisonError::into_inner) = Some(cause);
    }

    /// What this work comes of.
    pub(super) fn cause(&self) -> Option<Json> {
        self.cause.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many events have been told so far.
    pub(crate) fn event_count(&self) -> usize {
        self.events().len()
    }

    /// How many events of a name this work, or the unit that it is a part of, has told so far.
    pub(crate) fn told_of(&self, name: &str) -> usize {
        let of = |events: &[event::Model]| events.iter().filter(|event| event.name == name).count();
        self.unit.map_or(0, |unit| of(&unit.events())) + of(&self.events())
    }

    fn events(&self) -> MutexGuard<'_, Vec<event::Model>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A record is changed by somebody who knows this version of it.
    pub(super) fn change_from(&self, id: Uuid, base: i32) {
        self.bases.lock().unwrap_or_else(PoisonError::into_inner).insert(id, base);
    }

    /// The version of a record that whoever changes it knows, where they have said so.
    pub(super) fn changed_from(&self, id: Uuid) -> Option<i32> {
        self.bases.lock().unwrap_or_else(PoisonError::into_inner).get(&id).copied()
    }

    /// The versions of a record that this work, or the unit that it is a part of, has made so far.
    pub(super) fn versions_made(&self, id: Uuid) -> Vec<i32> {
        let versions = |events: &[event::Model]| -> Vec<i32> {
            let of = events.iter().filter(|event| event.subject_id == id);
            of.map(|event| event.subject_version).collect()
        };
        let before = self.unit.map(|unit| versions(&unit.events())).unwrap_or_default();
        [before, versions(&self.events())].concat()
    }

    pub(super) fn append(&self, event: event::Model) {
        self.events().push(event);
    }

    /// What there is to tell of it.
    pub(super) fn told(self) -> Vec<event::Model> {
        self.events.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Saves a transaction. What was committed is announced even if nobody waits for it any more.
async fn commit(
    db: Lease,
    workspace: workspace::Id,
    events: Vec<event::Model>,
    log: Option<Log>,
) -> Result<()> {
    to_its_end(async move {
        save(&db, &events).await?;
        drop(db);
        if let Some(log) = log {
            log.announce(workspace, &events);
        }
        Ok(())
    })
    .await
}

/// Events are written last, all at once, and what they tell of owners.
pub(super) async fn save(db: &Lease, events: &[event::Model]) -> Result<()> {
    ownership::keep(db, events).await?;
    bulk::insert_events(db, events).await?;
    Ok(db.commit().await?)
}
