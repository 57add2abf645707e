mod batches;
mod events;
mod exports;
mod history;
mod imports;
mod mappings;
mod sync;
mod webhook_deliveries;
mod webhook_endpoints;

pub use batches::BatchMutation;
pub use events::{EventQuery, EventSubscription};
pub use exports::{ExportMutation, ExportQuery, ExportSubscription};
pub use history::{HistoryQuery, timeline};
pub use imports::{ImportMutation, ImportQuery, ImportSubscription};
pub use mappings::{MappingMutation, MappingQuery};
pub use sync::{SyncMutation, SyncQuery};
pub use webhook_deliveries::{WebhookDeliveryMutation, WebhookDeliveryQuery};
pub use webhook_endpoints::{WebhookEndpointMutation, WebhookEndpointQuery};
