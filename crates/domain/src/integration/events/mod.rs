//! What happened, for whoever wants to know: page by page, or as it happens. Everybody reads the same log in the same
//! order, and of it what they may read at that moment.

mod feed;
mod kinds;
mod readable;
mod stream;

use rapport_entity::log::event::Event;

pub use feed::{After, FeedPage, LONGEST_WAIT, MOST_EVENTS, Wanted, page};
pub use kinds::{MOST_TYPES, is_told, parse_all};
pub(crate) use readable::readable;
pub use stream::{subscribe, subscribe_raw};

use super::cloud_event::event_type;
use crate::kernel::log::Entry;

/// An event as our own clients are told of it.
pub fn on_the_wire(entry: Entry) -> Event {
    let Entry { position, event } = entry;
    Event {
        id: event.id,
        cursor: position.to_string(),
        kind: event_type(&event.name),
        subject: event.subject_id,
        subject_version: event.subject_version,
        customer_id: event.customer_id,
        actor_kind: event.actor_kind,
        actor_id: event.actor_id,
        time: event.at,
        data: event.data,
    }
}

#[cfg(test)]
mod tests;
