//! Sends to one endpoint, for as long as this node has its lease.

mod landing;
mod reading;
mod repeats;

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::integration::{
    webhook_delivery::{Id as DeliveryId, Model as Delivery},
    webhook_endpoint::{self, DisabledReason},
};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};
use uuid::Uuid;

use super::{
    backlog::{Backlog, Job},
    breaker::Breaker,
    ledger, request,
    standing::Standing,
    told,
    verdict::Attempted,
};
use crate::kernel::{
    Ctx, Error, Result,
    outbound::{Failure, Outbound},
};

/// So many requests to an endpoint are under way at once; never two first ones about the same record.
const LANES: usize = 16;

/// Of these, repeated ones take at most so many while there are first ones.
const REPEATS: usize = 8;

/// So many events are read at once.
const PAGE: u64 = 200;

/// So many deliveries are ready to be sent, at most.
const READY: usize = 400;

/// So many events are read, at most, beyond what is done with.
const WINDOW: usize = 2_000;

/// What is known of the endpoint and its owner is as old as this, at most, when it is made use of.
const FRESH: Duration = Duration::from_secs(1);

/// How often to look although nobody says that there is anything.
const LEISURE: Duration = Duration::from_secs(30);

/// How long the database may take for one step.
const STEP: Duration = Duration::from_secs(20);

/// Between one look at the log and the next.
const PAUSE: Duration = Duration::from_millis(10);

/// After something was committed that could not be read yet: look again this soon, then ever less often.
const SOON: Duration = Duration::from_millis(20);

/// How long what came of deliveries may wait to be written down with what comes of others. So much is sent again where the
/// node is killed.
const TOGETHER: Duration = Duration::from_millis(25);

/// So many are written down at once in any case.
const ENOUGH: usize = 100;

/// How far an endpoint that wants nothing may lag behind in what is written down.
const LAG: Duration = Duration::from_secs(5);

/// After so long without a success an endpoint is disabled.
const GIVEN_UP: TimeDelta = TimeDelta::days(5);

/// How long requests under way may take to end when the node stops.
const GRACE: Duration = Duration::from_secs(3);

/// Why a worker has ended.
#[derive(Debug)]
pub enum Ended {
    /// The node stops.
    Stopped,
    /// The endpoint is gone, or another node has it.
    Lost,
    /// Something went wrong that it cannot mend; a new one may.
    Failed(Error),
}

/// What a worker is given.
#[derive(Clone)]
pub struct Duty {
    /// Rapport itself, in the endpoint's workspace.
    pub system: Ctx,
    /// The endpoint.
    pub endpoint: webhook_endpoint::Id,
    /// This node.
    pub node: Uuid,
    /// How to reach others.
    pub outbound: Outbound,
    /// Told when something may have been committed or come due.
    pub wake: Arc<Notify>,
    /// Until when this node's leases hold for sure.
    pub lease: watch::Receiver<Instant>,
    /// Told to stop.
    pub stop: watch::Receiver<bool>,
}

/// A request that was answered, or not.
struct Landed {
    job: Job,
    attempted: Attempted,
}

/// Sends to one endpoint.
pub struct Worker {
    duty: Duty,
    standing: Standing,
    known_at: Instant,
    /// Whether the endpoint is another than is known.
    stale: bool,
    /// `None` while the endpoint is disabled.
    backlog: Option<Backlog>,
    /// So many events are still to be looked up whether they are written down already: a worker before may have got
    /// further than it could say.
    unchecked: usize,
    repeats: VecDeque<Job>,
    flight: JoinSet<Landed>,
    /// The deliveries that are being sent or are about to be, of those that are written down.
    repeating: HashSet<DeliveryId>,
    /// The records about which one of these is being sent.
    repeated: HashSet<Uuid>,
    /// The records about which something must get through before anything else is sent.
    blocked: HashSet<Uuid>,
    /// To be written down.
    settled: Vec<Delivery>,
    /// The records of which something that others wait for is done with.
    freed: HashSet<Uuid>,
    /// Why the endpoint is to be disabled.
    disable: Option<DisabledReason>,
    /// The endpoint was disabled by somebody else: once nothing is under way, what is left is given up.
    give_up: bool,
    succeeded: bool,
    failed: bool,
    breaker: Breaker,
    /// Until when the endpoint wants to be left alone.
    paused_until: Option<DateTime<Utc>>,
    look_at: Instant,
    looked_at: Instant,
    delay: Duration,
    recorded_at: Instant,
    /// Before when nothing is written down, since the database was not there.
    retry_at: Option<Instant>,
}

impl Worker {
    /// Begins where the worker before has left off; `None` where there is no such endpoint.
    pub async fn new(duty: Duty) -> Result<Option<Self>> {
        let Some(standing) = Standing::of(&duty.system, duty.endpoint).await? else {
            return Ok(None);
        };
        let blocked = ledger::waited_for(&duty.system, duty.endpoint).await?;
        let stuck = ledger::stuck(&duty.system, duty.endpoint).await?;
        let now = Instant::now();
        Ok(Some(Self {
            duty,
            give_up: !standing.endpoint.enabled,
            standing,
            known_at: now,
            stale: false,
            backlog: None,
            unchecked: WINDOW,
            repeats: VecDeque::new(),
            flight: JoinSet::new(),
            repeating: HashSet::new(),
            repeated: HashSet::new(),
            freed: stuck,
            blocked,
            settled: Vec::new(),
            disable: None,
            succeeded: false,
            failed: false,
            breaker: Breaker::closed(),
            paused_until: None,
            look_at: now,
            looked_at: now - FRESH,
            delay: SOON,
            recorded_at: now,
            retry_at: None,
        }))
    }

