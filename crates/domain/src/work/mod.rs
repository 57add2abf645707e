//! What people have to do, and what they are told.

/// What users are told.
pub mod notifications;
mod reminders;
/// What somebody has to do.
pub mod tasks;

pub use reminders::Reminders;
