mod events;
mod history;
mod sync;
mod webhook_deliveries;
mod webhook_endpoints;

pub use events::{EventQuery, EventSubscription};
pub use history::{HistoryQuery, timeline};
pub use sync::{SyncMutation, SyncQuery};
pub use webhook_deliveries::{WebhookDeliveryMutation, WebhookDeliveryQuery};
pub use webhook_endpoints::{WebhookEndpointMutation, WebhookEndpointQuery};
