//! What customers are promised when they turn to us: business calendars and policies.

/// When there is somebody.
pub mod business_calendar;
/// What is promised of service requests.
pub mod service_policy;
