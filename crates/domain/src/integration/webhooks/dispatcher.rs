//! Sees to it that each endpoint this node has the lease of has a worker, and that the workers hear what concerns them.

use std::{
    collections::{HashMap, HashSet},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};

use chrono::TimeDelta;
use futures_util::FutureExt;
use rapport_entity::{identity::workspace, integration::webhook_endpoint, log::event::ActorKind};
use sea_orm::ColumnTrait;
use tokio::{
    sync::{Notify, broadcast::error::RecvError, watch},
    task::JoinSet,
    time::{Instant, sleep_until},
};
use uuid::Uuid;

use super::{
    leases::{self, Leased},
    ledger, told,
    worker::{Duty, Ended, Worker},
};
use crate::kernel::{Actor, Ctx, Database, Error, Position, Read, Result, log, outbound::Outbound};

/// How deliveries are looked after.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How often to look for what nobody has told this process of: what has come due, what other nodes have written.
    pub poll: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { poll: Duration::from_secs(1) }
    }
}

/// How long deliveries that are done with are kept.
const KEPT: TimeDelta = TimeDelta::days(30);

/// How often old ones are removed.
const PRUNE: Duration = Duration::from_secs(3600);

/// How much shorter than it is a lease is taken to be.
const MARGIN: Duration = Duration::from_secs(1);

/// Sends the events of all workspaces of a database to whoever is to know of them.
#[derive(Debug)]
pub struct Dispatcher;

impl Dispatcher {
    /// Works until told to stop, waits a moment for requests under way, and gives the endpoints back.
    pub async fn run(database: Database, settings: Settings, mut stop: watch::Receiver<bool>) {
        let outbound = match Outbound::new(database.networks().clone()) {
            Ok(outbound) => outbound,
            Err(err) => return tracing::error!("webhooks cannot be sent, TLS is wanting: {err}"),
        };
        let mut committed = database.log().subscribe();
        let changed = Arc::new(Notify::new());
        let tell = changed.clone();
        database.log().listen(move |_, names| {
            if names.iter().any(|name| name.starts_with("webhook_endpoint.")) {
                tell.notify_one();
            }
        });
        let mut shift = Shift::new(database, settings, outbound);
        loop {
            let next = shift.next();
            tokio::select! {
                biased;
                () = told(&mut stop) => break,
                Some(ended) = shift.working.join_next(), if !shift.working.is_empty() => {
                    // What panics is caught within.
                    let _ = ended.map(|(endpoint, ended)| shift.ended(endpoint, ended));
                }
                () = changed.notified() => shift.claim().await,
                heard = committed.recv() => match heard {
                    Ok(workspace) => shift.wake(workspace),
                    Err(RecvError::Lagged(_)) => shift.wake_all(),
                    Err(RecvError::Closed) => break,
                },
                () = sleep_until(next) => shift.look().await,
            }
        }
        shift.end().await;
    }
}

/// An endpoint that is looked after.
struct Post {
    workspace: workspace::Id,
    wake: Arc<Notify>,
    /// The worker, which stops when this is dropped.
    worker: Option<watch::Sender<bool>>,
}

/// A node's endpoints.
struct Shift {
    database: Database,
    settings: Settings,
    outbound: Outbound,
    node: Uuid,
    posts: HashMap<webhook_endpoint::Id, Post>,
    working: JoinSet<(webhook_endpoint::Id, Ended)>,
    ends: HashMap<workspace::Id, Position>,
    systems: HashMap<workspace::Id, Ctx>,
    lease: watch::Sender<Instant>,
    claimed_before: bool,
    renewed_at: Instant,
    looked_at: Instant,
    pruned_at: Option<Instant>,
}

impl Shift {
    fn new(database: Database, settings: Settings, outbound: Outbound) -> Self {
        let now = Instant::now();
        Self {
            database,
            settings,
            outbound,
            node: Uuid::now_v7(),
            posts: HashMap::new(),
            working: JoinSet::new(),
            ends: HashMap::new(),
            systems: HashMap::new(),
            lease: watch::Sender::new(now),
            claimed_before: false,
            renewed_at: now,
            looked_at: now - settings.poll,
            pruned_at: None,
        }
    }

    /// Many workspaces are looked at less often, so that looking stays cheap.
    fn next(&self) -> Instant {
        self.looked_at + self.settings.poll + Duration::from_millis(5) * self.ends.len() as u32
    }

    fn wake(&self, workspace: workspace::Id) {
        let there = self.posts.values().filter(|post| post.workspace == workspace);
        there.for_each(|post| post.wake.notify_one());
    }

    fn wake_all(&self) {
        self.posts.values().for_each(|post| post.wake.notify_one());
    }

    /// One whose worker has failed gets another with the next look.
    fn ended(&mut self, endpoint: webhook_endpoint::Id, ended: Ended) {
        match ended {
            Ended::Stopped | Ended::Lost => drop(self.posts.remove(&endpoint)),
            Ended::Failed(err) => {
                tracing::error!(%endpoint, "a webhook worker failed: {err:?}");
                if let Some(post) = self.posts.get_mut(&endpoint) {
                    post.worker = None;
                }
            }
        }
    }

