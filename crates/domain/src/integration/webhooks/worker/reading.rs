//! What is read of the log, and of what has come due.

use std::collections::HashSet;

use rapport_entity::integration::{
    webhook_delivery::Id as DeliveryId, webhook_endpoint::DisabledReason,
};
use tokio::time::Instant;
use uuid::Uuid;

use super::{FRESH, LEISURE, PAGE, READY, SOON, WINDOW, Worker};
use crate::{
    integration::webhooks::{
        backlog::{Backlog, Job},
        ledger, reader, request,
        selection::{is_for, selected},
        standing::{Standing, changes},
    },
    kernel::{Entry, Position, Result, log},
};

impl Worker {
    /// Looks at what has come due and what was committed. `None` where the endpoint is gone.
    pub(super) async fn look(&mut self) -> Result<Option<()>> {
        self.looked_at = Instant::now();
        self.look_at = self.looked_at + if self.is_waiting() { FRESH } else { LEISURE };
        // A disabled one may have been enabled since; it reads no log that would tell. That an API key expires no log tells.
        let (disabled, old) = (!self.standing.endpoint.enabled, self.known_at.elapsed() >= FRESH);
        let unheard = disabled || self.standing.endpoint.api_key_id.is_some();
        if disabled && !old {
            self.look_at = self.known_at + FRESH;
        }
        if (self.stale || (unheard && old)) && self.refresh().await?.is_none() {
            return Ok(None);
        }
        if self.look_for_repeats().await?.is_none() {
            return Ok(None);
        }
        if self.standing.endpoint.enabled && self.wants_more() {
            return self.read().await;
        }
        Ok(Some(()))
    }

    /// Learns anew what the endpoint is and what its owner may read.
    pub(super) async fn refresh(&mut self) -> Result<Option<()>> {
        let known_at = Instant::now();
        let Some(standing) = Standing::of(&self.duty.system, self.duty.endpoint).await? else {
            return Ok(None);
        };
        self.standing = standing;
        self.known_at = known_at;
        self.stale = false;
        if !self.standing.endpoint.enabled {
            self.give_up |= self.backlog.take().is_some();
            self.blocked.clear();
        } else if self.standing.owner.is_none() {
            self.disable = Some(DisabledReason::Owner);
        }
        Ok(Some(()))
    }

    pub(super) fn wants_more(&self) -> bool {
        let room = |backlog: &Backlog| {
            backlog.len() < READY
                && backlog.window() < WINDOW
                && !(self.breaker.is_open() && (backlog.has_ready() || !self.may_probe()))
        };
        self.backlog.as_ref().is_none_or(room)
    }

    /// Whether a new event may be sent to an endpoint that did not answer lately.
    pub(super) fn may_probe(&self) -> bool {
        self.breaker.lets_through() && self.flight.is_empty()
    }

    /// Reads the log where it was left off.
    async fn read(&mut self) -> Result<Option<()>> {
        let workspace = self.duty.system.actor().workspace;
        let db = self.duty.system.reader().await?;
        if self.backlog.is_none() {
            let position = log::position(&db, workspace, &reader(self.duty.endpoint)).await?;
            let Some(position) = position else { return Ok(None) };
            self.backlog = Some(Backlog::at(position));
            self.unchecked = WINDOW;
        }
        let from = self.backlog.as_ref().map_or(Position::default(), Backlog::read);
        let entries = log::read(&db, workspace, from, PAGE).await?;
        if entries.is_empty() {
            if log::goes_on(&db, workspace, from).await? {
                self.look_at = Instant::now() + self.delay;
                self.delay = (self.delay * 2).min(FRESH);
            }
            return Ok(Some(()));
        }
        drop(db);
        self.delay = SOON;
        self.look_at = Instant::now();
        let endpoint = &self.standing.endpoint;
        let concerned = entries.iter().any(|entry| is_for(&entry.event, endpoint));
        let changed = entries.iter().any(|entry| changes(&entry.event, self.duty.endpoint));
        let old = concerned && self.known_at.elapsed() >= FRESH;
        if (changed || old) && self.refresh().await?.is_none() {
            return Ok(None);
        }
        self.take_in(entries).await?;
        Ok(Some(()))
    }

    /// Queues those of some events that are to be sent.
    async fn take_in(&mut self, entries: Vec<Entry>) -> Result<()> {
        let mut selected = selected(&self.standing, &entries).await?;
        if self.unchecked > 0 {
            let ids = entries.iter().filter(|entry| selected.contains(&entry.event.id));
            let ids: Vec<Uuid> = ids.map(|entry| self.delivery_id(entry).uuid()).collect();
            let known = ledger::known(&self.duty.system, &ids).await?;
            let is_new = |entry: &&Entry| !known.contains(&self.delivery_id(entry).uuid());
            let new: HashSet<Uuid> = entries.iter().filter(is_new).map(|e| e.event.id).collect();
            selected.retain(|id| new.contains(id));
            self.unchecked = self.unchecked.saturating_sub(entries.len());
        }
        let now = self.now();
        // Where the endpoint was disabled meanwhile, it reads on from elsewhere when it is enabled.
        let Some(backlog) = &mut self.backlog else { return Ok(()) };
        for Entry { position, event } in entries {
            if !selected.contains(&event.id) {
                backlog.pass(position);
                continue;
            }
            let row = ledger::new_delivery(self.duty.endpoint, &event, now);
            if self.blocked.contains(&row.subject_id) {
                backlog.put_by(position, row.id);
                self.settled.push(row);
            } else {
                backlog.push(position, Job { row, body: request::body(event)? });
            }
        }
        backlog.compact();
        Ok(())
    }

    fn delivery_id(&self, entry: &Entry) -> DeliveryId {
        ledger::delivery_id(self.duty.endpoint, entry.event.id)
    }
}
