//! What customers turn to us with: service requests, their statuses, messages and queues.

pub mod queue;
pub mod request_link;
/// What is written about requests.
pub mod request_message;
pub mod request_watcher;
/// Service requests.
pub mod service_request;
/// Where service requests may stand.
pub mod service_status;
pub mod service_step;
