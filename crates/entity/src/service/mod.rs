//! Service: what customers have of us, what they are promised, what they turn to us with.

/// What customers are promised for a time.
pub mod agreement;
/// What customers have of us.
pub mod asset;
pub mod asset_step;
/// What customers may ask of us.
pub mod entitlement;
pub mod queue;
pub mod request_link;
/// What is written about requests.
pub mod request_message;
pub mod request_watcher;
/// What products carry.
pub mod service_plan;
/// Service requests.
pub mod service_request;
/// Where service requests may stand.
pub mod service_status;
pub mod service_step;