    /// Sends until told to stop, or until the lease is lost.
    pub async fn run(mut self) -> Ended {
        let mut stop = self.duty.stop.clone();
        let wake = self.duty.wake.clone();
        loop {
            if let Err(ended) = self.step().await {
                return ended;
            }
            let next = self.wakes_at();
            tokio::select! {
                biased;
                () = told(&mut stop) => break,
                Some(landed) = self.flight.join_next(), if !self.flight.is_empty() => {
                    if let Err(ended) = self.land_all(landed) {
                        return ended;
                    }
                }
                () = wake.notified() => self.look_at = self.look_at.min(self.looked_at + PAUSE),
                () = sleep_until(next) => {}
            }
        }
        self.finish().await
    }

    /// Everything that can be done without waiting for anybody outside.
    async fn step(&mut self) -> Result<(), Ended> {
        if self.look_at <= Instant::now() && self.settled.len() < READY {
            self.or_later(Self::look).await?;
        }
        self.launch();
        self.or_later(Self::record).await
    }

    /// What fails for want of the database is tried again a little later.
    async fn or_later(
        &mut self,
        work: impl AsyncFnOnce(&mut Self) -> Result<Option<()>>,
    ) -> Result<(), Ended> {
        let done = timeout(STEP, work(self)).await;
        match done.unwrap_or_else(|late| Err(Error::Unavailable(late.into()))) {
            Ok(Some(())) => Ok(()),
            Ok(None) => Err(Ended::Lost),
            Err(Error::Unavailable(why)) => {
                tracing::warn!(endpoint = %self.duty.endpoint, "webhooks wait for the database: {why:#}");
                self.look_at = Instant::now() + FRESH;
                self.retry_at = Some(self.look_at);
                Ok(())
            }
            Err(err) => Err(Ended::Failed(err)),
        }
    }

    /// When there is something to do although nobody says so.
    fn wakes_at(&self) -> Instant {
        let mut at = self.look_at;
        if let Some(next) = self.breaker.next().filter(|next| *next > Instant::now()) {
            at = at.min(next);
        }
        if self.lags() {
            at = at.min(self.recorded_at + LAG);
        }
        if self.has_settled() {
            at = at.min(self.recorded_at + TOGETHER);
        }
        self.retry_at.map_or(at, |retry| at.max(retry))
    }

    /// Whether there is something to do that only time lets one do.
    fn is_waiting(&self) -> bool {
        let ready = self.backlog.as_ref().is_some_and(Backlog::has_ready);
        ready || !self.repeats.is_empty() || self.breaker.is_open()
    }

    fn now(&self) -> DateTime<Utc> {
        self.duty.system.database().clock().now()
    }

    /// Sends as much as may be under way at once.
    fn launch(&mut self) {
        let now = self.now();
        let paused = self.paused_until.is_some_and(|until| now < until);
        if paused || self.disable.is_some() || *self.duty.lease.borrow() <= Instant::now() {
            return;
        }
        while self.flight.len() < LANES && self.settled.len() < READY {
            let firsts = self.backlog.as_ref().is_some_and(Backlog::has_ready);
            let may_repeat = !firsts || self.repeated.len() < REPEATS;
            let repeat = if may_repeat { self.next_repeat() } else { None };
            let kept_back = self.breaker.is_open() && !self.may_probe();
            let first = || self.backlog.as_mut().filter(|_| !kept_back).and_then(Backlog::pop);
            match repeat.or_else(first) {
                Some(job) => self.send(job, now),
                None => break,
            }
        }
    }

    fn send(&mut self, job: Job, at: DateTime<Utc>) {
        let headers = request::headers(&self.standing.keys, job.row.event_id, at, &job.body);
        let target = self.standing.target.clone();
        let outbound = self.duty.outbound.clone();
        self.flight.spawn(async move {
            let began = Instant::now();
            let answer = match (target, headers) {
                (Ok(target), Ok(headers)) => {
                    outbound.post(&target, headers, job.body.clone()).await
                }
                (Err(why), _) => Err(Failure::Broken(format!("the URL {why}"))),
                (_, Err(err)) => Err(Failure::Broken(err.to_string())),
            };
            Landed { job, attempted: Attempted { at, took: began.elapsed(), answer } }
        });
    }

    /// Waits a moment for requests under way, and writes down what came of them. What is not answered by then is sent
    /// again by the next worker.
    async fn finish(mut self) -> Ended {
        let until = Instant::now() + GRACE;
        while let Ok(Some(landed)) = tokio::time::timeout_at(until, self.flight.join_next()).await {
            if let Err(ended) = self.land_all(landed) {
                return ended;
            }
        }
        self.recorded_at = Instant::now() - LAG;
        self.retry_at = None;
        match self.or_later(Self::record).await {
            Err(ended) => ended,
            Ok(()) => Ended::Stopped,
        }
    }
}
