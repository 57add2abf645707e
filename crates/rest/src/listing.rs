use std::{
    borrow::Cow,
    future::{Ready, ready},
    marker::PhantomData,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use rapport_domain::{
    Error,
    kernel::{Described, FieldKind, Listing, MOST_KEYS, catalogue, parameter},
};
use rapport_entity::{Count, rule::Rule};
use rapport_http::problem::ApiError;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        ContentBuilder, OneOfBuilder, Ref, RefOr, Required, Schema, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::ObjectBuilder,
    },
};

use super::query::pairs;

/// The parameters of a list of `E`.
pub struct ListQuery<E>(Vec<(String, String)>, PhantomData<fn() -> E>);

impl<E> FromRequest for ListQuery<E> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(pairs(req.query_string()).map(|pairs| Self(pairs, PhantomData)).map_err(Into::into))
    }
}

impl<E> ListQuery<E> {
    /// Takes out a parameter that is not the list's. One that is given more than once is left to be refused.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let mut places = self.0.iter().enumerate().filter(|(_, (other, _))| other == name);
        match (places.next(), places.next()) {
            (Some((place, _)), None) => Some(self.0.remove(place).1),
            _ => None,
        }
    }
}

impl<E: Described> ListQuery<E> {
    /// What the parameters ask for.
    pub fn listing(&self) -> Result<Listing, Error> {
        Listing::from_query::<E>(&self.0, &["fields"])
    }
}

/// The parameters of every list, and one for each field of `E`. (`fields` is added where the answer is known.)
impl<E: Described> IntoParams for ListQuery<E> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let of = catalogue::<E>();
        let mut filter = named("filter", "Only the records of which this rule holds.");
        let rule = Ref::from_schema_name(format!("{}Rule", of.type_name()));
        filter = filter.content("application/json", ContentBuilder::new().schema(Some(rule)));
        let mut parameters = vec![filter.build()];
        let schemas = [
            ("q", WORDS, text(200)),
            ("sort", ORDER, sort::<E>()),
            ("cursor", CURSOR, text(2000)),
            (
                "limit",
                LIMIT,
                json!({ "type": "integer", "format": "int32", "minimum": 1, "maximum": 200, "default": 50 }),
            ),
            ("count", COUNT, json!({ "type": "boolean", "default": false })),
            ("deleted", DELETED, json!({ "type": "boolean", "default": false })),
        ];
        let taken = schemas.each_ref().map(|(name, _, _)| *name);
        parameters.extend(schemas.map(|(name, what, schema)| one(name, what, schema)));
        // Fields of these names are asked for by `filter`.
        let fields = of.fields.iter().filter(|field| !taken.contains(&field.name.as_str()));
        parameters.extend(fields.map(|field| {
            let what = match field.kind {
                FieldKind::Money => {
                    format!("Only where `{}` is this, in the workspace's currency.", field.name)
                }
                _ => format!("Only where `{}` is this.", field.name),
            };
            one(&field.name, &what, parameter(field))
        }));
        parameters
    }
}

const WORDS: &str = "Only the records with a word that begins with each of these words.";
const ORDER: &str = "The fields to sort by, separated by commas; `-` before one turns its order round. \
    Newest first where left out.";
const CURSOR: &str = "The `nextCursor` of the page before. One that is not ours, or of a list sorted otherwise, is not found.";
const LIMIT: &str = "At most so many.";
const COUNT: &str = "Whether to count all that the filter selects, as `total`.";
const DELETED: &str = "The deleted records, rather than the ones there are.";

fn named(name: &str, what: &str) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(what))
}

fn one(name: &str, what: &str, schema: Value) -> Parameter {
    let schema: Option<RefOr<Schema>> = serde_json::from_value(schema).ok();
    named(name, what).schema(schema).build()
}

fn text(most: usize) -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": most, "pattern": r"^[^\u0000]*$" })
}

fn sort<E: Described>() -> Value {
    let names: Vec<&str> =
        catalogue::<E>().fields.iter().map(|field| field.name.as_str()).collect();
    let key = format!("-?({})", names.join("|"));
    let more = MOST_KEYS - 1;
    json!({ "type": "string", "maxLength": 500, "pattern": format!("^{key}(,{key}){{0,{more}}}$") })
}

