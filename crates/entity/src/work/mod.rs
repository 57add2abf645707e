//! What people have to do, when there is somebody, and what they are told.

/// When there is somebody.
pub mod business_calendar;
/// What a user is told.
pub mod notification;
/// What somebody has to do.
pub mod task;
/// Before something is too late.
pub mod warn_at;
