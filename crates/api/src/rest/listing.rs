use actix_web::{FromRequest, HttpRequest, dev::Payload};
use rapport_domain::{
    Error,
    kernel::{Described, Listing},
};
use rapport_entity::rule::Rule;
use serde::Deserialize;
use std::future::{Ready, ready};
use utoipa::ToSchema;

use crate::problem::ApiError;

/// The parameters of a list.
pub struct ListQuery(Vec<(String, String)>);

impl FromRequest for ListQuery {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let pairs = serde_urlencoded::from_str(req.query_string());
        ready(pairs.map(Self).map_err(|err| Error::Malformed(err.to_string()).into()))
    }
}

impl ListQuery {
    /// What the parameters ask of a list of `E`.
    pub fn of<E: Described>(&self) -> Result<Listing, Error> {
        Listing::from_query::<E>(&self.0, &["fields"])
    }
}

/// What a search asks for: the same as a list, as a body.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SearchRequest {
    /// Only the records of which this holds.
    filter: Option<Rule>,
    /// Only the records with a word that begins with each of these words.
    #[schema(max_length = 200)]
    q: Option<String>,
    /// The fields to sort by, separated by commas; `-` before one turns its order round.
    #[schema(max_length = 500)]
    sort: Option<String>,
    /// The `nextCursor` of the page before.
    #[schema(max_length = 2000)]
    cursor: Option<String>,
    /// At most so many.
    #[schema(minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// Whether to count all that the filter selects.
    count: Option<bool>,
    /// The deleted records, rather than the ones there are.
    deleted: Option<bool>,
}

impl SearchRequest {
    /// The listing that it asks for.
    pub fn listing(self) -> Result<Listing, Error> {
        let listing = Listing {
            filter: self.filter,
            q: self.q,
            sort: self.sort,
            cursor: self.cursor,
            limit: self.limit.unwrap_or(50),
            count: self.count.unwrap_or(false),
            deleted: self.deleted.unwrap_or(false),
        };
        listing.checked()
    }
}
