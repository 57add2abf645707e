//! Service requests: what customers turn to us with, how it stands, who has it, and what was written about it.

/// Who is answering requests.
pub mod answering;
pub(crate) mod course;
mod enquiries;
mod family;
mod followups;
/// Who has requests.
pub mod hands;
/// How requests came to stand as they do.
pub mod history;
/// Requests that come with their past.
pub(crate) mod importing;
mod inputs;
/// How requests have to do with one another.
pub mod links;
/// Requests that become parts of others.
pub mod merging;
/// What is written about requests.
pub mod messages;
/// How requests stand.
pub mod moves;
/// Requests that are taken from queues.
pub mod next;
/// What a past comes to.
pub(crate) mod past;
/// Requests.
pub mod requests;
mod saving;
/// Requests that are made of parts of others.
pub mod splitting;
/// Who is told what becomes of requests.
pub mod watchers;

#[cfg(test)]
mod tests;

pub(in crate::service) use course::check_going_on;
pub(in crate::service) use followups::follow_with;
pub(in crate::service) use saving::{give, notice, notify_one, save};
pub(in crate::service) use watchers::tell;

pub(crate) use enquiries::{Enquiry, enquire};
pub(crate) use inputs::prioritized;
pub use inputs::{NewServiceRequest, ServiceRequestPatch};
