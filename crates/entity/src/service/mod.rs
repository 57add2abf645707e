//! Service: what customers have of us, what they are promised, what they turn to us with.

/// What customers are promised for a time.
pub mod agreement;
/// What customers have of us.
pub mod asset;
pub mod asset_step;
/// When there is somebody.
pub mod business_calendar;
/// What service clocks are looked at by.
pub mod compliance;
/// What customers may ask of us.
pub mod entitlement;
pub mod queue;
pub mod request_link;
/// What is written about requests.
pub mod request_message;
pub mod request_watcher;
/// What is promised of requests, and what came of it.
pub mod service_clock;
/// What products carry.
pub mod service_plan;
/// What is promised of service requests.
pub mod service_policy;
/// Service requests.
pub mod service_request;
/// Where service requests may stand.
pub mod service_status;
pub mod service_step;
