//! How much a caller, and a workspace as a whole, may ask in a minute: token buckets, apart for what is cheap and what is
//! dear. On PostgreSQL the nodes share them. A node borrows tokens in portions, so that a request does not wait for the
//! database, and all nodes together never grant more than one would; on SQLite there is one node.

mod bucket;
mod purse;
mod shared;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use moka::{policy::EvictionPolicy, sync::Cache};
use sea_orm::DbBackend;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use uuid::Uuid;

use super::{Database, policy::Actor};
use bucket::{MINUTE, Quota};
use purse::{Drawn, Purse};

pub use purse::Left;

/// What is counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// Requests that read.
    Reads,
    /// Requests that write.
    Writes,
    /// Requests that write or read very many records at once.
    Bulk,
    /// What GraphQL requests cost.
    Graphql,
}

impl Budget {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Reads, Self::Writes, Self::Bulk, Self::Graphql];

    /// Its name in headers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::Bulk => "bulk",
            Self::Graphql => "graphql",
        }
    }
}

/// How much may be asked in a minute; 0 is without limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many requests that read, by each caller.
    pub reads: u32,
    /// How many requests that write, by each caller.
    pub writes: u32,
    /// How many requests about very many records, by each caller.
    pub bulk: u32,
    /// What GraphQL requests may cost, by each caller.
    pub graphql: u32,
    /// How many times as much by a whole workspace.
    pub workspace: u32,
    /// How many requests of a workspace a node works on at once.
    pub at_once: u32,
}

impl Default for Settings {
    /// More than a client does that does not run amok.
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            reads: 600_000,
            writes: 240_000,
            bulk: 6_000,
            graphql: 30_000_000,
            workspace: 4,
            at_once: u32::try_from(4 * processors).unwrap_or(u32::MAX).max(8),
        }
    }
}

impl Settings {
    /// No limits.
    pub fn none() -> Self {
        Self { reads: 0, writes: 0, bulk: 0, graphql: 0, workspace: 0, at_once: 0 }
    }

    /// How much of a budget a caller has in a minute, and a whole workspace; `None` where there is no limit.
    pub fn quotas(&self, budget: Budget) -> [Option<u32>; 2] {
        let caller = match budget {
            Budget::Reads => self.reads,
            Budget::Writes => self.writes,
            Budget::Bulk => self.bulk,
            Budget::Graphql => self.graphql,
        };
        [caller, caller.saturating_mul(self.workspace)].map(|quota| (quota > 0).then_some(quota))
    }
}

/// What is left after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Of the caller's budget.
    pub caller: Option<Left>,
    /// Of the workspace's.
    pub workspace: Option<Left>,
}

impl Standing {
    /// How many seconds to wait before trying again, where the request is not granted.
    pub fn wait(&self) -> Option<u64> {
        let refused = self.caller.into_iter().chain(self.workspace).filter(|left| !left.granted);
        refused.map(|left| left.wait.unsigned_abs()).max()
    }
}

/// Callers and workspaces whose budgets are remembered. Those that rest are forgotten: their budgets are full again.
const MOST: u64 = 100_000;

/// How long nobody needs to have asked to be forgotten; longer than it takes a budget to fill.
const REST: Duration = Duration::from_secs(180);

/// How long a request waits for tokens to be borrowed.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often the rows of those who rest are deleted, and how long they rest, in microseconds.
const SWEEP: i64 = 10 * MINUTE;

/// The budgets of all callers: cheap to copy.
#[derive(Clone)]
pub struct Limits(Arc<Inner>);

struct Inner {
    database: Database,
    settings: Settings,
    holders: Cache<Uuid, Arc<Holder>>,
    swept: AtomicI64,
}

/// Whoever has budgets: a user, a key, a workspace.
struct Holder {
    id: Uuid,
    purses: [Option<Purse>; 4],
    /// A place for each request that is worked on at once.
    places: Arc<Semaphore>,
}

