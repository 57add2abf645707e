//! How a request is answered, and what is said of what went wrong.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
};
use async_graphql::{ErrorExtensionValues, Pos, Response, ServerError, Value, value};
use rapport_domain::Error;
use rapport_http::{problem, trace};
use serde::Serialize;

use super::{bounds, negotiate::Media};

/// What is wrong with a request that is not executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The request's parameters are wrong.
    Malformed,
    /// The query's text is too long.
    TooLarge,
    /// The query's text is not GraphQL.
    Syntax,
    /// The query does not fit the schema.
    Validation,
    /// The query asks for too much.
    TooComplex,
    /// Too many operations are under way on a socket.
    TooMany,
    /// An operation that changes things, by GET.
    MethodNotAllowed,
    /// There is no query with this hash. (The name that Apollo's clients look for.)
    PersistedQueryNotFound,
    /// Nobody, or nobody we know, is asking.
    Unauthenticated,
}

impl Code {
    /// The `extensions.code`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "query_too_large",
            Self::Syntax => "graphql_parse_failed",
            Self::Validation => "graphql_validation_failed",
            Self::TooComplex => "query_too_complex",
            Self::TooMany => "too_many_operations",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::Unauthenticated => "unauthenticated",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// An error of ours about the request itself.
pub fn refuse(code: Code, message: impl Into<String>, at: Option<Pos>) -> ServerError {
    let mut err = ServerError::new(message, at);
    let extensions = err.extensions.get_or_insert_with(ErrorExtensionValues::default);
    extensions.set("code", code.name());
    extensions.set("status", i32::from(code.status().as_u16()));
    err
}

/// Why a request is not executed.
#[derive(Debug)]
pub struct Refusal {
    /// What is wrong.
    pub errors: Vec<ServerError>,
    /// What it would have cost, where that is known.
    pub cost: Option<u64>,
    /// The status of the answer, whatever media type it is of; `None` where the media type decides.
    status: Option<StatusCode>,
}

impl Refusal {
    /// The request cannot be understood: its parameters are wrong.
    pub fn of_request(errors: Vec<ServerError>) -> Self {
        Self { errors, cost: None, status: Some(StatusCode::BAD_REQUEST) }
    }

    /// The request is one, but its query is not to be executed.
    pub fn of_query(errors: Vec<ServerError>) -> Self {
        Self { errors, cost: None, status: None }
    }

    /// Nobody is signed in.
    pub fn of_strangers(errors: Vec<ServerError>) -> Self {
        Self { errors, cost: None, status: Some(StatusCode::UNAUTHORIZED) }
    }

    /// A mutation by GET.
    pub fn of_method() -> Self {
        let message = "only queries may be sent by GET: use POST";
        let errors = vec![refuse(Code::MethodNotAllowed, message, None)];
        Self { errors, cost: None, status: Some(StatusCode::METHOD_NOT_ALLOWED) }
    }

    /// The caller has asked for too much of late.
    pub fn of_budget(err: Error) -> Self {
        let errors = vec![async_graphql::Error::from(err).into_server_error(Pos::default())];
        Self { errors, cost: None, status: Some(StatusCode::TOO_MANY_REQUESTS) }
    }

    /// With what it would have cost.
    pub fn costing(self, cost: u64) -> Self {
        Self { cost: Some(cost), ..self }
    }
}

/// An answer as it is sent. There is no `data` at all where the request was not executed.
#[derive(Debug, Serialize)]
pub struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ServerError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extensions: Option<Value>,
    #[serde(skip)]
    status: Option<StatusCode>,
}

/// The most errors that are told of.
const MOST: usize = 100;

impl Answer {
    /// The outcome of an execution.
    pub fn executed(response: Response, cost: u64) -> Self {
        let not_begun = response.data == Value::Null
            && !response.errors.is_empty()
            && response.errors.iter().all(|err| err.path.is_empty());
        let mut errors = response.errors;
        errors.truncate(MOST);
        errors.iter_mut().for_each(complete);
        let status = (!not_begun).then(|| executed_status(&response.data, &errors));
        let data = match response.data {
            _ if not_begun => None,
            // Everything was skipped.
            Value::Null if errors.is_empty() => Some(value!({})),
            data => Some(data),
        };
        Self { data, errors, extensions: Some(cost_extension(cost)), status }
    }

    /// Whether the request was executed, however that ended.
    pub fn was_executed(&self) -> bool {
        self.data.is_some()
    }

    /// The answer over HTTP.
    pub fn http(&self, media: Media) -> HttpResponse {
        let status = self.status.unwrap_or(match media {
            Media::GraphQl => StatusCode::BAD_REQUEST,
            Media::Json => StatusCode::OK,
        });
        let mut response = HttpResponse::build(status);
        response
            .insert_header((header::CONTENT_TYPE, media.content_type()))
            .insert_header((header::VARY, "Accept"));
        self.add_headers(status, &mut response);
        response.body(serde_json::to_string(self).unwrap_or_default())
    }

    fn add_headers(&self, status: StatusCode, response: &mut HttpResponseBuilder) {
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, problem::CHALLENGE));
        } else if status == StatusCode::METHOD_NOT_ALLOWED {
            response.insert_header((header::ALLOW, "POST"));
        }
        let waits = self.errors.iter().filter_map(|err| match extension(err, "retryAfter")? {
            Value::Number(seconds) => seconds.as_u64(),
            _ => None,
        });
        if let Some(seconds) = waits.max() {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let Refusal { mut errors, cost, status } = refusal;
        errors.truncate(MOST);
        errors.iter_mut().for_each(complete);
        Self { data: None, errors, extensions: cost.map(cost_extension), status }
    }
}

