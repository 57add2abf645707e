//! What follows from an answer, and how it is written down.

use std::collections::HashSet;

use rapport_entity::integration::{
    webhook_delivery::{Model as Delivery, Status},
    webhook_endpoint::DisabledReason,
};
use tokio::{task::JoinError, time::Instant};
use uuid::Uuid;

use super::{ENOUGH, Ended, GIVEN_UP, LAG, Landed, TOGETHER, Worker};
use crate::{
    integration::webhooks::{
        backlog::Job,
        breaker::Breaker,
        report::{Health, Report},
        schedule,
        verdict::{Verdict, judge},
    },
    kernel::{Error, Result},
};

impl Worker {
    /// One that has landed, and all others that have.
    pub(super) fn land_all(&mut self, first: Result<Landed, JoinError>) -> Result<(), Ended> {
        let mut next = Some(first);
        while let Some(landed) = next {
            let landed = landed.map_err(|err| Ended::Failed(Error::Internal(err.into())))?;
            self.land(landed);
            next = self.flight.try_join_next();
        }
        Ok(())
    }

    fn land(&mut self, landed: Landed) {
        let Job { mut row, .. } = landed.job;
        let is_first = !self.repeating.remove(&row.id);
        let subject = row.subject_id;
        if !is_first {
            self.repeated.remove(&subject);
        }
        match judge(&mut row, landed.attempted, self.now(), schedule::spread()) {
            Verdict::Delivered => {
                self.succeeded |= row.event_seq.is_some();
                self.breaker.succeeded();
            }
            Verdict::Failed(until) => {
                self.paused_until = self.paused_until.max(until);
                self.count_failure(&row);
            }
            Verdict::Gone => {
                self.disable = self.disable.or(row.event_seq.map(|_| DisabledReason::Gone));
                self.count_failure(&row);
            }
        }
        if is_first && row.status == Status::Pending {
            self.hold_back(subject);
        }
        if let Some(backlog) = self.backlog.as_mut().filter(|_| is_first) {
            backlog.landed(subject);
        }
        self.settle(row);
    }

    /// A ping tells whoever sent it, and nothing of the endpoint's health.
    fn count_failure(&mut self, row: &Delivery) {
        if row.event_seq.is_some() {
            self.failed = true;
            self.breaker.failed();
        }
    }

    /// Later events about the same record wait.
    fn hold_back(&mut self, subject: Uuid) {
        self.blocked.insert(subject);
        let waiting = self.backlog.as_mut().map(|backlog| backlog.take(subject));
        self.settled.extend(waiting.into_iter().flatten().map(|job| job.row));
    }

    pub(super) fn lags(&self) -> bool {
        let none = HashSet::new();
        self.backlog.as_ref().is_some_and(|backlog| backlog.lags(backlog.mark(&none)))
    }

    /// Whether there is something to be written down now.
    fn is_to_record(&self) -> bool {
        if self.retry_at.is_some_and(|at| Instant::now() < at) {
            return false;
        }
        let since = self.recorded_at.elapsed();
        let settled = self.has_settled() && (since >= TOGETHER || self.settled.len() >= ENOUGH);
        let more = self.disable.is_some() || (self.give_up && self.flight.is_empty());
        settled || more || (self.lags() && since >= LAG)
    }

    /// Whether something has come of deliveries that is not written down yet.
    pub(super) fn has_settled(&self) -> bool {
        !self.settled.is_empty() || !self.freed.is_empty()
    }

    /// Writes down what is settled, in one transaction. `None` where the lease is another's.
    pub(super) async fn record(&mut self) -> Result<Option<()>> {
        if !self.is_to_record() {
            return Ok(Some(()));
        }
        let report = self.report();
        let (system, node) = (self.duty.system.clone(), self.duty.node);
        let Some(waited_for) = system.tx(async |tx| report.write(tx, node).await).await? else {
            return Ok(None);
        };
        for subject in &report.freed {
            self.blocked.remove(subject);
        }
        self.blocked.extend(waited_for);
        self.done_with(report);
        Ok(Some(()))
    }

    fn report(&self) -> Report {
        // Of one that was sent again before it was written down, what came last.
        let mut ids = HashSet::new();
        let latest = self.settled.iter().rev().filter(|row| ids.insert(row.id));
        let rows: Vec<Delivery> = latest.cloned().collect();
        let since = self.standing.endpoint.failing_since;
        let health = match (self.succeeded, self.failed) {
            (true, _) if since.is_some() => Health::Well,
            (false, true) if since.is_none() => Health::Failing,
            _ => Health::AsBefore,
        };
        let too_long = since.is_some_and(|since| self.now() - since >= GIVEN_UP);
        let failing = too_long && self.failed && !self.succeeded;
        Report {
            endpoint: self.duty.endpoint,
            mark: self.backlog.as_ref().map(|backlog| backlog.mark(&ids)),
            ids,
            rows,
            freed: self.freed.iter().copied().collect(),
            hasten: self.succeeded && self.breaker.has_opened(),
            give_up: self.give_up && self.flight.is_empty(),
            health,
            disable: self.disable.or(failing.then_some(DisabledReason::Failing)),
        }
    }

    /// It is written down.
    fn done_with(&mut self, report: Report) {
        if let (Some(backlog), Some(mark)) = (&mut self.backlog, report.mark) {
            backlog.recorded(&report.ids, mark);
        }
        if report.hasten {
            self.breaker = Breaker::closed();
        }
        match report.health {
            Health::Failing => self.standing.endpoint.failing_since = Some(self.now()),
            Health::Well => self.standing.endpoint.failing_since = None,
            Health::AsBefore => {}
        }
        if report.disable.is_some() {
            // It is another than it was.
            self.stale = true;
        }
        if self.wants_more() || !report.freed.is_empty() {
            self.look_at = Instant::now();
        }
        self.give_up &= !report.give_up;
        self.settled.clear();
        self.freed.clear();
        self.disable = None;
        (self.succeeded, self.failed) = (false, false);
        self.recorded_at = Instant::now();
        self.retry_at = None;
    }

    /// To be written down; who waits for it waits no longer.
    pub(super) fn settle(&mut self, row: Delivery) {
        if row.in_order && row.status != Status::Pending {
            self.freed.insert(row.subject_id);
        }
        self.settled.push(row);
    }
}
