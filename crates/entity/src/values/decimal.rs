//! Exact decimal numbers: on the wire text, in the database whole numbers of their smallest part.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use rust_decimal::Decimal;
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use super::Invalid;

/// A decimal number with bounded digits, written plainly: no exponent, no leading `+`, no group separators.
pub fn decimal(text: &str, whole: u32, decimals: u32, signed: bool) -> Result<Decimal, Invalid> {
    let refuse = || {
        let sign = if signed { ", perhaps negative," } else { "" };
        Invalid(format!("must be a decimal number{sign} with at most {whole} + {decimals} digits"))
    };
    let digits = if signed { text.strip_prefix('-').unwrap_or(text) } else { text };
    let (left, right) = digits.split_once('.').map_or((digits, None), |(l, r)| (l, Some(r)));
    let plain = |part: &str, most: u32| {
        (1..=most as usize).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    if !plain(left, whole) || right.is_some_and(|right| !plain(right, decimals)) {
        return Err(refuse());
    }
    text.parse().map_err(|_| refuse())
}

/// A number of thousandths, from a decimal number as text with at most three decimals.
///
/// # Errors
/// Where it is none, or has more than twelve whole digits.
pub fn thousandths(text: &str) -> Result<i64, Invalid> {
    let parts = decimal(text, 12, 3, true)? * Decimal::from(1000);
    parts.try_into().map_err(|_| Invalid("is too large".to_owned()))
}

/// A number of thousandths as a decimal number in text, without zeros at its end.
pub fn of_thousandths(number: i64) -> String {
    Decimal::new(number, 3).normalize().to_string()
}

/// Defines a decimal number that is never negative, whose validator and published schema are made from the same bounds.
macro_rules! decimal {
    ($(#[doc = $doc:literal])+ $name:ident: $whole:literal + $decimals:literal, up to $most:literal, as $pattern:literal, e.g. $($example:literal),+) => {
        $(#[doc = $doc])+
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType,
        )]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(i64);

        $(#[doc = $doc])+
        #[Scalar]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                match value {
                    Value::String(text) => Ok(text.try_into()?),
                    other => Err(InputValueError::expected_type(other)),
                }
            }

            fn to_value(&self) -> Value {
                Value::String(String::from(*self))
            }
        }

        impl $name {
            /// How many of its smallest part make one.
            const PARTS: i64 = 10_i64.pow($decimals);
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                let parts = decimal(&text, $whole, $decimals, false)? * Decimal::from(Self::PARTS);
                match i64::try_from(parts) {
                    Ok(parts) if parts <= $most * Self::PARTS => Ok(Self(parts)),
                    _ => Err(Invalid(concat!("must be at most ", $most).to_owned())),
                }
            }
        }

        impl From<$name> for String {
            fn from(number: $name) -> Self {
                Decimal::new(number.0, $decimals).normalize().to_string()
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some(concat!($($doc),+).trim()))
                    .max_length(Some($whole + $decimals + 1))
                    .pattern(Some($pattern))
                    .examples([$($example),+])
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

decimal! {
    /// How many of a thing: a decimal number as text with at most three decimals, up to 99,999.999.
    Quantity: 5 + 3, up to 100_000, as r"^[0-9]{1,5}(\.[0-9]{1,3})?$", e.g. "2", "1.5"
}
decimal! {
    /// A percentage: a decimal number as text with at most three decimals, from 0 to 100.
    Percentage: 3 + 3, up to 100, as r"^(100(\.0{1,3})?|[0-9]{1,2}(\.[0-9]{1,3})?)$", e.g. "19", "8.1"
}
decimal! {
    /// What one unit of a currency is worth in another: a decimal number as text with at most twelve decimals, up to 1,000,000.
    ConversionRate: 7 + 12, up to 1_000_000, as r"^(1000000(\.0{1,12})?|[0-9]{1,6}(\.[0-9]{1,12})?)$", e.g. "1.0843", "0.0061"
}

impl Quantity {
    /// One.
    pub const ONE: Self = Self(1000);

    /// In thousandths.
    pub fn thousandths(self) -> i64 {
        self.0
    }

    /// So many thousandths, where that is not too many or less than none.
    pub fn from_thousandths(parts: i64) -> Option<Self> {
        (0..=100_000 * Self::PARTS).contains(&parts).then_some(Self(parts))
    }

    /// Whether it is more than none.
    pub fn is_some(self) -> bool {
        self.0 > 0
    }

    /// What this many cost at a unit price, in minor units, half to even.
    pub fn times(self, unit_price_minor: i64) -> Option<i64> {
        share(unit_price_minor, self.0, Self::PARTS)
    }

    /// What one costs, in minor units, where this many cost an amount; none where that is no whole number.
    pub fn each_of(self, amount_minor: i64) -> Option<i64> {
        let thousandths = i128::from(amount_minor) * 1000;
        let each = thousandths.checked_div(self.0.into())?;
        (each * i128::from(self.0) == thousandths).then(|| each.try_into().ok())?
    }
}

impl Percentage {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// All of it.
    pub const ALL: Self = Self(100 * Self::PARTS);

    /// So much of an amount, in minor units, half to even.
    pub fn of(self, amount_minor: i64) -> Option<i64> {
        share(amount_minor, self.0, 100 * Self::PARTS)
    }

    /// In thousandths of a percent.
    pub fn thousandths(self) -> i64 {
        self.0
    }
}

impl ConversionRate {
    /// What an amount of a currency with so many decimals is in one with other decimals, in minor units, half to even.
    pub fn convert(self, amount_minor: i64, from_decimals: u32, to_decimals: u32) -> Option<i64> {
        let exact = Decimal::try_from_i128_with_scale(amount_minor.into(), from_decimals).ok()?;
        let there = exact.checked_mul(Decimal::new(self.0, 12))?;
        there.checked_mul(Decimal::from(10_i64.pow(to_decimals)))?.round().try_into().ok()
    }
}

/// `amount × part / whole`, half to even.
fn share(amount_minor: i64, part: i64, whole: i64) -> Option<i64> {
    let (product, whole) = (i128::from(amount_minor) * i128::from(part), i128::from(whole));
    let (below, rest) = (product.div_euclid(whole), product.rem_euclid(whole));
    let up = match (rest * 2).cmp(&whole) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => below % 2 != 0,
    };
    i64::try_from(below + i128::from(up)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_times_a_price_is_rounded_half_to_even() {
        let half = Quantity::try_from("0.5".to_owned());
        assert_eq!(half.as_ref().ok().and_then(|q| q.times(5)), Some(2));
        assert_eq!(half.ok().and_then(|q| q.times(7)), Some(4));
        assert_eq!(Quantity::ONE.times(-3), Some(-3));
    }

    #[test]
    fn the_price_of_one_is_exact_or_none() {
        let two = Quantity::try_from("2".to_owned()).unwrap();
        assert_eq!((two.each_of(10), two.each_of(2933)), (Some(5), None));
        assert_eq!(Quantity::try_from("0".to_owned()).unwrap().each_of(10), None);
    }

    #[test]
    fn a_number_of_thousandths_comes_back_as_it_was() {
        for text in ["0", "-1.5", "99999.999", "100", "123456789012.001"] {
            assert_eq!(thousandths(text).map(of_thousandths), Ok(text.to_owned()));
        }
        assert!(thousandths("1.2345").is_err());
    }

    #[test]
    fn a_percentage_of_an_amount_is_rounded_half_to_even() {
        let of = |percentage: &str, minor| {
            Percentage::try_from(percentage.to_owned()).unwrap().of(minor)
        };
        assert_eq!(
            (of("50", 5), of("50", 7), of("50", -5), of("50", -7)),
            (Some(2), Some(4), Some(-2), Some(-4))
        );
        assert_eq!(
            (of("33.333", 100_000), of("100", i64::MAX), of("0", 9)),
            (Some(33_333), Some(i64::MAX), Some(0))
        );
        for wrong in ["100.001", "-1", "1.2345", "1e1", "", "101"] {
            assert!(Percentage::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_amount_is_converted_exactly_and_rounded_once() {
        let rate = |rate: &str| ConversionRate::try_from(rate.to_owned()).unwrap();
        // 1,000 yen (no decimals) at 0.0061 are 6.10 euros; 12.345 dinars (three decimals) at 3.2515 are 40.14 dollars.
        assert_eq!(rate("0.0061").convert(1000, 0, 2), Some(610));
        assert_eq!(rate("3.2515").convert(12_345, 3, 2), Some(4014));
        assert_eq!(rate("1000000").convert(i64::MAX, 0, 4), None);
    }
}
