//! What follows when service requests do not go as they should.

mod due;
/// How requests are escalated.
pub mod escalations;
/// When requests are escalated, and what is done then.
pub mod rules;

pub use due::Escalations;
pub(super) use due::{look_at, look_when_waited};
