//! Service clocks: when there is somebody, and what is promised within these hours. They are reckoned by `rapport_clocks`.

/// When there is somebody.
pub mod calendars;
mod choice;
mod due;
mod kept;
mod many;
/// Business hours, laid out.
pub mod openings;
/// What is promised.
pub mod policies;
/// The clocks of requests, and why they stand as they do.
pub mod shown;
/// What a policy would have made of what has happened.
pub mod simulation;
mod story;
mod terms;

pub(in crate::service) use choice::laid_out;
pub use due::ServiceClocks;
pub(in crate::service) use kept::{begin, follow, follow_quietly};
pub(in crate::service) use many::{Promises, Told, keep, mark};
pub(in crate::service) use policies::hold_calendar;
pub use terms::{hours_of, terms_of};
