//! How operations fail: each in the ways that it can, all in the same shape.

use serde_json::{Value, json};

use super::{
    each_operation,
    operations::{CONDITIONAL, header, is_secured, tell_limits},
    verb,
};

/// A way to fail.
struct Failure {
    status: &'static str,
    name: &'static str,
    description: &'static str,
    code: &'static str,
    title: &'static str,
    detail: &'static str,
    /// What is wrong with which member.
    wrong: &'static [(&'static str, &'static str)],
}

const FAILURES: [Failure; 13] = [
    Failure {
        status: "400",
        name: "BadRequest",
        description: "The request cannot be read.",
        code: "malformed",
        title: "Bad Request",
        detail: "the body is no JSON: EOF while parsing an object at line 1 column 1",
        wrong: &[],
    },
    Failure {
        status: "401",
        name: "Unauthorized",
        description: "Nobody, or nobody we know, is asking.",
        code: "unauthenticated",
        title: "Unauthorized",
        detail: "sign in first",
        wrong: &[],
    },
    Failure {
        status: "403",
        name: "Forbidden",
        description: "The caller's role does not give leave.",
        code: "forbidden",
        title: "Forbidden",
        detail: "your role may not update this customer",
        wrong: &[],
    },
    Failure {
        status: "404",
        name: "NotFound",
        description: "There is no such record (or cursor), or none that the caller may know of.",
        code: "not_found",
        title: "Not Found",
        detail: "no such customer",
        wrong: &[],
    },
    Failure {
        status: "408",
        name: "RequestTimeout",
        description: "The body took too long to arrive.",
        code: "request_timeout",
        title: "Request Timeout",
        detail: "the body took too long",
        wrong: &[],
    },
    Failure {
        status: "409",
        name: "Conflict",
        description: "The request is well-formed, but does not fit what is there.",
        code: "conflict",
        title: "Conflict",
        detail: "/customerId: is no customer",
        wrong: &[("/customerId", "is no customer")],
    },
    Failure {
        status: "412",
        name: "PreconditionFailed",
        description: "`If-Match` names no version that the record has: it has changed since.",
        code: "stale",
        title: "Precondition Failed",
        detail: "the record has changed since: its version is 4",
        wrong: &[],
    },
    Failure {
        status: "413",
        name: "ContentTooLarge",
        description: "The body is larger than this server takes.",
        code: "payload_too_large",
        title: "Payload Too Large",
        detail: "the body is too large",
        wrong: &[],
    },
    Failure {
        status: "415",
        name: "UnsupportedMediaType",
        description: "The body is not JSON in UTF-8, or does not say that it is.",
        code: "unsupported_media_type",
        title: "Unsupported Media Type",
        detail: "the body must be application/json, in UTF-8",
        wrong: &[],
    },
    Failure {
        status: "422",
        name: "Invalid",
        description: "The request can be read, but members or parameters are wrong: all of them are named.",
        code: "invalid",
        title: "Unprocessable Entity",
        detail: "2 members are wrong",
        wrong: &[("/name", "is needed"), ("/phone", r"must match ^\+[1-9][0-9]{6,14}$")],
    },
    Failure {
        status: "429",
        name: "TooManyRequests",
        description: "Too many requests, or too many tries to sign in.",
        code: "throttled",
        title: "Too Many Requests",
        detail: "too many requests; wait 60 seconds",
        wrong: &[],
    },
    Failure {
        status: "500",
        name: "InternalError",
        description: "A fault of ours. It is in our logs under its `traceId`.",
        code: "internal",
        title: "Internal Server Error",
        detail: "internal error",
        wrong: &[],
    },
    Failure {
        status: "503",
        name: "Unavailable",
        description: "The database cannot be reached, is busy or is full.",
        code: "unavailable",
        title: "Service Unavailable",
        detail: "the database is not available; try again",
        wrong: &[],
    },
];

/// Adds to each operation the ways in which it can fail.
pub fn complete(document: &mut Value) {
    let responses = FAILURES.iter().map(|failure| (failure.name.to_owned(), failure.response()));
    document["components"]["responses"] = Value::Object(responses.collect());
    each_operation(document, |path, method, operation| {
        let statuses = statuses(path, method, operation);
        let Some(responses) = operation["responses"].as_object_mut() else { return };
        responses.remove("default");
        for failure in FAILURES.iter().filter(|failure| statuses.contains(&failure.status)) {
            let reference = json!({ "$ref": format!("#/components/responses/{}", failure.name) });
            responses.entry(failure.status).or_insert(reference);
        }
    });
}

/// In which ways an operation can fail.
fn statuses(path: &str, method: &str, operation: &Value) -> Vec<&'static str> {
    let (verb, _) = verb(operation);
    let listed = ["list", "search"].contains(&verb);
    let mut statuses = vec!["400", "401", "429", "500", "503"];
    if is_secured(operation) {
        statuses.push("403");
    }
    if path.contains('{') || listed {
        statuses.push("404");
    }
    if method != "get" || listed || path.ends_with("/file") {
        statuses.push("409");
    }
    if CONDITIONAL.contains(&verb) {
        statuses.push("412");
    }
    if operation["requestBody"].is_object() {
        statuses.extend(["408", "413", "415", "422"]);
    }
    let in_query = |parameter: &Value| parameter["in"] == "query";
    if operation["parameters"].as_array().is_some_and(|all| all.iter().any(in_query)) {
        statuses.push("422");
    }
    statuses
}

impl Failure {
    fn response(&self) -> Value {
        let mut headers = json!({
            "X-Request-Id": header("RequestId"),
            "Access-Control-Allow-Origin": header("Access-Control-Allow-Origin"),
        });
        if self.status != "401" {
            tell_limits(&mut headers);
        }
        match self.status {
            "401" => headers["WWW-Authenticate"] = header("Challenge"),
            "429" | "503" => headers["Retry-After"] = header("RetryAfter"),
            _ => {}
        }
        json!({
            "description": self.description,
            "headers": headers,
            "content": { "application/problem+json": {
                "schema": { "$ref": "#/components/schemas/Problem" },
                "examples": { self.code: { "summary": self.description, "value": self.example() } },
            } },
        })
    }

    fn example(&self) -> Value {
        let mut example = json!({
            "type": format!("urn:rapport:problem:{}", self.code),
            "title": self.title,
            "status": self.status.parse::<u16>().unwrap_or_default(),
            "code": self.code,
            "detail": self.detail,
            "traceId": "019aa6cd-6f51-7c12-9d67-3c5b52a4e7f0",
        });
        if !self.wrong.is_empty() {
            let wrong = self.wrong.iter();
            let errors = wrong.map(|(at, why)| json!({ "pointer": at, "detail": why }));
            example["errors"] = errors.collect();
        }
        example
    }
}
