//! Rows and value types. One file per table; where nothing has to be hidden or joined, a row is also its REST body
//! and its GraphQL fields. No queries here: the domain crate alone reaches the database.

pub mod approvals;
pub mod customers;
#[doc(hidden)]
pub mod decode;
pub mod identity;
pub mod integration;
pub mod lifecycle;
pub mod log;
pub mod ownership;
pub mod plays;
mod resource;
pub mod rule;
pub mod sales;
pub mod segmentation;
pub mod service;
pub mod values;
pub mod work;

pub use resource::{Extended, Extension, Owner, RESOURCES, Resource, Scoped, Versioned};
pub use values::{
    ClockTime, ConversionRate, Count, CountryCode, Currency, Custom, CustomKey, Date, DayCount,
    DayShift, Days, Email, EventType, Expression, ExternalId, Hours, Id, Int64, Invalid, Label,
    LanguageCode, LoginEmail, MailId, Moment, Money, Month, MonthCount, MonthOfYear, Name, Network,
    OpenTime, Origin, Percent, Percentage, Phone, Points, Priority, Probability, Purpose, Quantity,
    Reach, RequestLimit, RfmScore, ScoreKey, Seconds, Shift, SkillKey, SkillLevel, Sku, Slug,
    Source, Span, StatusKey, Tag, Tags, Text, TimeOfDay, TimeZone, Url, Year,
};