fn cost_extension(requested: u64) -> Value {
    value!({ "cost": { "requested": requested, "limit": bounds::COST } })
}

/// 200, except where HTTP itself has something to do about what went wrong: sign in, or wait.
fn executed_status(data: &Value, errors: &[ServerError]) -> StatusCode {
    let told = |wanted: u16| errors.iter().any(|err| status(err) == Some(wanted));
    match data {
        _ if told(401) => StatusCode::UNAUTHORIZED,
        Value::Null if told(429) => StatusCode::TOO_MANY_REQUESTS,
        Value::Null if told(503) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    }
}

fn status(err: &ServerError) -> Option<u16> {
    match extension(err, "status")? {
        Value::Number(status) => status.as_u64()?.try_into().ok(),
        _ => None,
    }
}

fn extension<'a>(err: &'a ServerError, name: &str) -> Option<&'a Value> {
    err.extensions.as_ref()?.get(name)
}

/// Gives an error the members that a problem has. What is neither ours nor about the request stays with us.
fn complete(err: &mut ServerError) {
    if problem::domain_error(err).is_some() {
        problem::extend(err);
        return;
    }
    if extension(err, "code").is_none() {
        let (code, status) = classify(err);
        let extensions = err.extensions.get_or_insert_with(ErrorExtensionValues::default);
        extensions.set("code", code);
        extensions.set("status", status);
    }
    let extensions = err.extensions.get_or_insert_with(ErrorExtensionValues::default);
    extensions.set("traceId", trace::id());
}

/// How async-graphql begins what it says of an argument that it cannot read.
const UNREADABLE: [&str; 3] =
    ["Failed to parse \"", "Expected input type \"", "Invalid value for argument \""];

fn classify(err: &mut ServerError) -> (&'static str, i32) {
    if err.path.is_empty() {
        (Code::Validation.name(), 400)
    } else if UNREADABLE.iter().any(|beginning| err.message.starts_with(beginning)) {
        ("invalid", 422)
    } else {
        tracing::error!(error = err.message, path = ?err.path, "internal error");
        err.message = "internal error".to_owned();
        ("internal", 500)
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::PathSegment;
    use rapport_domain::Fault;

    use super::*;

    fn at_a_field(message: &str) -> ServerError {
        ServerError::new(message, None).with_path(vec![PathSegment::Field("a".to_owned())])
    }

    fn of_ours(err: Error) -> ServerError {
        let err = async_graphql::Error::from(err).into_server_error(Pos::default());
        err.with_path(vec![PathSegment::Field("a".to_owned())])
    }

    fn json(answer: &Answer) -> serde_json::Value {
        serde_json::to_value(answer).unwrap()
    }

    #[test]
    fn an_answer_to_what_was_not_executed_has_no_data() {
        let unknown = ServerError::new("Unknown field \"x\" on type \"Query\".", None);
        let answer = Answer::executed(Response::from_errors(vec![unknown]), 7);
        assert!(!answer.was_executed());
        let body = json(&answer);
        assert!(body.get("data").is_none());
        assert_eq!(body["errors"][0]["extensions"]["code"], "graphql_validation_failed");
        assert_eq!(body["extensions"]["cost"], serde_json::json!({"requested": 7, "limit": 10000}));
        assert_eq!(answer.http(Media::Json).status(), 200);
        assert_eq!(answer.http(Media::GraphQl).status(), 400);
    }

    #[test]
    fn an_execution_that_failed_is_still_one() {
        let invalid = Error::Invalid(vec![Fault::new("/first", "is wrong")]);
        let answer = Answer::executed(Response::from_errors(vec![of_ours(invalid)]), 1);
        let body = json(&answer);
        assert!(body["data"].is_null() && body.get("data").is_some());
        assert_eq!(body["errors"][0]["extensions"]["errors"][0]["pointer"], "/first");
        assert_eq!(answer.http(Media::GraphQl).status(), 200);
    }

    #[test]
    fn http_says_to_sign_in_or_to_wait() {
        let answer =
            |err| Answer::executed(Response::from_errors(vec![of_ours(err)]), 1).http(Media::Json);
        let stranger = answer(Error::Unauthenticated);
        assert_eq!(stranger.status(), 401);
        assert!(stranger.headers().contains_key(header::WWW_AUTHENTICATE));
        let hasty = answer(Error::Throttled(7));
        assert_eq!(hasty.status(), 429);
        assert_eq!(hasty.headers().get(header::RETRY_AFTER).unwrap(), "7");
        assert_eq!(answer(Error::internal("x")).status(), 200);
    }

    #[test]
    fn what_is_not_about_the_request_is_not_told() {
        for (message, code, told) in [
            ("Data `alloc::Secret` does not exist.", "internal", "internal error"),
            ("Failed to parse \"Email\": no", "invalid", "Failed to parse \"Email\": no"),
        ] {
            let mut err = at_a_field(message);
            complete(&mut err);
            assert_eq!(extension(&err, "code"), Some(&Value::from(code)));
            assert_eq!(err.message, told);
        }
        let mut err = of_ours(Error::internal("the password is 42"));
        complete(&mut err);
        assert_eq!(err.message, "internal error");
    }
}
