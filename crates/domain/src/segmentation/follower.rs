//! The reader of the log that keeps membership: it wakes when something is committed, and looks now and then in case
//! another node did it.

use std::{
    collections::{HashMap, HashSet},
    panic::AssertUnwindSafe,
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};

use futures_util::FutureExt;
use rapport_entity::{identity::workspace, log::event::ActorKind};
use sea_orm::ColumnTrait;
use tokio::{
    sync::{broadcast::error::RecvError, watch},
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

use super::{changes::Changes, membership, scores};
use crate::{
    facts,
    kernel::{Ctx, Database, Error, Position, Result, log},
};

/// The reader's name.
pub(crate) const NAME: &str = "segments";

/// What this reader writes itself, once it has looked after whoever depends on it.
const OUR_OWN: [&str; 3] = ["segment.entered", "segment.left", "customer.scored"];

/// So many events are followed in one transaction.
const BATCH: u64 = 1_000;

/// After something was committed, or could not be read yet: look again this soon, then ever less often.
pub(super) const SOON: Duration = Duration::from_millis(20);

/// Between one look at a workspace and the next, unless there is a whole batch more: what is committed meanwhile is
/// followed together. With one look for each commit, looking would take as much as the commits do.
const PAUSE: Duration = Duration::from_millis(20);

/// With nothing heard of: look at least this often.
const SLOW: Duration = Duration::from_secs(1);

/// After failures, wait no longer than this.
const LONGEST: Duration = Duration::from_secs(5);

/// So many workspaces are looked after at once.
const AT_ONCE: usize = 4;

/// Keeps membership in every workspace of a database.
#[derive(Debug)]
pub struct Follower;

impl Follower {
    /// Works until told to stop, and then finishes what it is at. A workspace that fails is tried again, ever less
    /// often, and keeps no other from its turn.
    pub async fn run(database: Database, mut stop: watch::Receiver<bool>) {
        let mut committed = database.log().subscribe();
        let mut rounds = Rounds::new(database);
        loop {
            let next = rounds.next();
            tokio::select! {
                biased;
                () = told(&mut stop) => break,
                heard = committed.recv() => match heard {
                    Ok(workspace) => rounds.wake(workspace),
                    Err(RecvError::Lagged(_)) => rounds.wake_all(),
                    Err(RecvError::Closed) => break,
                },
                Some(Ok((workspace, done))) = rounds.running.join_next() => {
                    rounds.done(workspace, done);
                }
                () = sleep_until(next) => rounds.start().await,
            }
        }
        while rounds.running.join_next().await.is_some() {}
    }

    /// Follows a workspace's log until all that was committed before is done with. Gives back how many events that
    /// were.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn catch_up(database: Database, workspace: workspace::Id) -> Result<usize> {
        let mut events = 0;
        loop {
            match step(&database, workspace).await? {
                Step::Followed(more) => events += more,
                Step::Later => sleep(SOON).await,
                Step::End => return Ok(events),
            }
        }
    }
}

/// Ends once we are told to stop, or nobody is left who could tell us.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// What came of looking.
#[derive(Debug)]
pub(super) enum Step {
    /// So many events are done with, and there may be more.
    Followed(usize),
    /// There is something, but it cannot be read yet, or somebody else is at it.
    Later,
    /// There is nothing.
    End,
}

/// One transaction: the events after where the reader stands, what follows from them, and where it stands then.
pub(super) async fn step(database: &Database, workspace: workspace::Id) -> Result<Step> {
    let Some(_turn) = Taken::take(workspace) else { return Ok(Step::Later) };
    let id = workspace::Column::Id.eq(workspace);
    let Some(row) = database.workspace(id).await? else { return Ok(Step::End) };
    let ctx = facts::system(database, &row, ActorKind::System).await?;
    if let Some(step) = look(&ctx, workspace).await? {
        return Ok(step);
    }
    let mut held = false;
    let done = ctx.tx(async |tx| {
        let db = tx.transaction();
        let Some(from) = log::hold(db, workspace, NAME).await? else {
            held = true;
            return Err(Error::internal("another node is at it"));
        };
        let (events, to) = match from == Position::default() {
            // It has never read: everything is taken as it is, not as it came to be.
            true => {
                let end = log::end(db, workspace).await?;
                membership::rebuild_all(tx, database.pace()).await?;
                (1, end)
            }
            false => {
                let besides = log::Names::Besides(&OUR_OWN);
                let (entries, to) = log::read_of(db, workspace, from, BATCH, besides).await?;
                let events = entries.iter().map(|entry| &entry.event);
                membership::follow(tx, Changes::read(events), database.pace()).await?;
                (entries.len(), to)
            }
        };
        log::advance(db, workspace, NAME, to).await?;
        Ok(Step::Followed(events))
    });
    let done = done.await;
    if held { Ok(Step::Later) } else { done }
}

/// The workspaces that somebody in this process is at. Whoever else would follow one learns it here, and not from the
/// database, where it would take a connection to be told.
static TAKEN: LazyLock<Mutex<HashSet<workspace::Id>>> = LazyLock::new(Mutex::default);

/// A workspace that is ours until this is dropped.
struct Taken(workspace::Id);

