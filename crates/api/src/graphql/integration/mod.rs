mod events;
mod history;

pub use events::{EventQuery, EventSubscription};
pub use history::{HistoryQuery, timeline};
