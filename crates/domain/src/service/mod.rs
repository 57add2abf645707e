//! Service: what customers turn to us with, what they have of us, what they are promised.

/// What users can do for service.
pub mod agents;
/// What customers are promised for a time.
pub mod agreements;
/// What customers have of us.
pub mod assets;
/// Who gets requests that wait.
pub mod assignment;
/// Files that belong to requests and to what is written about them.
pub mod attachments;
/// Answers that are written once and sent often.
pub mod canned_answers;
/// When there is somebody, what is promised within these hours, and what comes of it.
pub mod clocks;
/// What customers are not content with.
pub mod complaints;
pub(crate) mod defaults;
/// What customers may ask of us.
pub mod entitlements;
/// What follows when requests do not go as they should.
pub mod escalation;
/// E-mail that comes in.
pub mod mail;
mod ordered;
/// Where requests wait for somebody.
pub mod queues;
pub mod requests;
/// Which queues requests come into.
pub mod routing;
/// What products carry.
pub mod service_plans;
/// Where assets stand and service is done.
pub mod sites;
mod skills;
/// Where requests may stand.
pub mod statuses;
/// What customers say of us.
pub mod surveys;
