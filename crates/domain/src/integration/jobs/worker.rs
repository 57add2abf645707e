use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::{
    runtime::Handle,
    sync::{Notify, watch},
    task::JoinSet,
    time::{Instant, sleep},
};
use uuid::Uuid;

use super::{End, Work, kind, told};
use crate::{
    integration::{exports, files::Files, imports},
    kernel::{Database, Error, Job, Result},
    ownership::transfers,
};

/// How long a job is a node's that no longer says that it is at it.
const LEASE: Duration = Duration::from_secs(10);

/// How often a node says that it is at a job.
const BEAT: Duration = Duration::from_secs(3);

/// With nothing heard of: look this often.
const LOOK: Duration = Duration::from_secs(1);

/// So many jobs are a node's at once: each keeps a processor and a connection busy.
const AT_ONCE: usize = 2;

/// A job that fails for a reason of ours, or whose node dies at once, is tried so often.
const TRIES: i32 = 5;

/// After failures, wait no longer than this.
const LONGEST: Duration = Duration::from_secs(60);

/// How often files that nobody needs any more are looked for.
const SWEEP: Duration = Duration::from_secs(3600);

/// How long files are kept.
pub(crate) const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// Does the jobs of every workspace of a database.
#[derive(Debug)]
pub struct Worker;

impl Worker {
    /// Works until told to stop. What is under way then is left where it stands, for the next to go on from there.
    pub async fn run(database: Database, files: Files, mut stop: watch::Receiver<bool>) {
        if let Err(err) = database.give_back_all().await {
            tracing::warn!("jobs of before cannot be given back: {err:?}");
        }
        let node = Node { id: Uuid::now_v7(), database, files, stop: stop.clone() };
        let heard = node.listen();
        let mut running = JoinSet::new();
        let mut swept = None;
        loop {
            node.take(&mut running).await;
            node.sweep(&mut swept);
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                Some(_) = running.join_next() => {}
                () = heard.notified() => {}
                () = sleep(LOOK) => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// Does all jobs that are due, and says how many that were.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn catch_up(database: Database, files: Files) -> Result<usize> {
        let (_go_on, stop) = watch::channel(false);
        let node = Node { id: Uuid::now_v7(), database, files, stop };
        let mut done = 0;
        while let Some(job) = node.database.claim(node.id, LEASE).await? {
            let work = node.work(job);
            // As the worker does it: on a thread of its own.
            let ended = tokio::task::spawn_blocking(move || Handle::current().block_on(work.go()));
            ended.await.map_err(|err| Error::Internal(err.into()))?;
            done += 1;
        }
        Ok(done)
    }
}

struct Node {
    id: Uuid,
    database: Database,
    files: Files,
    stop: watch::Receiver<bool>,
}

impl Node {
    /// Hears of work that is asked of this node at once; of the rest it learns by looking.
    fn listen(&self) -> Arc<Notify> {
        let heard = Arc::new(Notify::new());
        let tell = heard.clone();
        let is_work = |name: &&str| {
            ["import.", "export.", "ownership_transfer."].iter().any(|of| name.starts_with(of))
        };
        self.database.log().listen(move |_, names| {
            if names.iter().any(is_work) {
                tell.notify_one();
            }
        });
        heard
    }

    async fn take(&self, running: &mut JoinSet<()>) {
        while running.len() < AT_ONCE {
            match self.database.claim(self.id, LEASE).await {
                Ok(Some(job)) => {
                    let work = self.work(job);
                    // A thread of its own: reading files and waiting for them is no work for those that answer requests.
                    running.spawn_blocking(move || Handle::current().block_on(work.go()));
                }
                Ok(None) => return,
                Err(err) => return tracing::warn!("jobs cannot be looked for: {err:?}"),
            }
        }
    }

    fn work(&self, job: Job) -> Work {
        let Self { database, files, stop, .. } = self;
        Work { database: database.clone(), files: files.clone(), job, stop: stop.clone() }
    }

    fn sweep(&self, swept: &mut Option<Instant>) {
        if swept.is_none_or(|at| at.elapsed() > SWEEP) {
            *swept = Some(Instant::now());
            let files = self.files.clone();
            tokio::task::spawn_blocking(move || {
                if let Err(err) = files.sweep(KEPT) {
                    tracing::warn!("old files cannot be removed: {err}");
                }
            });
        }
    }
}

impl Work {
    /// Does the job, and says every now and then that it is being done. What somebody else has taken over is dropped where
    /// it stands.
    async fn go(self) {
        let done = AssertUnwindSafe(self.attempt()).catch_unwind();
        let ended = tokio::select! {
            ended = done => ended.unwrap_or_else(|_| Err(Error::internal("the job panicked"))),
            () = self.beat() => Ok(End::Lost),
        };
        let closed = match ended {
            Ok(End::Done | End::Lost) => Ok(()),
            Ok(End::Stopped) => self.database.put_back(&self.job, Duration::ZERO).await.map(drop),
            Err(err) => self.failed(err).await,
        };
        if let Err(err) = closed {
            // Its time runs out, and somebody takes it again.
            tracing::warn!(job = %self.job.id, "a job cannot be closed: {err:?}");
        }
    }

    async fn attempt(&self) -> Result<End> {
        match self.job.kind.as_str() {
            kind::IMPORT => imports::job::run(self).await,
            kind::UNDO => imports::undo::run(self).await,
            kind::EXPORT => exports::job::run(self).await,
            kind::TRANSFER => transfers::job::run(self).await,
            other => Err(Error::internal(format!("there is no job of the kind {other}"))),
        }
    }

    /// Ends when the job is no longer ours.
    async fn beat(&self) {
        loop {
            sleep(BEAT).await;
            match self.database.renew(&self.job, LEASE).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(err) => {
                    tracing::warn!(job = %self.job.id, "a job's time cannot be renewed: {err:?}")
                }
            }
        }
    }

    /// What is nobody's fault, or ours, is tried again; what is the job's own is told to whoever asked for it.
    async fn failed(&self, err: Error) -> Result<()> {
        let again = match &err {
            Error::Unavailable(_) => true,
            Error::Internal(_) => self.job.tries < TRIES,
            _ => false,
        };
        if again {
            tracing::warn!(job = %self.job.id, tries = self.job.tries, "a job failed and is tried again: {err:?}");
            let wait = Duration::from_secs(1 << self.job.tries.clamp(0, 6)).min(LONGEST);
            return self.database.put_back(&self.job, wait).await.map(drop);
        }
        if let Error::Internal(why) = &err {
            tracing::error!(job = %self.job.id, "a job failed: {why:#}");
        }
        let problem = told(&err);
        match self.job.kind.as_str() {
            kind::EXPORT => exports::job::fail(self, problem).await,
            kind::TRANSFER => transfers::job::fail(self, problem).await,
            _ => imports::job::fail(self, problem).await,
        }
    }
}
