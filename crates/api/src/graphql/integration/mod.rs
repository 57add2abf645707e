mod events;
mod history;
mod sync;

pub use events::{EventQuery, EventSubscription};
pub use history::{HistoryQuery, timeline};
pub use sync::{SyncMutation, SyncQuery};
