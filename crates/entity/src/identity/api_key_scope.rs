use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use sea_orm::{DeriveValueType, FromJsonQueryResult};
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use super::role::Verb;
use crate::{
    RESOURCES,
    values::{Invalid, catalogued::catalogued},
};

catalogued! {
    /// What an API key is for: a resource and what is done to it, e.g. `customer:read`.
    ApiKeyScope, |text| parts(text).is_some(), members
}

/// What people alone do: signing in and out, and making keys. No key reaches it.
pub const OF_PEOPLE: [&str; 2] = ["session", "api_key"];

const VERBS: [(&str, Verb); 4] = [
    ("read", Verb::Read),
    ("create", Verb::Create),
    ("update", Verb::Update),
    ("delete", Verb::Delete),
];

fn resources() -> impl Iterator<Item = &'static str> {
    RESOURCES.into_iter().filter(|resource| !OF_PEOPLE.contains(resource))
}

fn parts(text: &str) -> Option<(&'static str, Verb)> {
    let (resource, verb) = text.split_once(':')?;
    let resource = resources().find(|known| *known == resource)?;
    VERBS.into_iter().find(|(name, _)| *name == verb).map(|(_, verb)| (resource, verb))
}

fn members() -> Vec<String> {
    let of = |resource| VERBS.map(|(verb, _)| format!("{resource}:{verb}"));
    resources().flat_map(of).collect()
}

/// What a key is for, as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Scopes(pub Vec<ApiKeyScope>);

impl Scopes {
    /// Whether the key is for doing this to a resource.
    pub fn cover(&self, resource: &str, verb: Verb) -> bool {
        !OF_PEOPLE.contains(&resource)
            && (self.0.is_empty()
                || self.0.iter().any(|scope| parts(scope.as_str()) == Some((resource, verb))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(texts: &[&str]) -> Scopes {
        Scopes(texts.iter().map(|text| text.parse().expect("a scope")).collect())
    }

    #[test]
    fn a_scope_is_a_resource_and_a_verb_that_keys_can_have() {
        for known in members() {
            assert!(known.parse::<ApiKeyScope>().is_ok(), "{known}");
        }
        for unknown in ["", ":", "customer", "customer:", "customer:READ", "customer:*", "x:read"] {
            assert!(unknown.parse::<ApiKeyScope>().is_err(), "{unknown}");
        }
        assert!("session:read".parse::<ApiKeyScope>().is_err());
        assert!("api_key:create".parse::<ApiKeyScope>().is_err());
    }

    #[test]
    fn no_scopes_are_all_but_what_is_of_people() {
        assert!(scopes(&[]).cover("customer", Verb::Delete));
        assert!(!scopes(&[]).cover("session", Verb::Read));
        assert!(!scopes(&[]).cover("api_key", Verb::Create));
        let some = scopes(&["customer:read", "order:create"]);
        assert!(some.cover("customer", Verb::Read) && some.cover("order", Verb::Create));
        assert!(!some.cover("customer", Verb::Create) && !some.cover("order", Verb::Read));
    }
}