impl Taken {
    fn take(workspace: workspace::Id) -> Option<Self> {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        // Made only if it is ours: even one that is thrown away at once gives the workspace free.
        taken.insert(workspace).then(|| Self(workspace))
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        TAKEN.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// Whether there is nothing to do; without a transaction, since mostly there is not.
async fn look(ctx: &Ctx, workspace: workspace::Id) -> Result<Option<Step>> {
    let db = ctx.reader().await?;
    let Some(position) = log::position(&db, workspace, NAME).await? else {
        drop(db);
        ctx.tx(async |tx| log::begin(tx.transaction(), workspace, NAME).await).await?;
        return Ok(None);
    };
    if !log::read(&db, workspace, position, 1).await?.is_empty() {
        return Ok(None);
    }
    let later = log::goes_on(&db, workspace, position).await?;
    drop(db);
    if scores::is_due(ctx).await? {
        return Ok(None);
    }
    Ok(Some(if later { Step::Later } else { Step::End }))
}

/// When it is which workspace's turn.
struct Rounds {
    database: Database,
    turns: HashMap<workspace::Id, Turn>,
    running: JoinSet<(workspace::Id, Result<Step>)>,
    listed: Instant,
}

struct Turn {
    due: Instant,
    /// Until when it is left alone.
    rests: Instant,
    delay: Duration,
    running: bool,
    woken: bool,
    failed: bool,
}

impl Turn {
    fn now() -> Self {
        let now = Instant::now();
        Self { due: now, rests: now, delay: SOON, running: false, woken: false, failed: false }
    }

    fn wake(&mut self) {
        self.woken = true;
        if !self.failed {
            self.delay = SOON;
            self.due = self.rests;
        }
    }

    fn after(&mut self, done: Result<Step>, workspace: workspace::Id, slow: Duration) {
        let woken = std::mem::take(&mut self.woken);
        self.running = false;
        self.failed = done.is_err();
        let (wait, delay) = match done {
            Ok(Step::Followed(events)) if events as u64 >= BATCH => (Duration::ZERO, SOON),
            Ok(Step::Followed(_)) => (PAUSE, SOON),
            Ok(_) if woken => (PAUSE, SOON),
            Ok(Step::Later) => (self.delay, (self.delay * 2).min(slow)),
            Ok(Step::End) => (slow, SOON),
            Err(err) => {
                tracing::warn!(%workspace, "segments cannot follow the log: {err:?}");
                (self.delay, (self.delay * 2).min(LONGEST))
            }
        };
        let now = Instant::now();
        self.due = now + wait;
        self.rests = now + wait.min(PAUSE);
        self.delay = delay;
    }
}

impl Rounds {
    fn new(database: Database) -> Self {
        Self {
            database,
            turns: HashMap::new(),
            running: JoinSet::new(),
            listed: Instant::now() - SLOW,
        }
    }

    fn wake(&mut self, workspace: workspace::Id) {
        self.turns.entry(workspace).or_insert_with(Turn::now).wake();
    }

    fn wake_all(&mut self) {
        self.turns.values_mut().for_each(Turn::wake);
    }

    /// When something is to be started, or the workspaces to be listed again.
    fn next(&self) -> Instant {
        let list = self.listed + SLOW;
        let waiting = self.turns.values().filter(|turn| !turn.running).map(|turn| turn.due);
        match self.running.len() < AT_ONCE {
            true => waiting.min().map_or(list, |due| due.min(list)),
            false => list,
        }
    }

    async fn start(&mut self) {
        let now = Instant::now();
        if self.listed + SLOW <= now {
            self.list().await;
        }
        let mut due: Vec<(Instant, workspace::Id)> = self
            .turns
            .iter()
            .filter(|(_, turn)| !turn.running && turn.due <= now)
            .map(|(id, turn)| (turn.due, *id))
            .collect();
        due.sort();
        for (_, workspace) in due.into_iter().take(AT_ONCE.saturating_sub(self.running.len())) {
            self.spawn(workspace);
        }
    }

    /// Workspaces that other nodes have made are found by looking.
    async fn list(&mut self) {
        self.listed = Instant::now();
        match self.database.workspaces().await {
            Ok(all) => {
                for workspace in all {
                    self.turns.entry(workspace.id).or_insert_with(Turn::now);
                }
            }
            Err(err) => tracing::warn!("segments cannot list workspaces: {err:?}"),
        }
    }

    fn spawn(&mut self, workspace: workspace::Id) {
        if let Some(turn) = self.turns.get_mut(&workspace) {
            turn.running = true;
            turn.woken = false;
        }
        let database = self.database.clone();
        self.running.spawn(async move {
            let step = AssertUnwindSafe(step(&database, workspace)).catch_unwind().await;
            (workspace, step.unwrap_or_else(|_| Err(Error::internal("following panicked"))))
        });
    }

    fn done(&mut self, workspace: workspace::Id, done: Result<Step>) {
        // Many workspaces are looked at less often, so that looking stays cheap.
        let slow = SLOW + Duration::from_millis(10) * self.turns.len() as u32;
        if let Some(turn) = self.turns.get_mut(&workspace) {
            turn.after(done, workspace, slow);
        }
    }
}
