use std::{fmt, str::FromStr};

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, Datelike, Utc};
use sea_orm::DeriveValueType;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

use super::{Invalid, moment};

/// A moment that a client names (RFC 3339), in whole microseconds, because PostgreSQL keeps no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, DeriveValueType)]
#[serde(transparent)]
pub struct Moment(DateTime<Utc>);

/// A moment (RFC 3339).
#[Scalar(name = "DateTime")]
impl ScalarType for Moment {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(text.parse()?),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        self.0.to_value()
    }
}

impl Moment {
    /// The moment, to reckon with.
    pub fn time(self) -> DateTime<Utc> {
        self.0
    }
}

impl From<DateTime<Utc>> for Moment {
    /// What is less than a microsecond is left out; years before 1 and after 9999 become these, which both databases
    /// keep and sort alike.
    fn from(time: DateTime<Utc>) -> Self {
        let micros = time.timestamp_micros().clamp(FIRST, LAST);
        Self(DateTime::from_timestamp_micros(micros).unwrap_or_default())
    }
}

/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z, in microseconds since 1970.
const FIRST: i64 = -62_135_596_800_000_000;
const LAST: i64 = 253_402_300_799_999_999;

impl FromStr for Moment {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let time = moment(text)?;
        match time.year() {
            0..=10_000 => Ok(time.into()),
            _ => Err(Invalid("must be in a year from 0001 to 9999".to_owned())),
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }
}

impl PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("A moment (RFC 3339); kept to the microsecond."))
            .examples(["2026-11-22T09:30:00Z"])
            .into()
    }
}

impl ToSchema for Moment {
    fn name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_same_on_both_databases() {
        let read = |text: &str| text.parse::<Moment>().map(|moment| moment.to_string());
        assert_eq!(
            read("2026-11-22T10:30:00.1234567+01:00").as_deref(),
            Ok("2026-11-22T09:30:00.123456Z")
        );
        assert_eq!(read("2016-12-31T23:59:60Z").as_deref(), Ok("2017-01-01T00:00:00Z"));
        assert_eq!(read("0001-01-01T00:00:00+01:00").as_deref(), Ok("0001-01-01T00:00:00Z"));
        assert_eq!(read("9999-12-31T23:59:59-23:59").as_deref(), Ok("9999-12-31T23:59:59.999999Z"));
        for wrong in ["2026-11-22", "2026-11-22 10:30:00Z", "+12026-11-22T00:00:00Z", "now", ""] {
            assert!(wrong.parse::<Moment>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        let json = "\"2026-11-22T09:30:00.100Z\"";
        let moment: Moment = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&moment).unwrap(), json);
    }
}
