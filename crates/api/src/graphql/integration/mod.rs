mod events;
mod history;
mod webhook_deliveries;
mod webhook_endpoints;

pub use events::{EventQuery, EventSubscription};
pub use history::{HistoryQuery, timeline};
pub use webhook_deliveries::{WebhookDeliveryMutation, WebhookDeliveryQuery};
pub use webhook_endpoints::{WebhookEndpointMutation, WebhookEndpointQuery};
