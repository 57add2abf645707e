//! Words that records are marked with.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, InputType, InputValueError, InputValueResult, OutputType, ServerResult,
    Value as GqlValue, parser::types::Field, registry::Registry,
};
use sea_orm::Value;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Ref, RefOr, Schema, schema::ArrayBuilder},
};

use super::{Invalid, Tag, kept_as_json};

/// The tags of a record: each once, in alphabetical order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tags(Vec<Tag>);

/// The most tags that a record has.
const MOST: usize = 50;

impl Tags {
    /// The tags themselves.
    pub fn as_slice(&self) -> &[Tag] {
        &self.0
    }
}

impl Tags {
    /// These tags.
    ///
    /// # Errors
    /// Where they are too many.
    pub fn of(mut tags: Vec<Tag>) -> Result<Self, Invalid> {
        tags.sort();
        tags.dedup();
        match tags.len() {
            0..=MOST => Ok(Self(tags)),
            _ => Err(Invalid(format!("must be at most {MOST}"))),
        }
    }
}

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::of(Vec::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

impl From<Json> for Tags {
    fn from(json: Json) -> Self {
        serde_json::from_value(json).unwrap_or_default()
    }
}

/// No tags are kept as null, so that they take no room.
impl From<Tags> for Value {
    fn from(tags: Tags) -> Self {
        let words = || tags.0.iter().map(|tag| Json::from(tag.as_str())).collect();
        Self::Json((!tags.0.is_empty()).then(|| Box::new(Json::Array(words()))))
    }
}

kept_as_json!(Tags);

/// GraphQL: a list of tags.
impl OutputType for Tags {
    fn type_name() -> Cow<'static, str> {
        <Vec<Tag> as OutputType>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<Tag> as OutputType>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<Tag> as OutputType>::create_type_info(registry);
        <Self as OutputType>::qualified_type_name()
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &async_graphql::Positioned<Field>,
    ) -> ServerResult<GqlValue> {
        self.0.resolve(ctx, field).await
    }
}

impl InputType for Tags {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <Vec<Tag> as InputType>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<Tag> as InputType>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<Tag> as InputType>::create_type_info(registry);
        <Self as InputType>::qualified_type_name()
    }

    fn parse(value: Option<GqlValue>) -> InputValueResult<Self> {
        let tags = Vec::<Tag>::parse(value).map_err(InputValueError::propagate)?;
        Ok(Self::of(tags)?)
    }

    fn to_value(&self) -> GqlValue {
        self.0.to_value()
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl PartialSchema for Tags {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new()
            .items(Ref::from_schema_name("Tag"))
            .max_items(Some(MOST))
            .description(Some("The record's tags, each once."))
            .into()
    }
}

impl ToSchema for Tags {
    fn name() -> Cow<'static, str> {
        "Tags".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push(("Tag".to_owned(), Tag::schema()));
    }
}