    async fn look(&mut self) {
        self.looked_at = Instant::now();
        if !self.claimed_before || self.renewed_at.elapsed() >= leases::RENEW {
            self.renew().await;
        }
        self.claim().await;
        let vacant = self.posts.iter().filter(|(_, post)| post.worker.is_none());
        let vacant: Vec<Leased> = vacant.map(|(id, post)| (post.workspace, *id)).collect();
        for leased in vacant {
            self.man(leased).await;
        }
        let workspaces: HashSet<workspace::Id> =
            self.posts.values().map(|post| post.workspace).collect();
        self.ends.retain(|workspace, _| workspaces.contains(workspace));
        for workspace in workspaces {
            if let Err(err) = self.look_at(workspace).await {
                tracing::warn!(%workspace, "webhooks cannot follow the log: {err:?}");
            }
        }
        if self.pruned_at.is_none_or(|at| at.elapsed() >= PRUNE) {
            self.pruned_at = Some(Instant::now());
            tokio::spawn(prune(self.database.clone()));
        }
    }

    /// What other processes have written to a workspace's log, and what has come due in it.
    async fn look_at(&mut self, workspace: workspace::Id) -> Result<()> {
        let Some(system) = self.system(workspace).await? else { return Ok(()) };
        let end = log::end(&system.reader().await?, workspace).await?;
        if self.ends.insert(workspace, end) != Some(end) {
            self.wake(workspace);
        }
        for endpoint in ledger::have_due(&system, self.database.clock().now()).await? {
            if let Some(post) = self.posts.get(&endpoint.into()) {
                post.wake.notify_one();
            }
        }
        Ok(())
    }

    /// Rapport itself in a workspace.
    async fn system(&mut self, workspace: workspace::Id) -> Result<Option<Ctx>> {
        if let Some(system) = self.systems.get(&workspace) {
            return Ok(Some(system.clone()));
        }
        let row = self.database.workspace(workspace::Column::Id.eq(workspace)).await?;
        let system =
            row.map(|row| Ctx::new(self.database.clone(), Actor::system(&row, ActorKind::System)));
        self.systems.extend(system.clone().map(|system| (workspace, system)));
        Ok(system)
    }

    /// Keeps the leases there are. Who has lost one stops.
    async fn renew(&mut self) {
        self.renewed_at = Instant::now();
        let holds_until = self.renewed_at + leases::LASTS - MARGIN;
        if self.database.backend() == sea_orm::DbBackend::Sqlite {
            self.lease.send_replace(holds_until + leases::LASTS);
            return;
        }
        match leases::renew(&self.database, self.node).await {
            Ok(kept) => {
                let kept: HashSet<_> = kept.into_iter().map(|(_, endpoint)| endpoint).collect();
                self.posts.retain(|endpoint, _| kept.contains(endpoint));
                self.lease.send_replace(holds_until);
            }
            Err(err) => tracing::warn!("webhook leases cannot be renewed: {err:?}"),
        }
    }

    /// Takes what is free.
    async fn claim(&mut self) {
        match leases::claim(&self.database, self.node, !self.claimed_before).await {
            Ok(claimed) => {
                self.claimed_before = true;
                for leased in claimed {
                    self.man(leased).await;
                }
            }
            Err(err) => tracing::warn!("webhook leases cannot be taken: {err:?}"),
        }
    }

    /// Puts a worker to an endpoint.
    async fn man(&mut self, (workspace, endpoint): Leased) {
        let (stop, stopped) = watch::channel(false);
        let wake = Arc::new(Notify::new());
        let worker = match self.worker((workspace, endpoint), wake.clone(), stopped).await {
            Ok(Some(worker)) => worker,
            Ok(None) => return drop(self.posts.remove(&endpoint)),
            Err(err) => {
                tracing::warn!(%endpoint, "a webhook worker cannot begin: {err:?}");
                self.posts.insert(endpoint, Post { workspace, wake, worker: None });
                return;
            }
        };
        self.posts.insert(endpoint, Post { workspace, wake, worker: Some(stop) });
        self.working.spawn(async move {
            let ended = AssertUnwindSafe(worker.run()).catch_unwind().await;
            let panicked = |_| Ended::Failed(Error::internal("a webhook worker panicked"));
            (endpoint, ended.unwrap_or_else(panicked))
        });
    }

    async fn worker(
        &mut self,
        (workspace, endpoint): Leased,
        wake: Arc<Notify>,
        stop: watch::Receiver<bool>,
    ) -> Result<Option<Worker>> {
        let Some(system) = self.system(workspace).await? else { return Ok(None) };
        let (node, outbound) = (self.node, self.outbound.clone());
        let lease = self.lease.subscribe();
        Worker::new(Duty { system, endpoint, node, outbound, wake, lease, stop }).await
    }

    async fn end(mut self) {
        self.posts.clear();
        while self.working.join_next().await.is_some() {}
        if let Err(err) = leases::give_back(&self.database, self.node).await {
            tracing::warn!("webhook leases cannot be given back: {err:?}");
        }
    }
}

/// Removes what is older than a month, in every workspace.
async fn prune(database: Database) {
    if let Err(err) = prune_all(&database).await {
        tracing::warn!("old webhook deliveries cannot be removed: {err:?}");
    }
}

async fn prune_all(database: &Database) -> Result<()> {
    let before = database.clock().now() - KEPT;
    for workspace in database.workspaces().await? {
        let system = Ctx::new(database.clone(), Actor::system(&workspace, ActorKind::System));
        let endpoints = system.can::<webhook_endpoint::Entity, Read>()?;
        // Of deleted ones too.
        for endpoint in endpoints.matching_even_deleted(sea_orm::Condition::all()).await? {
            while ledger::prune(&system, endpoint.id, before).await? > 0 {}
        }
    }
    Ok(())
}
