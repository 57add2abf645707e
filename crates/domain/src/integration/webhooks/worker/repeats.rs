//! Deliveries that were tried before, or are sent again because somebody asked for it.

use std::collections::HashSet;

use rapport_entity::integration::webhook_delivery::{Id as DeliveryId, Model as Delivery, Status};
use uuid::Uuid;

use super::{LANES, Worker};
use crate::{
    integration::{
        events::readable,
        webhooks::{backlog::Job, ledger, request, selection::selected},
    },
    kernel::{Entry, Position, Result},
};

impl Worker {
    /// Queues deliveries whose next attempt is due.
    pub(super) async fn look_for_repeats(&mut self) -> Result<Option<()>> {
        if self.repeats.len() >= LANES {
            return Ok(Some(()));
        }
        let limit = (2 * LANES + self.repeating.len() + self.settled.len()) as u64;
        let due = ledger::due(&self.duty.system, self.duty.endpoint, self.now(), limit).await?;
        let settled: HashSet<DeliveryId> = self.settled.iter().map(|row| row.id).collect();
        let is_new =
            |row: &Delivery| !self.repeating.contains(&row.id) && !settled.contains(&row.id);
        let due: Vec<Delivery> = due.into_iter().filter(is_new).collect();
        let due = match self.standing.endpoint.enabled {
            true => due,
            // One may try an endpoint before one enables it.
            false => due.into_iter().filter(|row| row.event_seq.is_none()).collect(),
        };
        // What may be told is asked now: the log has nothing to say of when it came due.
        if due.is_empty() {
            return Ok(Some(()));
        }
        if self.refresh().await?.is_none() {
            return Ok(None);
        }
        self.queue_repeats(due).await?;
        Ok(Some(()))
    }

    /// What may no longer be told, or has left the log, is given up.
    async fn queue_repeats(&mut self, due: Vec<Delivery>) -> Result<()> {
        let mut events = ledger::events(&self.duty.system, &due).await?;
        let entry = |event: &_| Entry { position: Position::default(), event: Clone::clone(event) };
        let entries: Vec<Entry> = events.iter().map(entry).collect();
        let readable: HashSet<Uuid> = match &self.standing.owner {
            Some(owner) => {
                readable(owner, entries.clone(), None).await?.iter().map(|e| e.event.id).collect()
            }
            None => HashSet::new(),
        };
        let selected = selected(&self.standing, &entries).await?;
        for mut row in due {
            let found = events.iter().position(|event| event.id == row.event_id);
            let event = match (row.event_seq, found) {
                (None, _) => Some(request::ping(&row)),
                (Some(_), Some(n)) => Some(events.swap_remove(n)),
                (Some(_), None) => None,
            };
            // What is sent once more is chosen now; what was chosen before must only still be allowed.
            let chosen = if row.in_order || row.attempt_count > 0 { &readable } else { &selected };
            let is_ping = row.event_seq.is_none();
            match event.filter(|event| is_ping || chosen.contains(&event.id)) {
                Some(event) => {
                    self.repeating.insert(row.id);
                    let body = request::body(event)?;
                    self.repeats.push_back(Job { row, body });
                }
                None => {
                    row.status = Status::Dead;
                    row.next_attempt_at = None;
                    self.settle(row);
                }
            }
        }
        Ok(())
    }

    /// One at a time about each record, in their order.
    pub(super) fn next_repeat(&mut self) -> Option<Job> {
        let free = |job: &Job| !self.repeated.contains(&job.row.subject_id);
        let job = self.repeats.iter().position(free).and_then(|n| self.repeats.remove(n))?;
        self.repeated.insert(job.row.subject_id);
        Some(job)
    }
}
