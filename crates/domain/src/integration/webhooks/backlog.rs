//! What an endpoint's worker has read of the log and is not done with.

use std::collections::{HashMap, HashSet, VecDeque};

use hyper::body::Bytes;
use rapport_entity::integration::webhook_delivery::{Id, Model};
use uuid::Uuid;

use crate::kernel::Position;

/// A delivery, and what is to be posted.
#[derive(Debug)]
pub struct Job {
    /// The delivery, as it is written down, or will be.
    pub row: Model,
    /// The event.
    pub body: Bytes,
}

/// First deliveries, in the order of the log for each record; and how far of the log all is done with.
#[derive(Debug, Default)]
pub struct Backlog {
    /// How far was read.
    read: Position,
    /// How far it is written down that all is done with.
    saved: Position,
    /// How far all is done with.
    done: Position,
    /// What was read since, in order, with the delivery that came of it.
    window: VecDeque<(Position, Option<Id>)>,
    /// The deliveries that are not written down yet.
    open: HashSet<Id>,
    /// Those to be sent, by the record that they are about: one after the other.
    queues: HashMap<Uuid, VecDeque<Job>>,
    /// The records of which the next can be sent.
    ready: VecDeque<Uuid>,
    /// The records of which one is being sent.
    busy: HashSet<Uuid>,
}

impl Backlog {
    /// Nothing read beyond a place.
    pub fn at(position: Position) -> Self {
        Self { read: position, saved: position, done: position, ..Self::default() }
    }

    /// Where to read on.
    pub fn read(&self) -> Position {
        self.read
    }

    /// How many deliveries wait or are being sent.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// How many events were read beyond what is done with.
    pub fn window(&self) -> usize {
        self.window.len()
    }

    /// An event that is not to be sent.
    pub fn pass(&mut self, at: Position) {
        self.read = at;
        self.window.push_back((at, None));
    }

    /// An event that is written down with the next record, without being sent.
    pub fn put_by(&mut self, at: Position, id: Id) {
        self.read = at;
        self.window.push_back((at, Some(id)));
        self.open.insert(id);
    }

    /// An event that is to be sent.
    pub fn push(&mut self, at: Position, job: Job) {
        self.put_by(at, job.row.id);
        let subject = job.row.subject_id;
        let queue = self.queues.entry(subject).or_default();
        if queue.is_empty() && !self.busy.contains(&subject) {
            self.ready.push_back(subject);
        }
        queue.push_back(job);
    }

    /// What can be sent next. Nothing else about the same record is, until [`Backlog::landed`].
    pub fn pop(&mut self) -> Option<Job> {
        let subject = self.ready.pop_front()?;
        let queue = self.queues.get_mut(&subject)?;
        let job = queue.pop_front();
        if queue.is_empty() {
            self.queues.remove(&subject);
        }
        self.busy.insert(subject);
        job
    }

    /// Whether there is something to send.
    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The one about a record that was being sent has been answered or given up.
    pub fn landed(&mut self, subject: Uuid) {
        if self.busy.remove(&subject) && self.queues.contains_key(&subject) {
            self.ready.push_back(subject);
        }
    }

    /// Everything about a record that waits to be sent: it is not going to be, for now.
    pub fn take(&mut self, subject: Uuid) -> Vec<Job> {
        self.ready.retain(|ready| *ready != subject);
        self.queues.remove(&subject).map(Vec::from).unwrap_or_default()
    }

    /// Forgets what is done with, up to what is not.
    pub fn compact(&mut self) {
        while let Some((at, id)) = self.window.front()
            && id.is_none_or(|id| !self.open.contains(&id))
        {
            self.done = *at;
            self.window.pop_front();
        }
    }

    /// How far all is done with, once these are.
    pub fn mark(&self, also: &HashSet<Id>) -> Position {
        let done =
            |id: &Option<Id>| id.is_none_or(|id| !self.open.contains(&id) || also.contains(&id));
        let last = self.window.iter().take_while(|(_, id)| done(id)).last();
        last.map_or(self.done, |(at, _)| *at)
    }

    /// These are written down, and how far all is done with.
    pub fn recorded(&mut self, these: &HashSet<Id>, mark: Position) {
        self.open.retain(|id| !these.contains(id));
        self.compact();
        self.saved = mark;
    }

    /// Whether what is written down lags behind `mark`.
    pub fn lags(&self, mark: Position) -> bool {
        self.saved != mark
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integration::webhooks::ledger::new_delivery;
    use rapport_entity::log::event::{self, ActorKind};
    use serde_json::json;

    fn at(seq: i64) -> Position {
        Position { tx: 0, seq }
    }

    fn job(seq: u128, subject: u128) -> Job {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let event = event::Model {
            seq: seq as i64,
            workspace_id: Uuid::from_u128(1).into(),
            id: Uuid::from_u128(seq),
            name: "order.updated".into(),
            subject_id: Uuid::from_u128(subject),
            subject_version: 1,
            customer_id: None,
            actor_kind: ActorKind::System,
            actor_id: None,
            at: now,
            data: json!({}),
        };
        Job { row: new_delivery(Uuid::from_u128(2).into(), &event, now), body: Bytes::new() }
    }

    fn seq(job: &Job) -> i64 {
        job.row.event_seq.unwrap()
    }

    #[test]
    fn one_record_is_sent_in_order_while_others_go_ahead() {
        let mut backlog = Backlog::at(at(0));
        for (seq, subject) in [(1, 7), (2, 7), (3, 8)] {
            backlog.push(at(seq), job(seq as u128, subject));
        }
        let first = backlog.pop().unwrap();
        let other = backlog.pop().unwrap();
        assert_eq!((seq(&first), seq(&other)), (1, 3));
        assert!(backlog.pop().is_none(), "the second of 7 waits for the first");
        backlog.landed(first.row.subject_id);
        assert_eq!(seq(&backlog.pop().unwrap()), 2);
        assert!(!backlog.has_ready());
    }

    #[test]
    fn the_mark_never_passes_what_is_not_written_down() {
        let mut backlog = Backlog::at(at(0));
        backlog.pass(at(1));
        backlog.push(at(2), job(2, 7));
        backlog.push(at(3), job(3, 8));
        backlog.pass(at(4));
        assert_eq!(backlog.mark(&HashSet::new()), at(1));
        let (two, three) = (backlog.pop().unwrap().row.id, backlog.pop().unwrap().row.id);
        // The later one is done first: after a crash the earlier one must be read again.
        let these = HashSet::from([three]);
        assert_eq!(backlog.mark(&these), at(1));
        backlog.recorded(&these, at(1));
        assert_eq!((backlog.window(), backlog.len()), (3, 1));
        let these = HashSet::from([two]);
        assert_eq!(backlog.mark(&these), at(4));
        backlog.recorded(&these, at(4));
        assert_eq!((backlog.window(), backlog.len(), backlog.read()), (0, 0, at(4)));
        assert!(!backlog.lags(backlog.mark(&HashSet::new())));
    }

    #[test]
    fn what_waits_behind_a_failure_is_taken_out() {
        let mut backlog = Backlog::at(at(0));
        for n in 1..=3 {
            backlog.push(at(n), job(n as u128, 7));
        }
        let first = backlog.pop().unwrap();
        let waiting = backlog.take(first.row.subject_id);
        backlog.landed(first.row.subject_id);
        assert_eq!(waiting.iter().map(seq).collect::<Vec<_>>(), [2, 3]);
        assert!(backlog.pop().is_none());
        let all = waiting.iter().map(|job| job.row.id).chain([first.row.id]).collect();
        assert_eq!(backlog.mark(&all), at(3));
    }
}
