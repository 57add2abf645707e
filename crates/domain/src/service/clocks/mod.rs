//! Service clocks: when there is somebody, and what is promised within these hours. They are reckoned by `rapport_clocks`.

pub mod calendars;
pub mod openings;
pub mod policies;
mod terms;

pub use terms::{hours_of, terms_of};