/// What a search asks for: the same as a list, as a body.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Search {
    /// Only the records of which this rule holds.
    filter: Option<Rule>,
    /// Only the records with a word that begins with each of these words.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\u0000]*$")]
    q: Option<String>,
    /// The fields to sort by, separated by commas; `-` before one turns its order round.
    sort: Option<String>,
    /// The `nextCursor` of the page before.
    #[schema(min_length = 1, max_length = 2000, pattern = r"^[^\u0000]*$")]
    cursor: Option<String>,
    /// At most so many; 50 where left out.
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 200)]
    limit: Option<Count>,
    /// Whether to count all that the filter selects, as `total`.
    count: Option<bool>,
    /// The deleted records, rather than the ones there are.
    deleted: Option<bool>,
}

/// What a search of `E` asks for.
pub struct SearchRequest<E>(Search, PhantomData<fn() -> E>);

impl<'de, E> Deserialize<'de> for SearchRequest<E> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Search::deserialize(from).map(|search| Self(search, PhantomData))
    }
}

impl<E: Described> SearchRequest<E> {
    /// The listing that it asks for.
    pub fn listing(self) -> Result<Listing, Error> {
        let search = self.0;
        let limit = search.limit.map_or(50, i64::from);
        let listing = Listing {
            filter: search.filter,
            q: search.q,
            sort: search.sort,
            cursor: search.cursor,
            limit: limit.unsigned_abs(),
            count: search.count.unwrap_or(false),
            deleted: search.deleted.unwrap_or(false),
        };
        listing.checked()
    }
}

impl<E: Described> PartialSchema for SearchRequest<E> {
    fn schema() -> RefOr<Schema> {
        let rule = Ref::from_schema_name(format!("{}Rule", catalogue::<E>().type_name()));
        let null = ObjectBuilder::new().schema_type(Type::Null);
        let filter = OneOfBuilder::new().item(rule).item(null).build();
        let mut schema = Search::schema();
        if let RefOr::T(Schema::Object(search)) = &mut schema {
            search.properties.insert("filter".to_owned(), Schema::from(filter).into());
            if let Some(RefOr::T(Schema::Object(order))) = search.properties.get_mut("sort") {
                let pattern = sort::<E>();
                order.pattern = pattern["pattern"].as_str().map(ToOwned::to_owned);
                order.max_length = Some(500);
            }
        }
        schema
    }
}

impl<E: Described> ToSchema for SearchRequest<E> {
    fn name() -> Cow<'static, str> {
        format!("{}Search", catalogue::<E>().type_name()).into()
    }
}

#[cfg(test)]
mod tests {
    use rapport_entity::customers::customer;
    use rapport_http::faults::faults;

    use super::*;

    fn pointers(body: &str) -> Vec<String> {
        type Request = SearchRequest<customer::Entity>;
        assert!(serde_json::from_str::<Request>(body).is_err());
        let faults = faults::<Request>(body.as_bytes());
        let mut pointers: Vec<String> = faults.into_iter().map(|fault| fault.pointer).collect();
        pointers.sort();
        pointers
    }

    #[test]
    fn the_faults_of_a_rule_keep_their_places() {
        let body = json!({ "filter": { "all": [
            { "nope": 1 },
            { "compare": { "field": "name", "eq": "x" } },
            { "compare": { "field": "name", "like": "x", "contains": null } },
            { "any": [{ "compare": 1 }, { "relation": { "name": "orders", "count": { "gte": -1 } } }] },
        ] } });
        let wrong = [
            "/filter/all/0",
            "/filter/all/2/compare/contains",
            "/filter/all/2/compare/like",
            "/filter/all/3/any/0/compare",
            "/filter/all/3/any/1/relation/count/gte",
        ];
        assert_eq!(pointers(&body.to_string()), wrong);
    }

    #[test]
    fn a_member_that_is_given_twice_is_named() {
        let body = r#"{"q":"a","q":"b"}"#;
        assert_eq!(pointers(body), ["/q"]);
    }
}
