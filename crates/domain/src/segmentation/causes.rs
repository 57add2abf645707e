//! Which change was it that somebody entered or left a segment by.

use std::collections::HashMap;

use rapport_entity::log::event;
use uuid::Uuid;

/// The last event of a stretch of the log that tells of a customer, or of a segment.
#[derive(Debug, Default)]
pub struct ToldBy(HashMap<Uuid, Uuid>);

impl ToldBy {
    /// Reads events, in their order.
    pub fn read(events: &[event::Model]) -> Self {
        let mut told = HashMap::with_capacity(events.len());
        for event in events {
            match event.customer_id {
                Some(customer) => told.insert(customer.uuid(), event.id),
                None => told.insert(event.subject_id, event.id),
            };
        }
        Self(told)
    }

    /// The event that told of a customer or a segment.
    pub fn of(&self, id: Uuid) -> Option<Uuid> {
        self.0.get(&id).copied()
    }

    /// Each of some, or all, customers and segments that were told of, and by which event.
    pub fn pairs(&self, among: Option<&[Uuid]>) -> (Vec<Uuid>, Vec<Uuid>) {
        match among {
            Some(ids) => ids.iter().filter_map(|id| Some((*id, self.of(*id)?))).unzip(),
            None => self.0.iter().map(|(id, event)| (*id, *event)).unzip(),
        }
    }
}
