//! The values of fields that a workspace defines itself.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value as GqlValue};
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr, Schema, Type,
        schema::{AdditionalProperties, SchemaType},
    },
};

use super::kept_as_json::kept_as_json;

/// Values of custom fields by the fields' keys. A field without a value is not among them; in a change, `null` clears a
/// field, and what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Custom(pub Map<String, Json>);

/// The most custom fields that a kind of record has.
pub const MOST_CUSTOM_FIELDS: usize = 100;

/// Values of custom fields by the fields' keys, e.g. `{"shoeSize": 42}`. A field without a value is not among them;
/// in a change, null clears a field, and what is left out stays as it is.
#[Scalar(name = "Custom")]
impl ScalarType for Custom {
    fn parse(value: GqlValue) -> InputValueResult<Self> {
        match value.into_json()? {
            Json::Object(values) => Ok(Self(values)),
            other => Err(InputValueError::expected_type(GqlValue::from_json(other)?)),
        }
    }

    fn to_value(&self) -> GqlValue {
        GqlValue::from_json(Json::Object(self.0.clone())).unwrap_or_default()
    }
}

/// What holds nothing is kept as null, so that it takes no room.
impl From<Custom> for Value {
    fn from(custom: Custom) -> Self {
        let values = Some(custom.0).filter(|values| !values.is_empty());
        Self::Json(values.map(|values| Box::new(Json::Object(values))))
    }
}

impl From<Json> for Custom {
    fn from(json: Json) -> Self {
        match json {
            Json::Object(values) => Self(values),
            _ => Self::default(),
        }
    }
}

kept_as_json!(Custom);

/// Which fields there are is in the workspace's own description (`GET /api/v1/openapi.json`).
impl PartialSchema for Custom {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Object))
            .description(Some(
                "Values of the workspace's custom fields by their keys. A field without a value is not among them; in a \
                 change, null clears a field, and what is left out stays as it is. Which fields there are is in the \
                 workspace's own description, `GET /api/v1/openapi.json`.",
            ))
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .property_names(Some(
                ObjectBuilder::new()
                    .schema_type(SchemaType::Type(Type::String))
                    .max_length(Some(40))
                    .pattern(Some(super::CustomKey::PATTERN)),
            ))
            .max_properties(Some(MOST_CUSTOM_FIELDS))
            .examples([serde_json::json!({})])
            .into()
    }
}

impl ToSchema for Custom {
    fn name() -> std::borrow::Cow<'static, str> {
        "Custom".into()
    }
}