/// A request's turn, which ends when this is dropped.
pub struct Turn(#[expect(dead_code, reason = "it is held")] OwnedSemaphorePermit);

impl Limits {
    /// All budgets are full.
    pub fn new(database: Database, settings: Settings) -> Self {
        let holders = Cache::builder()
            .max_capacity(MOST)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(REST)
            .build();
        let swept = AtomicI64::new(database.clock().now().timestamp_micros());
        Self(Arc::new(Inner { database, settings, holders, swept }))
    }

    /// How much may be asked.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Draws tokens from the budgets of who asks and of their workspace: from both or from none.
    pub async fn draw(&self, actor: &Actor, budget: Budget, tokens: u32) -> Standing {
        let [for_caller, for_workspace] = self.0.settings.quotas(budget);
        let caller = match (actor.caller(), for_caller) {
            (Some(id), Some(_)) => Some(self.holder(id, 0)),
            _ => None,
        };
        let workspace = for_workspace.map(|_| self.holder(actor.workspace.uuid(), 1));
        let of_caller = self.draw_from(caller.as_ref(), budget, tokens).await;
        if of_caller.is_some_and(|left| !left.granted) {
            let of_workspace = self.draw_from(workspace.as_ref(), budget, 0).await;
            return Standing { caller: of_caller, workspace: of_workspace };
        }
        let of_workspace = self.draw_from(workspace.as_ref(), budget, tokens).await;
        if of_workspace.is_some_and(|left| !left.granted)
            && let Some(purse) = caller.as_ref().and_then(|caller| caller.purse(budget))
        {
            purse.give_back(tokens);
        }
        Standing { caller: of_caller, workspace: of_workspace }
    }

    /// Waits until fewer requests of the workspace are worked on than may be at once: one that asks much waits for itself.
    pub async fn turn(&self, actor: &Actor) -> Option<Turn> {
        if self.0.settings.at_once == 0 {
            return None;
        }
        let places = self.holder(actor.workspace.uuid(), 1).places.clone();
        places.acquire_owned().await.ok().map(Turn)
    }

    /// A caller (0) or a workspace (1), full-handed where they were not known.
    fn holder(&self, id: Uuid, which: usize) -> Arc<Holder> {
        let Inner { database, settings, holders, .. } = &*self.0;
        if let Some(known) = holders.get(&id) {
            return known;
        }
        holders.get_with(id, || {
            let now = self.now();
            let is_shared = database.backend() == DbBackend::Postgres;
            let purses = Budget::ALL.map(|budget| {
                let quota = settings.quotas(budget)[which]?;
                Some(Purse::new(Quota::a_minute(quota), is_shared, now))
            });
            let places = Arc::new(Semaphore::new(settings.at_once as usize));
            Arc::new(Holder { id, purses, places })
        })
    }

    async fn draw_from(
        &self,
        holder: Option<&Arc<Holder>>,
        budget: Budget,
        tokens: u32,
    ) -> Option<Left> {
        let holder = holder?;
        let purse = holder.purse(budget)?;
        if let Some(left) = self.try_to_draw(holder, budget, purse, tokens) {
            return Some(left);
        }
        let drawn = async {
            loop {
                if let Some(left) = self.try_to_draw(holder, budget, purse, tokens) {
                    return left;
                }
                // Waits from before it looks again, so that no answer is missed.
                let answered = purse.answered.notified();
                if let Some(left) = self.try_to_draw(holder, budget, purse, tokens) {
                    return left;
                }
                answered.await;
            }
        };
        let drawn = timeout(PATIENCE, drawn).await;
        Some(drawn.unwrap_or_else(|_| purse.draw_unasked(tokens, self.now())))
    }

    fn try_to_draw(
        &self,
        holder: &Arc<Holder>,
        budget: Budget,
        purse: &Purse,
        tokens: u32,
    ) -> Option<Left> {
        match purse.draw(tokens, self.now()) {
            Drawn::Settled(left) => Some(left),
            Drawn::Low(left, wanted) => {
                self.ask(holder, budget, wanted);
                Some(left)
            }
            Drawn::Empty(wanted) => {
                self.ask(holder, budget, wanted);
                None
            }
            Drawn::Asked => None,
        }
    }

    /// Borrows, beside the request that needs it: it may be broken off, and others wait as well.
    fn ask(&self, holder: &Arc<Holder>, budget: Budget, wanted: i64) {
        let (limits, asking) = (self.clone(), Asking(holder.clone(), budget));
        tokio::spawn(async move {
            let Some(purse) = asking.0.purse(budget) else { return };
            let (now, key) = (limits.now(), (asking.0.id, budget as i16));
            let database = &limits.0.database;
            let borrowed = shared::borrow(database, key, purse.quota(), wanted, now).await;
            if let Err(err) = &borrowed {
                tracing::warn!(error = ?err, "rate limits are not shared at the moment");
            }
            purse.take_in(wanted, borrowed.ok(), now);
            drop(asking);
            limits.sweep(now).await;
        });
    }

    /// Now and then, and by one request alone.
    async fn sweep(&self, now: i64) {
        let swept = self.0.swept.load(Ordering::Relaxed);
        let is_time = (now - swept).abs() > SWEEP;
        let claimed = |swept| {
            self.0.swept.compare_exchange(swept, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        };
        if is_time
            && claimed(swept)
            && let Err(err) = shared::forget(&self.0.database, now - SWEEP).await
        {
            tracing::debug!(error = ?err, "old budgets are kept for now");
        }
    }

    fn now(&self) -> i64 {
        self.0.database.clock().now().timestamp_micros()
    }
}

impl Holder {
    fn purse(&self, budget: Budget) -> Option<&Purse> {
        self.purses[budget as usize].as_ref()
    }
}

/// Ends the asking, however it ends.
struct Asking(Arc<Holder>, Budget);

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(purse) = self.0.purse(self.1) {
            purse.end_asking();
        }
    }
}

#[cfg(test)]
mod tests;
