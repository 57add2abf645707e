//! The queue of jobs: what is to be done, and which node is at it until when. A node that no longer says that it is at
//! it loses the job to another. The time is the database's, so that nodes need not agree on theirs.

use std::time::Duration;

use rapport_entity::identity::workspace;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, Value};
use uuid::Uuid;

use super::Database;
use crate::kernel::{access::Tx, error::Result};

/// A job that is a node's for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The workspace it is for.
    pub workspace: workspace::Id,
    /// The record that it is about.
    pub id: Uuid,
    /// What is to be done.
    pub kind: String,
    /// How often it was taken. Whoever has a lower number than another has lost it.
    pub attempt: i32,
    /// How often it was taken without any of those who did lasting.
    pub tries: i32,
}

impl Job {
    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self {
            workspace: row.try_get("", "workspace_id")?,
            id: row.try_get("", "id")?,
            kind: row.try_get("", "kind")?,
            attempt: row.try_get("", "attempt")?,
            tries: row.try_get("", "tries")?,
        })
    }
}

/// What makes a job due, and one that is under way: of each kind a workspace has one at a time, so that none waits for
/// another workspace's many.
const DUE: &str = "(j.until is null or j.until <= {now}) and not exists (\
    select 1 from job o where o.workspace_id = j.workspace_id and o.kind = j.kind and o.id <> j.id \
    and o.node is not null and o.until > {now})";

impl Tx<'_> {
    /// Puts something in the queue, in the transaction of the record that it is about.
    pub(crate) async fn enqueue(&self, id: Uuid, kind: &str) -> Result<()> {
        let insert =
            "insert into job (workspace_id, id, kind, attempt, tries) values ($1, $2, $3, 0, 0)";
        let values = [self.actor().workspace.into(), id.into(), kind.into()];
        self.run(insert, values).await
    }

    /// Takes something out of the queue: it is done, or is not to be done any more.
    pub(crate) async fn dequeue(&self, id: Uuid) -> Result<()> {
        let delete = "delete from job where workspace_id = $1 and id = $2";
        self.run(delete, [self.actor().workspace.into(), id.into()]).await
    }

    async fn run(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<()> {
        let db = self.transaction();
        let backend = db.get_database_backend();
        db.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        Ok(())
    }
}

impl Database {
    /// Takes the oldest job that is due, for a while; `None` where there is none.
    pub(crate) async fn claim(&self, node: Uuid, lease: Duration) -> Result<Option<Job>> {
        if !self.has_due().await? {
            return Ok(None);
        }
        let lock = match self.backend() {
            DbBackend::Postgres => "for update of j skip locked",
            _ => "",
        };
        let sql = format!(
            "update job set node = $1, until = {{later}}, attempt = attempt + 1, tries = tries + 1 \
             where (workspace_id, id) = (select j.workspace_id, j.id from job j where {DUE} \
             order by j.id limit 1 {lock}) returning workspace_id, id, kind, attempt, tries"
        );
        let statement = self.timed(&sql, vec![node.into()], lease);
        let row = self.installation().await?.query_one_raw(statement).await?;
        Ok(row.as_ref().map(Job::read).transpose()?)
    }

    /// Looks without taking the database's writer.
    async fn has_due(&self) -> Result<bool> {
        let sql = format!("select 1 from job j where {DUE} limit 1");
        let statement = self.timed(&sql, Vec::new(), Duration::ZERO);
        Ok(self.lookup().await?.query_one_raw(statement).await?.is_some())
    }

    /// Says that a node is still at it. False where another is, or it is not to be done any more.
    pub(crate) async fn renew(&self, job: &Job, lease: Duration) -> Result<bool> {
        let sql = "update job set until = {later}, tries = 0 \
                   where workspace_id = $1 and id = $2 and attempt = $3";
        self.touch(sql, job, lease).await
    }

    /// Leaves a job to whoever takes it next, after a while.
    pub(crate) async fn put_back(&self, job: &Job, after: Duration) -> Result<bool> {
        let sql = "update job set node = null, until = {later} \
                   where workspace_id = $1 and id = $2 and attempt = $3";
        self.touch(sql, job, after).await
    }

    /// Gives back every job, where this is the only node there can be: whoever had them is gone.
    pub(crate) async fn give_back_all(&self) -> Result<()> {
        if self.backend() == DbBackend::Sqlite {
            let sql = "update job set node = null, until = null where node is not null";
            self.installation().await?.execute_unprepared(sql).await?;
        }
        Ok(())
    }

    async fn touch(&self, sql: &str, job: &Job, after: Duration) -> Result<bool> {
        let values = vec![job.workspace.into(), job.id.into(), job.attempt.into()];
        let statement = self.timed(sql, values, after);
        let done = self.installation().await?.execute_raw(statement).await?;
        Ok(done.rows_affected() > 0)
    }

    /// A statement with the time in it: PostgreSQL's own; on SQLite ours, which is the only node's.
    fn timed(&self, sql: &str, mut values: Vec<Value>, after: Duration) -> Statement {
        let backend = self.backend();
        let sql = match backend {
            DbBackend::Postgres => {
                let later =
                    format!("clock_timestamp() + interval '{} milliseconds'", after.as_millis());
                sql.replace("{now}", "clock_timestamp()").replace("{later}", &later)
            }
            _ => {
                let now = self.clock().now();
                let mut sql = sql.to_owned();
                for (word, time) in [("{now}", now), ("{later}", now + after)] {
                    if sql.contains(word) {
                        values.push(time.into());
                        sql = sql.replace(word, &format!("${}", values.len()));
                    }
                }
                sql
            }
        };
        Statement::from_sql_and_values(backend, sql, values)
    }
}
