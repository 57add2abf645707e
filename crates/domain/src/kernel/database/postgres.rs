use std::{
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rapport_entity::identity::workspace;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement,
};
use tokio::sync::{Semaphore, SemaphorePermit};
use uuid::Uuid;

use super::Settings;
use crate::kernel::error::{Error, Result};

/// Connections that each remember which workspace row-level security lets them see. A reader of the same workspace
/// finds one that is set already, so the second wall costs a read nothing; another workspace's costs one
/// `set_config`. (A transaction around each read, with `SET LOCAL`, cost half as much again as the read.)
pub struct Slots {
    free: Mutex<Vec<Slot>>,
    permits: Semaphore,
    patience: Duration,
    all: Vec<DatabaseConnection>,
}

/// One connection, and the workspace it is set to. sqlx may replace the connection when it breaks;
/// the new one is set to the same workspace before it is used.
struct Slot {
    connection: DatabaseConnection,
    workspace: SetTo,
}

type SetTo = Arc<Mutex<Option<Uuid>>>;

/// The use of a connection, which is given back when this is dropped.
pub struct Lease<'a> {
    connection: DatabaseConnection,
    slot: Option<(&'a Slots, Slot, SemaphorePermit<'a>)>,
}

impl Deref for Lease<'_> {
    type Target = DatabaseConnection;

    fn deref(&self) -> &DatabaseConnection {
        &self.connection
    }
}

impl Lease<'_> {
    /// A connection that is shared, and so not given back.
    pub fn shared(connection: DatabaseConnection) -> Self {
        Self { connection, slot: None }
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some((slots, slot, permit)) = self.slot.take() {
            slots.free().push(slot);
            drop(permit);
        }
    }
}

impl Slots {
    /// A connection that sees one workspace.
    pub async fn lease(&self, workspace: workspace::Id) -> Result<Lease<'_>> {
        let permit = tokio::time::timeout(self.patience, self.permits.acquire()).await;
        let permit = permit
            .map_err(|_| Error::Unavailable(anyhow::anyhow!("every connection is in use")))?
            .map_err(|closed| Error::Unavailable(closed.into()))?;
        let slot = self.take(workspace.uuid());
        let connection = slot.connection.clone();
        let is_set = *lock(&slot.workspace) == Some(workspace.uuid());
        let lease = Lease { connection, slot: Some((self, slot, permit)) };
        if !is_set {
            self.set(&lease, workspace.uuid()).await?;
        }
        Ok(lease)
    }

    /// One that is set to the workspace, or else the one that has been idle longest.
    fn take(&self, workspace: Uuid) -> Slot {
        let mut free = self.free();
        let same = free.iter().rposition(|slot| *lock(&slot.workspace) == Some(workspace));
        free.remove(same.unwrap_or(0))
    }

    async fn set(&self, lease: &Lease<'_>, workspace: Uuid) -> Result<()> {
        let Some((_, slot, _)) = &lease.slot else { return Ok(()) };
        *lock(&slot.workspace) = Some(workspace);
        let set = lease.connection.execute_raw(set_workspace(workspace)).await;
        if set.is_err() {
            *lock(&slot.workspace) = None;
        }
        set?;
        Ok(())
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Slot>> {
        lock(&self.free)
    }

    pub async fn close(&self) {
        self.permits.close();
        for connection in &self.all {
            let _ = connection.clone().close().await;
        }
    }
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
pub async fn connect(settings: &Settings) -> Result<(Slots, DatabaseConnection)> {
    let admin = Database::connect(options(settings, 2, SetTo::default())).await?;
    let mut free = Vec::new();
    for _ in 0..settings.connections.max(1) {
        let workspace = SetTo::default();
        let mut lazy = options(settings, 1, workspace.clone());
        lazy.connect_lazy(true);
        free.push(Slot { connection: Database::connect(lazy).await?, workspace });
    }
    let slots = Slots {
        all: free.iter().map(|slot| slot.connection.clone()).collect(),
        permits: Semaphore::new(free.len()),
        patience: settings.patience,
        free: Mutex::new(free),
    };
    Ok((slots, admin))
}

fn options(settings: &Settings, connections: u32, workspace: SetTo) -> ConnectOptions {
    let mut options = ConnectOptions::new(&settings.url);
    options
        .sqlx_logging(false)
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .acquire_timeout(settings.patience)
        .connect_timeout(settings.patience)
        .max_connections(connections)
        .min_connections(0)
        .idle_timeout(None)
        .max_lifetime(None);
    options.map_sqlx_postgres_opts(|postgres| {
        postgres.statement_cache_capacity(512).application_name("rapport")
    });
    options.map_sqlx_postgres_pool_opts(move |pool| {
        let workspace = workspace.clone();
        pool.after_connect(move |connection, _| {
            let set_to = *lock(&workspace);
            Box::pin(prepare(connection, set_to))
        })
    });
    options
}

/// What every new connection is told: its workspace; not to plan a bound LIMIT anew each time; and to give up
/// rather than hang.
async fn prepare(
    connection: &mut sqlx::PgConnection,
    workspace: Option<Uuid>,
) -> Result<(), sqlx::Error> {
    let workspace = workspace.map(|id| id.to_string()).unwrap_or_default();
    let sql = format!(
        "set plan_cache_mode = force_generic_plan; set idle_in_transaction_session_timeout = '8s'; \
         set lock_timeout = '5s'; set jit = off; set time zone 'UTC'; set rapport.workspace = '{workspace}'"
    );
    sqlx::Executor::execute(connection, sqlx::AssertSqlSafe(sql)).await?;
    Ok(())
}

/// Whether our role could go round row-level security.
pub async fn warnings(admin: &DatabaseConnection) -> Result<Vec<String>> {
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
