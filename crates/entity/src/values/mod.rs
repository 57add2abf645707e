//! Value types: they are parsed once, at the edge, and are the same on REST, GraphQL, in events and in the database.

pub(crate) mod catalogued;
mod choice;
mod custom;
mod date;
mod decimal;
mod duration;
mod fold;
mod id;
mod kept_as_json;
mod moment;
mod money;
mod span;
mod tags;
mod text;
mod whole;

pub use catalogued::{CountryCode, Currency, TimeZone};
pub(crate) use choice::choice;
pub use custom::{Custom, MOST_CUSTOM_FIELDS};
pub use date::{Date, moment};
pub use decimal::{ConversionRate, Percentage, Quantity, of_thousandths, thousandths};
pub use duration::duration;
pub use fold::{beginning, fold, search_terms};
pub use id::Id;
pub(crate) use kept_as_json::{kept_as_json, list_as_json};
pub use moment::Moment;
pub use money::{Amount, Money, amount_pattern};
pub use tags::Tags;
pub(crate) use text::check_length;
pub use text::{
    ClockTime, CustomKey, DateFormat, DayShift, Days, Delimiter, Email, EventType, Expression,
    ExternalId, Hours, Label, LanguageCode, LoginEmail, MailId, Month, Name, Network, OpenTime,
    Origin, Phone, Purpose, Reach, ScoreKey, Shift, SkillKey, Sku, Slug, Source, Span, StatusKey,
    Tag, Text, TimeOfDay, Url,
};

pub use whole::{
    Count, DayCount, Int64, MonthCount, MonthOfYear, Percent, Points, Priority, Probability,
    RequestLimit, RfmScore, Seconds, SkillLevel, Year, whole,
};

/// Why a value was refused, in words for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub String);
