//! Values from published catalogues: their schema lists every member, so that a client can offer the choice.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use super::Invalid;

macro_rules! catalogued {
    ($(#[doc = $doc:literal])+ $name:ident, $contains:expr, $members:expr) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, DeriveValueType)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

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
                Value::String(self.0.clone())
            }
        }

        impl $name {
            /// The code itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(code: String) -> Result<Self, Invalid> {
                let known: fn(&str) -> bool = $contains;
                match known(&code) {
                    true => Ok(Self(code)),
                    false => Err(Invalid(concat!("is not a known ", stringify!($name)).to_owned())),
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = Invalid;

            fn from_str(code: &str) -> Result<Self, Invalid> {
                code.to_owned().try_into()
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let members: fn() -> Vec<String> = $members;
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some(concat!($($doc),+).trim()))
                    .enum_values(Some(members()))
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

pub(crate) use catalogued;

catalogued! {
    /// A currency's ISO 4217 code.
    Currency, |code| iso_currency::Currency::from_code(code).is_some(), currencies
}
catalogued! {
    /// A country's ISO 3166-1 alpha-2 code.
    CountryCode, |code| rust_iso3166::from_alpha2(code).is_some(), countries
}
catalogued! {
    /// A time zone's IANA name.
    TimeZone, |name| name.parse::<chrono_tz::Tz>().is_ok(), zones
}

/// The currencies whose amounts have so many decimals.
pub fn currencies_with(decimals: u32) -> Vec<String> {
    let with = |code: &String| Currency(code.clone()).exponent() == decimals;
    currencies().into_iter().filter(with).collect()
}

fn currencies() -> Vec<String> {
    use iso_currency::IntoEnumIterator;
    sorted(iso_currency::Currency::iter().map(|currency| currency.code().to_owned()))
}

fn countries() -> Vec<String> {
    sorted(rust_iso3166::ALL.iter().map(|country| country.alpha2.to_owned()))
}

fn zones() -> Vec<String> {
    sorted(chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name().to_owned()))
}

fn sorted(codes: impl Iterator<Item = String>) -> Vec<String> {
    let mut codes: Vec<String> = codes.collect();
    codes.sort();
    codes
}

impl Currency {
    /// How many decimal places an amount in this currency has (ISO 4217 minor unit; 2 where none is defined).
    pub fn exponent(&self) -> u32 {
        iso_currency::Currency::from_code(&self.0)
            .and_then(|currency| currency.exponent())
            .map_or(2, u32::from)
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self("UTC".to_owned())
    }
}

impl TimeZone {
    /// The zone's rules.
    pub fn rules(&self) -> chrono_tz::Tz {
        self.0.parse().unwrap_or(chrono_tz::UTC)
    }
}
