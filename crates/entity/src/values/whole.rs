use async_graphql::{InputValueError, InputValueResult, Number, Scalar, ScalarType, Value};
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

use super::Invalid;

/// The largest whole number that every JSON reader holds exactly.
const LARGEST: i64 = 9_007_199_254_740_991;

/// The whole number that a JSON number is: `1.0` is one too (JSON Schema 2020-12, 6.1.1).
pub fn whole(number: &serde_json::Number) -> Option<i64> {
    let float =
        || number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= LARGEST as f64);
    let whole = number.as_i64().or_else(|| float().map(|float| float as i64))?;
    (-LARGEST..=LARGEST).contains(&whole).then_some(whole)
}

/// Defines a whole number whose validator and published schema are made from the same bounds.
macro_rules! whole {
    ($(#[doc = $doc:literal])+ $name:ident($of:ty, $format:ident): $min:literal..=$max:literal) => {
        $(#[doc = $doc])+
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType,
        )]
        #[serde(try_from = "serde_json::Number", into = "i64")]
        pub struct $name($of);

        $(#[doc = $doc])+
        #[Scalar]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                match value.clone() {
                    Value::Number(number) => {
                        let whole = number.as_i64().ok_or(Invalid("must be a whole number".to_owned()))?;
                        Ok(whole.try_into()?)
                    }
                    _ => Err(InputValueError::expected_type(value)),
                }
            }

            fn to_value(&self) -> Value {
                Value::Number(Number::from(self.0))
            }
        }

        impl TryFrom<serde_json::Number> for $name {
            type Error = Invalid;

            fn try_from(number: serde_json::Number) -> Result<Self, Invalid> {
                whole(&number).ok_or_else(|| Invalid("must be a whole number".to_owned()))?.try_into()
            }
        }

        impl TryFrom<i64> for $name {
            type Error = Invalid;

            fn try_from(number: i64) -> Result<Self, Invalid> {
                match <$of>::try_from(number) {
                    Ok(number) if ($min..=$max).contains(&number) => Ok(Self(number)),
                    _ => Err(Invalid(concat!("must be from ", $min, " to ", $max).to_owned())),
                }
            }
        }

        impl From<$name> for i64 {
            fn from(number: $name) -> Self {
                number.0.into()
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::Integer)
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::$format)))
                    .description(Some(concat!($($doc),+).trim()))
                    .minimum(Some($min as i64))
                    .maximum(Some($max as i64))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

whole! {
    /// A whole number up to 9,007,199,254,740,991, which is what JSON numbers hold exactly.
    /// (GraphQL's own `Int` ends at 2,147,483,647.)
    Int64(i64, Int64): 0..=9_007_199_254_740_991
}
whole! {
    /// How many there are of something.
    Count(i32, Int32): 0..=2_147_483_647
}
whole! {
    /// How many days something goes on.
    DayCount(i32, Int32): 0..=36_500
}
whole! {
    /// How many months something goes on: fifty years at most.
    MonthCount(i32, Int32): 1..=600
}
whole! {
    /// How many requests somebody is entitled to.
    RequestLimit(i32, Int32): 1..=1_000_000
}
whole! {
    /// How many seconds something takes, an hour at most.
    Seconds(i32, Int32): 0..=3600
}
whole! {
    /// A year.
    Year(i32, Int32): 1000..=9999
}

whole! {
    /// A recency, frequency or monetary score: from 1, the lowest, to 5.
    RfmScore(i32, Int32): 1..=5
}
whole! {
    /// How well somebody can do something: from 1 to 5, the best.
    SkillLevel(i32, Int32): 1..=5
}
whole! {
    /// What comes first where several apply: the highest, from 0 to 1,000.
    Priority(i32, Int32): 0..=1000
}
whole! {
    /// A share in percent, from 1 to 100.
    Percent(i32, Int32): 1..=100
}
whole! {
    /// How likely something is, in percent, from 0 to 100.
    Probability(i32, Int32): 0..=100
}

whole! {
    /// A month of any year: 1 is January, 12 December.
    MonthOfYear(i32, Int32): 1..=12
}

impl Default for MonthOfYear {
    /// January.
    fn default() -> Self {
        Self(1)
    }
}

whole! {
    /// Points that are added to a score, or taken from it: -100 to 100.
    Points(i32, Int32): -100..=100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_may_be_written_with_a_point() {
        let read = |json: &str| serde_json::from_str::<Year>(json).ok().map(i64::from);
        assert_eq!(read("2001"), Some(2001));
        assert_eq!(read("2001.0"), Some(2001));
        assert_eq!(read("2.001e3"), Some(2001));
        assert_eq!(read("2001.5"), None);
        assert_eq!(read("999"), None);
        assert_eq!(read("1e300"), None);
        assert_eq!(read("\"2001\""), None);
    }
}
