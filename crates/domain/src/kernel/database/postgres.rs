use std::{
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rapport_entity::identity::workspace;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::{
    Settings,
    patience::{PING, Patient, REQUEST, Silence},
};
use crate::kernel::error::{Error, Result};

/// Connections that each remember which workspace row-level security lets them see. A reader of the same workspace
/// finds one that is set already, so the second wall costs a read nothing; another workspace's costs one
/// `set_config`. (A transaction around each read, with `SET LOCAL`, cost half as much again as the read.)
pub struct Slots {
    free: Mutex<Vec<Slot>>,
    permits: Arc<Semaphore>,
    patience: Duration,
    all: Vec<Patient<DatabaseConnection>>,
}

/// One connection, and the workspace it is set to. sqlx may replace the connection when it breaks;
/// the new one is set to the same workspace before it is used.
struct Slot {
    connection: DatabaseConnection,
    workspace: SetTo,
    silence: Silence,
}

impl Slot {
    fn patient(&self, patience: Duration) -> Patient<DatabaseConnection> {
        Patient::new(self.connection.clone(), patience, self.silence.clone())
    }
}

type SetTo = Arc<Mutex<Option<Uuid>>>;

/// The use of a connection, which is given back when this is dropped.
pub struct Lease {
    connection: Patient<DatabaseConnection>,
    slot: Option<(Arc<Slots>, Slot, OwnedSemaphorePermit)>,
}

impl Deref for Lease {
    type Target = Patient<DatabaseConnection>;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl Lease {
    /// A connection that is shared, and so not given back.
    pub fn shared(connection: &Patient<DatabaseConnection>, patience: Duration) -> Self {
        Self { connection: connection.again(patience), slot: None }
    }

    async fn set(&self, workspace: Uuid) -> Result<()> {
        let Some((_, slot, _)) = &self.slot else { return Ok(()) };
        *lock(&slot.workspace) = Some(workspace);
        let set = self.connection.execute_raw(set_workspace(workspace)).await;
        if set.is_err() {
            *lock(&slot.workspace) = None;
        }
        set?;
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some((slots, slot, permit)) = self.slot.take() {
            slots.free().push(slot);
            drop(permit);
        }
    }
}

impl Slots {
    /// A connection that sees one workspace. Where it has to be set first, that is done to its end even if whoever
    /// asked goes away meanwhile: otherwise the slot would say of itself what its connection was never told.
    pub async fn lease(
        self: &Arc<Self>,
        workspace: workspace::Id,
        patience: Duration,
    ) -> Result<Lease> {
        let permit = self.permits.clone().acquire_owned();
        let permit = tokio::time::timeout(self.patience, permit).await;
        let permit = permit
            .map_err(|_| Error::Unavailable(anyhow::anyhow!("every connection is in use")))?
            .map_err(|closed| Error::Unavailable(closed.into()))?;
        let slot = self.take(workspace.uuid());
        let connection = slot.patient(patience);
        let is_set = *lock(&slot.workspace) == Some(workspace.uuid());
        let lease = Lease { connection, slot: Some((self.clone(), slot, permit)) };
        if is_set {
            return Ok(lease);
        }
        to_its_end(async move {
            lease.set(workspace.uuid()).await?;
            Ok(lease)
        })
        .await
    }

    /// One that is set to the workspace, or else the one that has been idle longest.
    fn take(&self, workspace: Uuid) -> Slot {
        let mut free = self.free();
        let same = free.iter().rposition(|slot| *lock(&slot.workspace) == Some(workspace));
        free.remove(same.unwrap_or(0))
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Slot>> {
        lock(&self.free)
    }

    pub async fn close(&self) {
        self.permits.close();
        for connection in &self.all {
            connection.close().await;
        }
    }
}

/// Does something to its end, whatever becomes of whoever waits for it: a request that is broken off drops its futures
/// wherever they stand.
pub async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    tokio::spawn(work).await.map_err(|err| Error::Internal(err.into()))?
}

/// A poisoned lock guards a value that is still whole: nothing panics while it is half changed.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn set_workspace(workspace: Uuid) -> Statement {
    let sql = "select set_config('rapport.workspace', $1, false)";
    Statement::from_sql_and_values(DbBackend::Postgres, sql, [workspace.to_string().into()])
}

/// The connections for workspaces, and one for the installation.
#[expect(clippy::disallowed_methods, reason = "this is where the settings come from")]
pub async fn connect(settings: &Settings) -> Result<(Arc<Slots>, Patient<DatabaseConnection>)> {
    // Migrations may take as long as they take.
    let silence = Silence::default();
    let admin = options(settings, 2, SetTo::default(), silence.clone(), 0);
    let admin = Patient::new(Database::connect(admin).await?, REQUEST, silence);
    let mut free = Vec::new();
    for _ in 0..settings.connections.max(1) {
        let (workspace, silence) = (SetTo::default(), Silence::default());
        let mut lazy = options(settings, 1, workspace.clone(), silence.clone(), LONGEST);
        lazy.connect_lazy(true);
        free.push(Slot { connection: Database::connect(lazy).await?, workspace, silence });
    }
    let slots = Slots {
        all: free.iter().map(|slot| slot.patient(PING)).collect(),
        permits: Arc::new(Semaphore::new(free.len())),
        patience: settings.patience,
        free: Mutex::new(free),
    };
    Ok((Arc::new(slots), admin))
}

/// How many seconds a statement may take that somebody waits for.
const LONGEST: u32 = 10;

/// How long a connection may lie idle before it is asked whether it still stands.
const IDLE: Duration = Duration::from_secs(2);

/// How long it may take to connect; who waits has perhaps waited for their turn before.
const CONNECT: Duration = Duration::from_secs(3);

fn options(
    settings: &Settings,
    connections: u32,
    workspace: SetTo,
    silence: Silence,
    longest: u32,
) -> ConnectOptions {
    let connect = settings.patience.min(CONNECT);
    let mut options = ConnectOptions::new(&settings.url);
    options
        .sqlx_logging(false)
        .test_before_acquire_if_idle_for(IDLE)
        .acquire_timeout(connect)
        .connect_timeout(connect)
        .max_connections(connections)
        .min_connections(0)
        .idle_timeout(None)
        .max_lifetime(None);
    options.map_sqlx_postgres_opts(|postgres| {
        postgres.statement_cache_capacity(512).application_name("rapport")
    });
    options.map_sqlx_postgres_pool_opts(move |pool| {
        let (workspace, silence) = (workspace.clone(), silence.clone());
        pool.after_connect(move |connection, _| {
            let set_to = *lock(&workspace);
            Box::pin(prepare(connection, set_to, longest))
        })
        .after_release(move |connection, _| {
            let in_doubt = silence.is_recent();
            Box::pin(async move {
                if in_doubt {
                    stands(connection).await?;
                }
                Ok(true)
            })
        })
    });
    options
}

/// Whether a connection answers still. One that does not is closed without a word, and a new one made.
async fn stands(connection: &mut sqlx::PgConnection) -> Result<(), sqlx::Error> {
    let answer = tokio::time::timeout(PING, sqlx::Connection::ping(connection)).await;
    answer.unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))
}

