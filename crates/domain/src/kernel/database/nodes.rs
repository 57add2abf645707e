//! Several nodes on one PostgreSQL tell each other what they have committed, so that what follows the log need not wait
//! until it looks anyway.
//!
//! `NOTIFY` in the transaction that commits would be simpler, but PostgreSQL lets only one such transaction commit at a
//! time. So each node notifies for what it has committed in the last few milliseconds, once for each workspace. What
//! is lost with a node that dies in between is found by looking.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use rapport_entity::identity::workspace;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sqlx::{
    pool::PoolOptions,
    postgres::{PgListener, PgPoolOptions},
};
use tokio::{
    sync::{
        broadcast::{Receiver, error::RecvError},
        watch,
    },
    time::{Instant, sleep, timeout_at},
};
use uuid::Uuid;

use super::{Database, postgres};
use crate::kernel::{
    error::{Error, Result},
    log::{Announcement, Log},
};

/// The channel that nodes tell each other on.
const CHANNEL: &str = "rapport_log";

/// So long commits are gathered before other nodes are told.
const GATHER: Duration = Duration::from_millis(5);

/// After a failure, wait so long.
const AGAIN: Duration = Duration::from_secs(1);

/// A notification holds less than 8,000 bytes; instead of more names there is none, which stands for any.
const MOST: usize = 7_000;

/// What this node and the others tell each other.
#[derive(Debug)]
pub struct Nodes;

impl Nodes {
    /// Tells and listens until told to stop. On SQLite there is nobody else.
    pub async fn run(database: Database, mut stop: watch::Receiver<bool>) {
        if database.backend() != DbBackend::Postgres {
            return;
        }
        let me = Uuid::now_v7();
        let ours = database.log().subscribe_to_ours();
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => {}
            () = tell(&database, me, ours) => {}
            () = listen(&database, me) => {}
        }
    }
}

type Told = HashMap<workspace::Id, BTreeSet<String>>;

async fn tell(database: &Database, me: Uuid, mut ours: Receiver<Announcement>) {
    while let Some(told) = gather(&mut ours).await {
        if let Err(err) = notify(database, me, told).await {
            tracing::debug!("other nodes could not be told of commits: {err:?}");
            sleep(AGAIN).await;
        }
    }
}

/// What is committed until a few milliseconds after the next commit; `None` once nobody commits any more.
async fn gather(ours: &mut Receiver<Announcement>) -> Option<Told> {
    let mut told = Told::new();
    let mut until = Instant::now() + Duration::from_secs(3600);
    loop {
        match timeout_at(until, ours.recv()).await {
            Ok(Ok(Announcement { workspace, names })) => {
                if told.is_empty() {
                    until = Instant::now() + GATHER;
                }
                told.entry(workspace).or_default().extend(names);
            }
            // What was passed over is found by looking.
            Ok(Err(RecvError::Lagged(_))) => {}
            Ok(Err(RecvError::Closed)) => return None,
            Err(_) if told.is_empty() => until += Duration::from_secs(3600),
            Err(_) => return Some(told),
        }
    }
}

async fn notify(database: &Database, me: Uuid, told: Told) -> Result<()> {
    let payloads: Vec<String> = told.into_iter().map(|told| payload(me, told)).collect();
    let sql = "select pg_notify($1, payload) from unnest($2::text[]) payload";
    let values = [CHANNEL.into(), payloads.into()];
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    database.installation().await?.execute_raw(statement).await?;
    Ok(())
}

fn payload(me: Uuid, (workspace, names): (workspace::Id, BTreeSet<String>)) -> String {
    let names: Vec<String> = names.into_iter().collect();
    let names = names.join(",");
    let names = if names.len() > MOST { "" } else { &names };
    format!("{me} {} {names}", workspace.uuid())
}

async fn listen(database: &Database, me: Uuid) {
    loop {
        if let Err(err) = hear(database, me).await {
            tracing::debug!("other nodes cannot be heard: {err:?}");
        }
        sleep(AGAIN).await;
    }
}

async fn hear(database: &Database, me: Uuid) -> Result<()> {
    // Through a pooler nobody is heard: everything is looked for every second anyway.
    let Some(settings) = database.connections.settings.direct() else {
        return std::future::pending().await;
    };
    let options = postgres::options(&settings);
    let options = options.map_err(|err| Error::Unavailable(err.into()))?;
    let pool: PgPoolOptions = PoolOptions::new().max_connections(1);
    let listener = async {
        let mut listener = PgListener::connect_with(&pool.connect_with(options).await?).await?;
        listener.listen(CHANNEL).await?;
        Ok::<_, sqlx::Error>(listener)
    };
    let mut listener = listener.await.map_err(|err| Error::Unavailable(err.into()))?;
    loop {
        let heard = listener.recv().await.map_err(|err| Error::Unavailable(err.into()))?;
        take(database.log(), me, heard.payload());
    }
}

/// What another node says; ours come back too.
fn take(log: &Log, me: Uuid, payload: &str) {
    let mut parts = payload.splitn(3, ' ');
    let mut id = || parts.next().and_then(|id| id.parse::<Uuid>().ok());
    let (Some(node), Some(workspace)) = (id(), id()) else { return };
    if node != me {
        let names: Vec<&str> =
            parts.next().unwrap_or_default().split(',').filter(|name| !name.is_empty()).collect();
        log.hear(workspace.into(), &names);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn a_node_hears_what_others_say_and_not_what_it_says_itself() {
        let (log, heard) = (Log::default(), Arc::new(Mutex::new(Vec::new())));
        let notes = heard.clone();
        log.listen(move |workspace, names| {
            notes.lock().unwrap().push((workspace, names.join("+")));
        });
        let (me, other, workspace) = (Uuid::now_v7(), Uuid::now_v7(), workspace::Id::new());
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        take(&log, me, &payload(me, (workspace, names(&["user.updated"]))));
        take(&log, me, &payload(other, (workspace, names(&["user.updated", "team.created"]))));
        let long = "x".repeat(MOST + 1);
        take(&log, me, &payload(other, (workspace, names(&[&long]))));
        take(&log, me, "nonsense");
        let heard = heard.lock().unwrap();
        assert_eq!(
            *heard,
            [(workspace, "team.created+user.updated".into()), (workspace, "".into())]
        );
    }
}
