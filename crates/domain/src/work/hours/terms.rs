//! What is promised in business hours, and how long something takes, as clocks have it and as it is kept and shown.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rapport_clocks::Percent;
use rapport_entity::{OpenTime, values::duration, work::warn_at::WarnAt};

/// So much open time.
pub(crate) fn open(time: &OpenTime) -> Duration {
    Duration::from_secs(u64::from(time.minutes()) * 60)
}

/// When is warned.
pub(crate) fn warnings(at: &WarnAt) -> impl Iterator<Item = Percent> + '_ {
    let percent = |percent| Percent::new(u8::try_from(i64::from(percent)).unwrap_or_default());
    at.0.iter().filter_map(move |part| percent(*part))
}

/// A length, in whole seconds (ISO 8601).
pub(crate) fn in_words(length: Duration) -> String {
    duration(i64::try_from(length.as_secs()).unwrap_or(i64::MAX))
}

/// A moment, to the microsecond that is kept of it.
pub(crate) fn kept(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}
