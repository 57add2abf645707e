//! What is to be done at a time: set with the record that it is about, found by one look for all workspaces, and taken
//! in the transaction of what is done then, so that it is done once, however many nodes look. The time is the clock's.

use chrono::{DateTime, Utc};
use rapport_entity::identity::workspace;
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};
use uuid::Uuid;

use super::Database;
use crate::kernel::{access::Tx, error::Result};

/// So many timers are set by one statement.
const AT_ONCE: usize = 500;

/// Something whose time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timer {
    /// The workspace it is in.
    pub workspace: workspace::Id,
    /// The record that it is about.
    pub subject: Uuid,
    /// When its time came.
    pub due_at: DateTime<Utc>,
}

impl Timer {
    fn read(row: &QueryResult) -> Result<Self> {
        Ok(Self {
            workspace: row.try_get("", "workspace_id")?,
            subject: row.try_get("", "subject_id")?,
            due_at: row.try_get("", "due_at")?,
        })
    }
}

impl Tx<'_> {
    /// Sets the timer of a kind that a record has; `None` takes it away.
    pub(crate) async fn set_timer(
        &self,
        kind: &str,
        subject: Uuid,
        due_at: Option<DateTime<Utc>>,
    ) -> Result<()> {
        let values = [self.actor().workspace.into(), kind.into(), subject.into()];
        let (sql, due_at) = match due_at {
            Some(due_at) => (
                "insert into timer (workspace_id, kind, subject_id, due_at) values ($1, $2, $3, $4) \
                 on conflict (workspace_id, kind, subject_id) do update set due_at = excluded.due_at",
                Some(due_at.into()),
            ),
            None => (
                "delete from timer where workspace_id = $1 and kind = $2 and subject_id = $3",
                None,
            ),
        };
        self.execute(sql, values.into_iter().chain(due_at)).await.map(drop)
    }

    /// Sets the timer of a kind that a record has, unless it is set to an earlier time.
    pub(crate) async fn set_timer_by(
        &self,
        kind: &str,
        subject: Uuid,
        due_at: DateTime<Utc>,
    ) -> Result<()> {
        let sql = "insert into timer (workspace_id, kind, subject_id, due_at) values ($1, $2, $3, $4) \
            on conflict (workspace_id, kind, subject_id) do update set due_at = excluded.due_at \
            where excluded.due_at < timer.due_at";
        let values = [self.actor().workspace.into(), kind.into(), subject.into(), due_at.into()];
        self.execute(sql, values).await.map(drop)
    }

    /// Sets the timers of a kind of many records: those of a table and a condition, in which `$1` is the workspace.
    pub(crate) async fn set_timers(
        &self,
        kind: &str,
        of: &'static str,
        due_at: DateTime<Utc>,
    ) -> Result<()> {
        let sql = format!(
            "insert into timer (workspace_id, kind, subject_id, due_at) select workspace_id, $2, id, $3 from {of} \
             on conflict (workspace_id, kind, subject_id) do update set due_at = excluded.due_at"
        );
        let values = [self.actor().workspace.into(), kind.into(), due_at.into()];
        self.execute(&sql, values).await.map(drop)
    }

    /// Sets the timers of a kind of some records, each at its time.
    pub(crate) async fn set_timers_at(
        &self,
        kind: &str,
        timers: &[(Uuid, DateTime<Utc>)],
    ) -> Result<()> {
        for some in timers.chunks(AT_ONCE) {
            let rows: Vec<String> = (0..some.len())
                .map(|n| format!("($1, $2, ${}, ${})", 2 * n + 3, 2 * n + 4))
                .collect();
            let sql = format!(
                "insert into timer (workspace_id, kind, subject_id, due_at) values {} \
                 on conflict (workspace_id, kind, subject_id) do update set due_at = excluded.due_at",
                rows.join(", ")
            );
            let each = some.iter().flat_map(|(subject, due)| [(*subject).into(), (*due).into()]);
            let values = [self.actor().workspace.into(), kind.into()].into_iter().chain(each);
            self.execute(&sql, values).await?;
        }
        Ok(())
    }

    /// Takes a timer whose time has come. False where somebody else has, or its time is another by now: then there is
    /// nothing to be done.
    pub(crate) async fn take_timer(&self, kind: &str, timer: &Timer) -> Result<bool> {
        let sql = "delete from timer where workspace_id = $1 and kind = $2 and subject_id = $3 and due_at = $4";
        let values =
            [timer.workspace.into(), kind.into(), timer.subject.into(), timer.due_at.into()];
        Ok(self.execute(sql, values).await? > 0)
    }

    async fn execute(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        Ok(self.transaction().execute_raw(statement).await?.rows_affected())
    }
}

impl Database {
    /// The timers of a kind whose time has come, in all workspaces, the oldest first, at most `limit`.
    pub(crate) async fn due_timers(&self, kind: &str, limit: u64) -> Result<Vec<Timer>> {
        let sql = format!(
            "select workspace_id, subject_id, due_at from timer where kind = $1 and due_at <= $2 \
             order by due_at limit {limit}"
        );
        let values = [kind.into(), self.clock().now().into()];
        let due = Statement::from_sql_and_values(self.backend(), sql, values);
        let rows = self.lookup().await?.query_all_raw(due).await?;
        rows.iter().map(Timer::read).collect()
    }
}
