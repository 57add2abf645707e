//! The two databases, and all that differs between them: how to connect, who may write, how a workspace is told to
//! row-level security. Nothing outside the kernel can name a connection.

mod keys;
mod locks;
mod patience;
mod postgres;
mod sqlite;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rapport_entity::{identity::workspace, log::event::ActorKind};
use rapport_migrations::{Migrator, MigratorTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode,
    TransactionOptions,
};

use super::{
    clock::Clock,
    error::{Error, Result},
    log::Log,
    policy::Actor,
};
pub(crate) use keys::{is_among, is_one_of, is_one_of_texts};
pub(super) use locks::one_at_a_time;
pub(crate) use patience::Patient;
use patience::{LEISURE, PING, REQUEST};
pub(super) use postgres::{Lease, to_its_end};

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite://rapport.db` or `postgres://…`.
    pub url: String,
    /// The most connections on PostgreSQL.
    pub connections: u32,
    /// How long to wait for a connection, or for the database's one writer.
    pub patience: Duration,
    /// On SQLite: make each commit survive a loss of power, not only of the program.
    pub synchronous_full: bool,
}

impl Settings {
    /// The usual settings for a database.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            connections: 16,
            patience: Duration::from_secs(5),
            synchronous_full: false,
        }
    }
}

/// The database: cheap to copy. Nobody outside the kernel can run a statement on it.
#[derive(Clone)]
pub struct Database {
    connections: Arc<Connections>,
    clock: Clock,
    log: Log,
    checkouts: Arc<AtomicU64>,
}

enum Connections {
    Sqlite { write: Patient<DatabaseConnection>, read: Patient<DatabaseConnection> },
    Postgres { slots: Arc<postgres::Slots>, admin: Patient<DatabaseConnection> },
}

impl Database {
    /// Connects.
    ///
    /// # Errors
    /// Where the database cannot be reached or the URL is of neither kind.
    pub async fn connect(settings: &Settings, clock: Clock) -> Result<Self> {
        let connections = if settings.url.starts_with("sqlite:") {
            let (write, read) = sqlite::connect(settings).await?;
            Connections::Sqlite { write, read }
        } else if settings.url.starts_with("postgres://")
            || settings.url.starts_with("postgresql://")
        {
            let (slots, admin) = postgres::connect(settings).await?;
            Connections::Postgres { slots, admin }
        } else {
            return Err(Error::Malformed(
                "the database URL must begin with sqlite: or postgres://".into(),
            ));
        };
        Ok(Self {
            connections: Arc::new(connections),
            clock,
            log: Log::default(),
            checkouts: Arc::default(),
        })
    }

    /// How often a connection was asked for since the program began: once for each read outside a transaction, and
    /// once for each transaction.
    pub fn checkouts(&self) -> u64 {
        self.checkouts.load(Ordering::Relaxed)
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// Where the schema is newer than this program, or the database refuses.
    pub async fn migrate(&self) -> Result<()> {
        // The schema takes the time that it takes.
        let db = self.installation().inner();
        let known: Vec<String> =
            Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
        Migrator::install(db).await?;
        let applied = Migrator::get_migration_models(db).await?;
        if let Some(newer) = applied.iter().find(|applied| !known.contains(&applied.version)) {
            return Err(Error::Refused(format!(
                "the database has been migrated by a newer Rapport (it knows {}); \
                 upgrade this program, or restore the database from before",
                newer.version
            )));
        }
        Ok(Migrator::up(db, None).await?)
    }

    /// Which of the two databases it is.
    pub fn backend(&self) -> DbBackend {
        match *self.connections {
            Connections::Sqlite { .. } => DbBackend::Sqlite,
            Connections::Postgres { .. } => DbBackend::Postgres,
        }
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The event log's readers' side.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Where it does not.
    pub async fn ping(&self) -> Result<()> {
        self.lookup().with(PING).execute_unprepared("select 1").await?;
        Ok(())
    }

    /// What is wrong with how we are connected, in words for the operator.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn warnings(&self) -> Result<Vec<String>> {
        match &*self.connections {
            Connections::Sqlite { .. } => Ok(Vec::new()),
            Connections::Postgres { admin, .. } => postgres::warnings(admin).await,
        }
    }

    /// Every workspace, oldest first: for the log's readers, which work in all of them.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn workspaces(&self) -> Result<Vec<workspace::Model>> {
        let all = workspace::Entity::find().order_by_asc(workspace::Column::Id);
        Ok(all.all(self.lookup()).await?)
    }

    /// The workspace of which a condition holds: before anybody is signed in there is nobody to ask for leave.
    pub(crate) async fn workspace(
        &self,
        which: impl sea_orm::sea_query::IntoCondition,
    ) -> Result<Option<workspace::Model>> {
        let live = workspace::Column::DeletedAt.is_null();
        let found = workspace::Entity::find().filter(which.into_condition()).filter(live);
        Ok(found.one(self.lookup()).await?)
    }

    /// To read what belongs to no workspace; on SQLite not behind the writer, who may be at it for long.
    fn lookup(&self) -> &Patient<DatabaseConnection> {
        match &*self.connections {
            Connections::Sqlite { read, .. } => read,
            Connections::Postgres { admin, .. } => admin,
        }
    }

    /// Closes every connection.
    pub async fn close(&self) {
        match &*self.connections {
            Connections::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Connections::Postgres { slots, admin } => {
                slots.close().await;
                admin.close().await;
            }
        }
    }

    /// For what belongs to the installation and to no workspace. Row-level security shows it nothing else.
    pub(crate) fn installation(&self) -> &Patient<DatabaseConnection> {
        match &*self.connections {
            Connections::Sqlite { write, .. } => write,
            Connections::Postgres { admin, .. } => admin,
        }
    }

    /// A connection to read a workspace with.
    pub(super) async fn reader(&self, actor: &Actor) -> Result<Lease> {
        self.checkouts.fetch_add(1, Ordering::Relaxed);
        match &*self.connections {
            Connections::Sqlite { read, .. } => Ok(Lease::shared(read, patience(actor))),
            Connections::Postgres { slots, .. } => {
                slots.lease(actor.workspace, patience(actor)).await
            }
        }
    }

    /// A transaction in a workspace. On SQLite it has the database's one writer from the start,
    /// because a reader that wants to become the writer half-way is refused.
    pub(super) async fn begin(
        &self,
        actor: &Actor,
    ) -> Result<(Lease, Patient<DatabaseTransaction>)> {
        self.checkouts.fetch_add(1, Ordering::Relaxed);
        let lease = match &*self.connections {
            Connections::Sqlite { write, .. } => Lease::shared(write, patience(actor)),
            Connections::Postgres { slots, .. } => {
                slots.lease(actor.workspace, patience(actor)).await?
            }
        };
        let options = TransactionOptions {
            sqlite_transaction_mode: match self.backend() {
                DbBackend::Sqlite => Some(SqliteTransactionMode::Immediate),
                _ => None,
            },
            ..Default::default()
        };
        // sqlx counts a transaction only once BEGIN is answered: broken off before, it would be left open unseen.
        to_its_end(async move {
            let transaction = lease.begin(options).await?;
            Ok((lease, transaction))
        })
        .await
    }
}

/// Somebody waits for what a user asks; what we do of ourselves may be about everything in a workspace.
fn patience(actor: &Actor) -> Duration {
    match actor.kind {
        ActorKind::User => REQUEST,
        _ => LEISURE,
    }
}
