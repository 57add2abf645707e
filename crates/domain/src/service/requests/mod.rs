//! Service requests: what customers turn to us with, how it stands, who has it, and what was written about it.

pub(crate) mod course;
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

pub(crate) use inputs::prioritized;
pub use inputs::{NewServiceRequest, ServiceRequestPatch};
