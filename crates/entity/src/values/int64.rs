use async_graphql::scalar;
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

use super::Invalid;

/// A whole number from 0 to 9,007,199,254,740,991 (what JSON numbers hold exactly);
/// GraphQL's `Int` ends at 2,147,483,647.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, DeriveValueType,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct Int64(i64);

scalar!(Int64, "Int64", "A whole number from 0 to 9,007,199,254,740,991.");

const MAX: i64 = 9_007_199_254_740_991;

impl TryFrom<i64> for Int64 {
    type Error = Invalid;

    fn try_from(number: i64) -> Result<Self, Invalid> {
        match (0..=MAX).contains(&number) {
            true => Ok(Self(number)),
            false => Err(Invalid(format!("must be from 0 to {MAX}"))),
        }
    }
}

impl From<Int64> for i64 {
    fn from(number: Int64) -> Self {
        number.0
    }
}

impl PartialSchema for Int64 {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(0))
            .maximum(Some(MAX))
            .into()
    }
}

impl ToSchema for Int64 {
    fn name() -> std::borrow::Cow<'static, str> {
        "Int64".into()
    }
}
