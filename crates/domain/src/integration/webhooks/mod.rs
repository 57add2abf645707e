//! Webhooks: events are posted to endpoints as they happen, signed as Standard Webhooks 1.0 says.
//!
//! Each endpoint is a reader of the log. The node that has its lease runs a [`worker`] for it, which reads, sends and
//! records: what got through, what has to be tried again and when, and how far it has read, in one short transaction that
//! holds only while the lease does. Nothing is open on the database while an answer is waited for. A crash in between repeats
//! what was sent and not recorded, under the same `webhook-id`: at least once, never not at all.

mod backlog;
mod breaker;
/// What was sent, and sending it again.
pub mod deliveries;
mod dispatcher;
/// Where events are sent.
pub mod endpoints;
mod leases;
mod ledger;
mod report;
mod request;
mod schedule;
mod secrets;
mod selection;
mod standing;
mod verdict;
mod worker;

pub use dispatcher::{Dispatcher, Settings};

use rapport_entity::integration::webhook_endpoint;
use tokio::sync::watch;

/// The name under which an endpoint reads the log.
fn reader(endpoint: webhook_endpoint::Id) -> String {
    format!("webhook:{endpoint}")
}

/// Ends once we are told to stop, or nobody is left who could tell us.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
