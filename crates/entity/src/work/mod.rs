//! What people have to do, and what they are told.

/// What a user is told.
pub mod notification;
/// What somebody has to do.
pub mod task;
