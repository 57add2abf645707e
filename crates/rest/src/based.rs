use std::{borrow::Cow, fmt, marker::PhantomData};

use rapport_domain::kernel::Expected;
use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor, value::MapAccessDeserializer,
    },
};
use serde_json::json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

/// The member that says from which version a change is made.
const BASE: &str = "baseVersion";

/// A patch, and perhaps the version that it is made from: members that somebody else has changed since then conflict.
pub struct Based<T> {
    /// What to change.
    pub patch: T,
    base: Option<i32>,
}

impl<T> Based<T> {
    /// What the caller expects of the record.
    pub fn expected(&self, if_match: Expected) -> Expected {
        if_match.or_base(self.base)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Based<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Members(PhantomData))
    }
}

struct Members<T>(PhantomData<fn() -> T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Based<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Based<T>, A::Error> {
        let mut others = Others { map, base: None };
        let patch = T::deserialize(MapAccessDeserializer::new(&mut others))?;
        Ok(Based { patch, base: others.base })
    }
}

/// The members of a patch, of which one is not the patch's own.
struct Others<A> {
    map: A,
    base: Option<i32>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Others<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key::<String>()? {
            if key != BASE {
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
            if self.base.is_some() {
                return Err(A::Error::duplicate_field(BASE));
            }
            self.base = Some(self.map.next_value::<Version>()?.0);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

struct Version(i32);

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let version = i32::deserialize(from)?;
        if version < 1 {
            return Err(D::Error::custom("must be at least 1"));
        }
        Ok(Self(version))
    }
}

impl<T: ToSchema> PartialSchema for Based<T> {
    fn schema() -> RefOr<Schema> {
        let mut schema = T::schema();
        let base = serde_json::from_value::<RefOr<Schema>>(json!({
            "type": "integer",
            "format": "int32",
            "minimum": 1,
            "description": "The version that the change is made from: of what somebody else has changed since, \
                            only the same members conflict (409, with both values).",
        }));
        if let (RefOr::T(Schema::Object(object)), Ok(base)) = (&mut schema, base) {
            object.properties.insert(BASE.to_owned(), base);
        }
        schema
    }
}

impl<T: ToSchema> ToSchema for Based<T> {
    fn name() -> Cow<'static, str> {
        T::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    use rapport_domain::customers::customers::CustomerPatch;

    use super::*;

    fn read(json: &str) -> Result<Based<CustomerPatch>, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn the_version_a_patch_is_made_from_is_no_member_of_the_record() {
        let based = read(r#"{"name": "Ann", "baseVersion": 3, "city": null}"#).unwrap();
        assert_eq!(based.expected(Expected::Any), Expected::Base(3));
        assert_eq!(based.expected(Expected::Version(7)), Expected::Version(7));
        assert!(based.patch.name.is_some());
        assert_eq!(read("{}").unwrap().expected(Expected::Any), Expected::Any);
        for wrong in [
            r#"{"baseVersion": 0}"#,
            r#"{"baseVersion": null}"#,
            r#"{"baseVersion": 1, "baseVersion": 2}"#,
            r#"{"colour": "red"}"#,
            "[]",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
