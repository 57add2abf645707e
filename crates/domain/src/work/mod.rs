//! What people have to do, when there is somebody, and what they are told.

/// When there is somebody.
pub mod hours;
/// What users are told.
pub mod notifications;
mod reminders;
/// What somebody has to do.
pub mod tasks;

pub use reminders::Reminders;
