//! Service requests: what customers turn to us with, how it stands, who has it, and what was written about it.

pub(crate) mod course;
mod enquiries;
mod family;
mod followups;
/// Who has requests.
pub mod hands;
/// How requests came to stand as they do.
pub mod history;
mod inputs;
/// How requests have to do with one another.
pub mod links;
/// Requests that become parts of others.
pub mod merging;
/// What is written about requests.
pub mod messages;
/// How requests stand.
pub mod moves;
/// Requests.
pub mod requests;
mod saving;
/// Requests that are made of parts of others.
pub mod splitting;
/// Who is told what becomes of requests.
pub mod watchers;

#[cfg(test)]
mod tests;

pub(crate) use enquiries::{Enquiry, enquire};
pub use inputs::{NewServiceRequest, ServiceRequestPatch};
