//! Service clocks: when there is somebody, and what is promised within these hours. They are reckoned by `rapport_clocks`.

/// When there is somebody.
pub mod calendars;
pub mod openings;
/// What is promised.
pub mod policies;
mod terms;

pub use terms::{hours_of, terms_of};
