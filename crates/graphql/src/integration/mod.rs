mod batches;
mod events;
mod exports;
mod history;
mod imports;
mod mappings;
mod sync;
mod webhook_deliveries;
mod webhook_endpoints;

use async_graphql::{MergedObject, MergedSubscription};
use batches::BatchMutation;
use events::{EventQuery, EventSubscription};
use exports::{ExportMutation, ExportQuery, ExportSubscription};
use history::HistoryQuery;
use imports::{ImportMutation, ImportQuery, ImportSubscription};
use mappings::{MappingMutation, MappingQuery};
use sync::{SyncMutation, SyncQuery};
use webhook_deliveries::{WebhookDeliveryMutation, WebhookDeliveryQuery};
use webhook_endpoints::{WebhookEndpointMutation, WebhookEndpointQuery};

pub use history::timeline;

/// What can be asked of other systems.
#[derive(Default, MergedObject)]
pub struct IntegrationQuery(
    EventQuery,
    HistoryQuery,
    SyncQuery,
    WebhookEndpointQuery,
    WebhookDeliveryQuery,
    ImportQuery,
    MappingQuery,
    ExportQuery,
);

/// What can be done with other systems.
#[derive(Default, MergedObject)]
pub struct IntegrationMutation(
    SyncMutation,
    BatchMutation,
    WebhookEndpointMutation,
    WebhookDeliveryMutation,
    ImportMutation,
    MappingMutation,
    ExportMutation,
);

/// What can be followed of other systems.
#[derive(Default, MergedSubscription)]
pub struct IntegrationSubscription(EventSubscription, ImportSubscription, ExportSubscription);