/// What every new connection is told: its workspace; not to plan a bound LIMIT anew each time; and to give up
/// rather than hang.
async fn prepare(
    connection: &mut sqlx::PgConnection,
    workspace: Option<Uuid>,
    longest: u32,
) -> Result<(), sqlx::Error> {
    let workspace = workspace.map(|id| id.to_string()).unwrap_or_default();
    let sql = format!(
        "set plan_cache_mode = force_generic_plan; set idle_in_transaction_session_timeout = '8s'; \
         set lock_timeout = '5s'; \
         set statement_timeout = '{longest}s'; set jit = off; set time zone 'UTC'; set rapport.workspace = '{workspace}'"
    );
    sqlx::Executor::execute(connection, sqlx::AssertSqlSafe(sql)).await?;
    Ok(())
}

/// Whether our role could go round row-level security.
pub async fn warnings(admin: &impl ConnectionTrait) -> Result<Vec<String>> {
    let sql = "select rolname::text as role, (rolsuper or rolbypassrls) as bypasses, exists (\
                 select from pg_class c join pg_namespace n on n.oid = c.relnamespace \
                 where n.nspname = current_schema() and c.relname = 'customer' \
                   and pg_has_role(current_user, c.relowner, 'member') and not c.relforcerowsecurity) as unforced \
               from pg_roles where rolname = current_user";
    let row = admin.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("current_user".into()))?;
    let role: String = row.try_get("", "role")?;
    let mut warnings = Vec::new();
    if row.try_get("", "bypasses")? {
        warnings.push(format!(
            "the database role {role:?} is a superuser or may bypass row-level security, so the second wall \
             between workspaces does not stand; connect with an ordinary role"
        ));
    } else if row.try_get("", "unforced")? {
        warnings.push(format!(
            "the database role {role:?} owns the tables and row-level security is not forced on owners"
        ));
    }
    Ok(warnings)
}
