mod events;
mod exports;
mod history;
mod imports;
mod mappings;

pub use events::{EventQuery, EventSubscription};
pub use exports::{ExportMutation, ExportQuery, ExportSubscription};
pub use history::{HistoryQuery, timeline};
pub use imports::{ImportMutation, ImportQuery, ImportSubscription};
pub use mappings::{MappingMutation, MappingQuery};
