use std::{fmt, str::FromStr};

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

use super::Invalid;

/// A day, `YYYY-MM-DD` (RFC 3339 `full-date`). Nothing looser is read: the contract says `format: date`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    DeriveValueType,
)]
#[serde(try_from = "String", into = "String")]
pub struct Date(NaiveDate);

/// A day, `YYYY-MM-DD`.
#[Scalar]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(text.try_into()?),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}

impl Date {
    /// The day, to reckon with.
    pub fn day(self) -> NaiveDate {
        self.0
    }

    /// The day of the year, as month × 100 + day: what anniversaries are found by.
    pub fn of_year(self) -> i32 {
        (self.0.month() * 100 + self.0.day()) as i32
    }
}

impl TryFrom<NaiveDate> for Date {
    type Error = Invalid;

    fn try_from(day: NaiveDate) -> Result<Self, Invalid> {
        match day.year() {
            1..=9999 => Ok(Self(day)),
            _ => Err(Invalid("must be in a year from 0001 to 9999".to_owned())),
        }
    }
}

impl FromStr for Date {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let shaped = text.len() == 10
            && text.bytes().enumerate().all(|(n, byte)| match n {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        let day: Option<NaiveDate> = shaped.then(|| text.parse().ok()).flatten();
        day.ok_or_else(|| Invalid("must be a date, YYYY-MM-DD".to_owned()))?.try_into()
    }
}

impl TryFrom<String> for Date {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialSchema for Date {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            .description(Some("A day."))
            .examples(["2017-12-31"])
            .into()
    }
}

impl ToSchema for Date {
    fn name() -> std::borrow::Cow<'static, str> {
        "Date".into()
    }
}

/// A moment from text as RFC 3339 has it, and no looser (chrono's own parser takes days without a leading zero).
///
/// # Errors
/// Where it is none.
pub fn moment(text: &str) -> Result<DateTime<Utc>, Invalid> {
    let refuse = || Invalid("must be a time, RFC 3339".to_owned());
    if !text.as_bytes().get(10).is_some_and(|separator| matches!(separator, b'T' | b't')) {
        return Err(refuse());
    }
    let time = DateTime::parse_from_rfc3339(text).map_err(|_| refuse())?;
    Ok(time.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_as_the_contract_says_and_no_looser() {
        assert!("2017-12-31".parse::<Date>().is_ok());
        for loose in ["2017-1-1", " 2017-12-31", "+12017-12-31", "2017-02-30", "20171231", ""] {
            assert!(loose.parse::<Date>().is_err(), "{loose}");
        }
    }

    #[test]
    fn a_moment_is_read_as_the_contract_says_and_no_looser() {
        assert!(moment("2017-12-31T23:59:59.123456+01:00").is_ok());
        assert!(moment("2017-12-31T23:59:59Z").is_ok());
        for loose in ["2017-12-31 23:59:59Z", "2017-12-31T23:59:59", "2017-1-1T1:2:3Z", "2017"] {
            assert!(moment(loose).is_err(), "{loose}");
        }
    }
}
