use std::fmt;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

use crate::values::{Invalid, check_length};

/// Defines a text that comes in and never goes out again: not in answers, not in errors, not in logs.
macro_rules! incoming {
    ($(#[doc = $doc:literal])+ $name:ident: $min:literal..=$max:literal, $normal:expr) => {
        $(#[doc = $doc])+
        #[derive(Clone, PartialEq, Eq, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        $(#[doc = $doc])+
        #[Scalar]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                match value {
                    Value::String(text) => Ok(text.try_into()?),
                    // The usual error would repeat what was sent.
                    _ => Err(InputValueError::custom("must be a string")),
                }
            }

            fn to_value(&self) -> Value {
                Value::Null
            }
        }

        impl $name {
            /// The text itself: name the reason where this is called.
            pub fn reveal(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                check_length(&text, $min, $max)?;
                let normal: fn(String) -> String = $normal;
                Ok(Self(normal(text)))
            }
        }

        impl std::str::FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                text.to_owned().try_into()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("[secret]")
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
                    .description(Some(concat!($($doc),+).trim()))
                    .min_length(Some($min))
                    .max_length(Some($max))
                    .write_only(true)
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

incoming! {
    /// A password that was set before.
    Password: 1..=128, normal
}
incoming! {
    /// A password to be set: 12 to 128 characters of any kind, none of the common ones.
    NewPassword: 12..=128, normal
}
incoming! {
    /// A token that was handed out before.
    Token: 1..=200, |token| token
}

/// The same password, whichever way the keyboard composes its letters (NIST SP 800-63B, NFKC).
fn normal(password: String) -> String {
    password.nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_counted_in_characters_and_compared_whatever_way_it_was_typed() {
        assert!("é".repeat(12).parse::<NewPassword>().is_ok());
        assert!("é".repeat(11).parse::<NewPassword>().is_err());
        assert!("é".repeat(129).parse::<Password>().is_err());
        let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}");
        assert_eq!(composed.parse::<Password>(), decomposed.parse());
    }

    #[test]
    fn nothing_shows_it() {
        let password: Password = "correct horse battery".parse().expect("a password");
        assert_eq!(format!("{password:?}"), "[secret]");
        assert_eq!(password.to_value(), Value::Null);
        let refused = NewPassword::try_from("short horse".to_owned()).expect_err("too short");
        assert!(!refused.to_string().contains("horse"));
        let refused = <Password as ScalarType>::parse(Value::from(12345)).expect_err("no string");
        assert!(!format!("{refused:?}").contains("12345"));
    }
}
