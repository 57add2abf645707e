//! The two databases, and all that differs between them: how to connect, who may write, how a workspace is told to
//! row-level security. Nothing outside the kernel can name a connection.

mod connection;
mod dates;
mod days;
mod jobs;
mod keys;
mod locks;
mod members;
mod nodes;
mod postgres;
mod schema;
mod slots;
mod sqlite;
mod texts;
mod timers;
mod turns;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use rapport_entity::identity::workspace;
use rapport_migrations::{Migrator, MigratorTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, QueryFilter,
    QueryOrder, RuntimeErr, SqlxPostgresConnector, SqlxSqliteConnector,
};
use sqlx::pool::PoolOptions;

use super::{
    clock::Clock,
    error::{Error, Result},
    log::Log,
    outbound::Networks,
    policy::Actor,
};
pub(super) use dates::day_of_year;
pub(crate) use days::{Stretch, day_since, month_of, seconds_between};
pub(crate) use jobs::Job;
pub(crate) use keys::{is_among, is_known_by, is_one_of, is_one_of_texts};
pub(super) use locks::one_at_a_time;
use locks::sole_migrator;
pub(super) use members::{has_member, number_in, text_in};
pub use nodes::Nodes;
pub(crate) use slots::Lease;
use slots::{PING, Slots, Source};
pub(super) use texts::{as_text, tail_of};
pub(crate) use timers::Timer;

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite://rapport.db` or `postgres://…`.
    pub url: String,
    /// The most connections on PostgreSQL: at least four.
    pub connections: u32,
    /// How long to wait for a connection, or for the database's one writer.
    pub patience: Duration,
    /// Whether PostgreSQL is reached through a pooler such as pgbouncer, which gives each transaction another connection.
    pub pooler: bool,
    /// PostgreSQL itself, where `url` is a pooler: schemas cannot be changed, nor other nodes heard, through one.
    pub direct_url: Option<String>,
    /// On SQLite: make each commit survive a loss of power, not only of the program.
    pub synchronous_full: bool,
}

impl Settings {
    /// The usual settings for a database.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            connections: 20,
            patience: Duration::from_secs(5),
            pooler: false,
            direct_url: None,
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
    networks: Networks,
    pace: TimeDelta,
}

/// The connections for each kind of work: on SQLite one that writes and a few that cannot; on PostgreSQL some that work
/// in workspaces, and a few for what belongs to none.
struct Connections {
    settings: Settings,
    write: Arc<Slots>,
    read: Arc<Slots>,
    installation: Arc<Slots>,
    lookup: Arc<Slots>,
}

impl Connections {
    fn on_sqlite(settings: &Settings) -> Result<Self, sqlx::Error> {
        let slots = |read_only, places| {
            let to = Source::Sqlite(Box::new(sqlite::options(settings, read_only)?));
            Ok::<_, sqlx::Error>(Slots::new(to, places, settings.patience))
        };
        let (write, read) = (slots(false, 1)?, slots(true, sqlite::READERS)?);
        let (installation, lookup) = (write.clone(), read.clone());
        Ok(Self { settings: settings.clone(), write, read, installation, lookup })
    }

    fn on_postgres(settings: &Settings) -> Result<Self, sqlx::Error> {
        let slots = |places| {
            let to = Source::Postgres {
                options: Box::new(postgres::options(settings)?),
                pooler: settings.pooler,
            };
            Ok::<_, sqlx::Error>(Slots::new(to, places, settings.patience))
        };
        let working = settings.connections.saturating_sub(ADMINISTRATORS + LISTENERS).max(1);
        let (write, installation) = (slots(working)?, slots(ADMINISTRATORS)?);
        let (read, lookup) = (write.clone(), installation.clone());
        Ok(Self { settings: settings.clone(), write, read, installation, lookup })
    }
}

/// Connections to PostgreSQL for what belongs to no workspace.
const ADMINISTRATORS: u32 = 2;

/// Connections to PostgreSQL that hear what other nodes commit.
const LISTENERS: u32 = 1;

impl Database {
    /// Connects.
    ///
    /// # Errors
    /// Where the database cannot be reached or the URL is of neither kind.
    pub async fn connect(settings: &Settings, clock: Clock) -> Result<Self> {
        let postgres = ["postgres://", "postgresql://"];
        let connections = if settings.url.contains(":memory:") {
            let why = "a database in memory cannot be shared by connections; name a file";
            return Err(Error::Malformed(why.into()));
        } else if settings.url.starts_with("sqlite:") {
            Connections::on_sqlite(settings)
        } else if postgres.iter().any(|scheme| settings.url.starts_with(scheme)) {
            Connections::on_postgres(settings)
        } else {
            let why = "the database URL must begin with sqlite: or postgres://";
            return Err(Error::Malformed(why.into()));
        };
        let database = Self {
            connections: Arc::new(connections.map_err(|err| unusable(&err))?),
            clock,
            log: Log::default(),
            checkouts: Arc::default(),
            networks: Networks::default(),
            pace: TimeDelta::seconds(60),
        };
        // On SQLite the file is there once the writer has opened it.
        database.installation().await?;
        Ok(database)
    }

    /// The same, where calls may go to these networks too, and not only to what is public.
    #[must_use]
    pub fn with_networks(self, networks: Networks) -> Self {
        Self { networks, ..self }
    }

    /// The same, where what depends on everybody is reckoned anew at most this often, however much changes meanwhile.
    #[must_use]
    pub fn with_pace(self, pace: TimeDelta) -> Self {
        Self { pace, ..self }
    }

