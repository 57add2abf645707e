//! The loop in which every reader gets its turn in every workspace: it wakes when something is committed, and looks now
//! and then in case another node did it, or time has brought something.

use std::{collections::HashMap, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use rapport_entity::identity::workspace;
use tokio::{
    sync::{broadcast::error::RecvError, watch},
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::{
    reader::Reader,
    step::{SOON, Step, step},
};
use crate::kernel::{Database, Error, Result};

/// Between one look at a workspace and the next, unless there is a whole batch more: what is committed meanwhile is
/// followed together. With one look for each commit, looking would take as much as the commits do.
const PAUSE: Duration = Duration::from_millis(20);

/// With nothing heard of: look at least this often.
const SLOW: Duration = Duration::from_secs(1);

/// After failures, wait no longer than this.
const LONGEST: Duration = Duration::from_secs(5);

/// So many steps are under way at once.
const AT_ONCE: usize = 4;

/// Works until told to stop, and then finishes what it is at. A reader that fails in a workspace is tried again, ever less
/// often, and keeps no other from its turn.
pub async fn run(
    readers: &[&'static dyn Reader],
    database: Database,
    mut stop: watch::Receiver<bool>,
) {
    let mut committed = database.log().subscribe();
    let mut rounds = Rounds::new(readers, database);
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
            Some(Ok((party, done))) = rounds.running.join_next() => {
                rounds.done(party, done);
            }
            () = sleep_until(next) => rounds.start().await,
        }
    }
    while rounds.running.join_next().await.is_some() {}
}

/// Ends once we are told to stop, or nobody is left who could tell us.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Whose turn it is: a reader's, by its place among them, in a workspace.
type Party = (workspace::Id, usize);

/// When it is whose turn.
struct Rounds<'r> {
    readers: &'r [&'static dyn Reader],
    database: Database,
    /// Of each workspace one for each reader.
    turns: HashMap<workspace::Id, Vec<Turn>>,
    running: JoinSet<(Party, Result<Step>)>,
    listed: Instant,
}

struct Turn {
    due: Instant,
    /// Until when it is left alone.
    rests: Instant,
    delay: Duration,
    /// So many events are followed at once: more where there is a backlog.
    batch: u64,
    running: bool,
    woken: bool,
    failed: bool,
}

impl Turn {
    fn of(reader: &dyn Reader) -> Self {
        let (now, batch) = (Instant::now(), reader.batch());
        Self {
            due: now,
            rests: now,
            delay: SOON,
            batch,
            running: false,
            woken: false,
            failed: false,
        }
    }

    fn wake(&mut self) {
        self.woken = true;
        if !self.failed {
            self.delay = SOON;
            self.due = self.rests;
        }
    }

    fn after(&mut self, done: &Result<Step>, reader: &dyn Reader, slow: Duration) {
        let woken = std::mem::take(&mut self.woken);
        let is_full = matches!(done, Ok(Step::Followed(events)) if *events as u64 >= self.batch);
        self.running = false;
        self.failed = done.is_err();
        self.batch = match is_full {
            true => (self.batch * 2).min(reader.largest_batch()),
            false => reader.batch(),
        };
        let (wait, delay) = match done {
            _ if is_full => (Duration::ZERO, SOON),
            Ok(Step::Followed(_)) => (PAUSE, SOON),
            Ok(_) if woken => (PAUSE, SOON),
            Ok(Step::Later) => (self.delay, (self.delay * 2).min(slow)),
            Ok(Step::End) => (slow, SOON),
            Err(_) => (self.delay, (self.delay * 2).min(LONGEST)),
        };
        let now = Instant::now();
        self.due = now + wait;
        self.rests = now + wait.min(PAUSE);
        self.delay = delay;
    }
}

impl<'r> Rounds<'r> {
    fn new(readers: &'r [&'static dyn Reader], database: Database) -> Self {
        Self {
            readers,
            database,
            turns: HashMap::new(),
            running: JoinSet::new(),
            listed: Instant::now() - SLOW,
        }
    }

    fn turns_in(&mut self, workspace: workspace::Id) -> &mut Vec<Turn> {
        let readers = self.readers;
        let new = || readers.iter().map(|reader| Turn::of(*reader)).collect();
        self.turns.entry(workspace).or_insert_with(new)
    }

    fn turn(&mut self, (workspace, reader): Party) -> Option<&mut Turn> {
        self.turns.get_mut(&workspace)?.get_mut(reader)
    }

    fn wake(&mut self, workspace: workspace::Id) {
        self.turns_in(workspace).iter_mut().for_each(Turn::wake);
    }

    fn wake_all(&mut self) {
        self.turns.values_mut().flatten().for_each(Turn::wake);
    }

    /// Those that are not under way.
    fn waiting(&self) -> impl Iterator<Item = (Instant, Party)> {
        self.turns.iter().flat_map(|(workspace, turns)| {
            let turns = turns.iter().enumerate().filter(|(_, turn)| !turn.running);
            turns.map(|(reader, turn)| (turn.due, (*workspace, reader)))
        })
    }

    /// When something is to be started, or the workspaces to be listed again.
    fn next(&self) -> Instant {
        let list = self.listed + SLOW;
        match self.running.len() < AT_ONCE {
            true => self.waiting().map(|(due, _)| due).min().map_or(list, |due| due.min(list)),
            false => list,
        }
    }

    async fn start(&mut self) {
        let now = Instant::now();
        if self.listed + SLOW <= now {
            self.list().await;
        }
        let mut due: Vec<(Instant, Party)> =
            self.waiting().filter(|(due, _)| *due <= now).collect();
        due.sort();
        for (_, party) in due.into_iter().take(AT_ONCE.saturating_sub(self.running.len())) {
            self.spawn(party);
        }
    }

    /// Workspaces that other nodes have made are found by looking.
    async fn list(&mut self) {
        self.listed = Instant::now();
        match self.database.workspaces().await {
            Ok(all) => {
                for workspace in all {
                    self.turns_in(workspace.id);
                }
            }
            Err(err) => tracing::warn!("the log's readers cannot list workspaces: {err:?}"),
        }
    }

    fn spawn(&mut self, party: Party) {
        let Some(reader) = self.readers.get(party.1).copied() else { return };
        let Some(turn) = self.turn(party) else { return };
        turn.running = true;
        turn.woken = false;
        let (batch, database) = (turn.batch, self.database.clone());
        self.running.spawn(async move {
            let step = AssertUnwindSafe(step(reader, &database, party.0, batch)).catch_unwind();
            (party, step.await.unwrap_or_else(|_| Err(Error::internal("a reader panicked"))))
        });
    }

    fn done(&mut self, party: Party, done: Result<Step>) {
        // Many workspaces are looked at less often, so that looking stays cheap.
        let slow = SLOW + Duration::from_millis(10) * self.turns.len() as u32;
        let Some(reader) = self.readers.get(party.1).copied() else { return };
        if let Err(err) = &done {
            let (workspace, name) = (party.0, reader.name());
            tracing::warn!(%workspace, reader = name, "cannot follow the log: {err:?}");
        }
        if let Some(turn) = self.turn(party) {
            turn.after(&done, reader, slow);
        }
    }
}
