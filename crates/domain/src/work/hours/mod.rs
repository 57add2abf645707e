//! When there is somebody: business calendars, by which the clocks of requests and leads count and agents work.

/// Calendars, as they are kept.
pub mod calendars;
mod laid_out;
/// Calendars, as they are shown.
pub mod openings;
mod terms;
mod users;
mod warnings;

pub use laid_out::hours_of;
pub(crate) use laid_out::{around_the_clock, draft, hours_by, laid_out};
pub(crate) use terms::{in_words, kept, open, warnings};
pub(crate) use users::{check, hold, judge, one_at_a_time};
pub(crate) use warnings::check_warnings;