    /// How often, at most, what depends on everybody is reckoned anew.
    pub fn pace(&self) -> TimeDelta {
        self.pace
    }

    /// The networks that calls may go to although they are not public.
    pub fn networks(&self) -> &Networks {
        &self.networks
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
        self.migrate_some(None).await
    }

    /// The next so many migrations; all where it is not said.
    pub(crate) async fn migrate_some(&self, steps: Option<u32>) -> Result<()> {
        let Some(settings) = self.connections.settings.direct() else {
            return schema::check(&self.installation().await?).await;
        };
        let db = &settings.migrator().await?;
        sole_migrator(db).await?;
        Migrator::install(db).await?;
        schema::refuse_newer(&Migrator::get_migration_models(db).await?)?;
        Migrator::up(db, steps).await?;
        Ok(db.clone().close().await?)
    }

    /// Which of the two databases it is.
    pub fn backend(&self) -> DbBackend {
        self.connections.write.backend()
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
        self.connections.lookup.lease(None, PING).await?.execute_unprepared("select 1").await?;
        Ok(())
    }

    /// What is wrong with how we are connected, in words for the operator.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn warnings(&self) -> Result<Vec<String>> {
        match self.backend() {
            DbBackend::Postgres => postgres::warnings(&self.lookup().await?).await,
            _ => Ok(Vec::new()),
        }
    }

    /// Every workspace, oldest first: for the log's readers, which work in all of them.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn workspaces(&self) -> Result<Vec<workspace::Model>> {
        let all = workspace::Entity::find().order_by_asc(workspace::Column::Id);
        Ok(all.all(&self.lookup().await?).await?)
    }

    /// The workspace of which a condition holds: before anybody is signed in there is nobody to ask for leave.
    pub(crate) async fn workspace(
        &self,
        which: impl sea_orm::sea_query::IntoCondition,
    ) -> Result<Option<workspace::Model>> {
        let live = workspace::Column::DeletedAt.is_null();
        let found = workspace::Entity::find().filter(which.into_condition()).filter(live);
        Ok(found.one(&self.lookup().await?).await?)
    }

    /// To read what belongs to no workspace; on SQLite not behind the writer, who may be at it for long.
    pub(crate) async fn lookup(&self) -> Result<Lease> {
        self.connections.lookup.lease(None, REQUEST).await
    }

    /// Closes every connection.
    pub async fn close(&self) {
        let Connections { read, write, lookup, installation, .. } = &*self.connections;
        for slots in [read, lookup, write, installation] {
            slots.close().await;
        }
    }

    /// For what belongs to the installation and to no workspace. Row-level security shows it nothing else.
    pub(crate) async fn installation(&self) -> Result<Lease> {
        self.connections.installation.lease(None, REQUEST).await
    }

    /// A connection to read a workspace with.
    pub(crate) async fn reader(&self, actor: &Actor) -> Result<Lease> {
        self.checkouts.fetch_add(1, Ordering::Relaxed);
        self.connections.read.lease(Some(actor.workspace.uuid()), patience(actor)).await
    }

    /// A connection with a transaction in a workspace.
    pub(super) async fn begin(&self, actor: &Actor) -> Result<Lease> {
        self.checkouts.fetch_add(1, Ordering::Relaxed);
        let lease =
            self.connections.write.lease(Some(actor.workspace.uuid()), patience(actor)).await?;
        lease.begin().await?;
        Ok(lease)
    }
}

impl Settings {
    /// How to reach the database itself; `None` where only a pooler is known.
    fn direct(&self) -> Option<Self> {
        match (&self.direct_url, self.pooler) {
            (Some(url), true) => {
                Some(Self { url: url.clone(), pooler: false, direct_url: None, ..self.clone() })
            }
            (None, true) => None,
            (_, false) => Some(self.clone()),
        }
    }

    /// A connection for changes of the schema, which take the time that they take.
    async fn migrator(&self) -> Result<DatabaseConnection> {
        let connected = if self.url.starts_with("sqlite:") {
            let options = sqlite::options(self, false).map_err(|err| unusable(&err))?;
            let pool = PoolOptions::new().max_connections(1).connect_with(options).await;
            pool.map(SqlxSqliteConnector::from_sqlx_sqlite_pool)
        } else {
            let options = postgres::options(self).map_err(|err| unusable(&err))?;
            let pool = PoolOptions::new().max_connections(1).connect_with(options).await;
            pool.map(SqlxPostgresConnector::from_sqlx_postgres_pool)
        };
        Ok(connected.map_err(|err| DbErr::Conn(RuntimeErr::SqlxError(err.into())))?)
    }
}

fn unusable(err: &sqlx::Error) -> Error {
    Error::Malformed(format!("the database URL cannot be used: {err}"))
}

/// How long a statement may take in a request.
const REQUEST: Duration = Duration::from_secs(15);

/// How long a statement may take that works on a whole workspace at leisure.
const LEISURE: Duration = Duration::from_secs(300);

/// Somebody waits for a request; what goes on by itself may be about everything in a workspace.
fn patience(actor: &Actor) -> Duration {
    if actor.at_leisure { LEISURE } else { REQUEST }
}

/// Does something to its end, whatever becomes of whoever waits for it: a request that is broken off drops its futures
/// wherever they stand.
pub async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    tokio::spawn(work).await.map_err(|err| Error::Internal(err.into()))?
}

#[cfg(test)]
mod tests;
