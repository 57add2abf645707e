use std::time::Instant;

use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

use super::PATIENCE;

/// A client of both APIs.
#[derive(Clone)]
pub struct Client {
    base: String,
    token: Option<String>,
    http: reqwest::Client,
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    /// What was asked, for messages.
    asked: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The body, where the status is the one that is named.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.asked, self.text);
        self.json()
    }

    /// A header; empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The pointers of the members that a problem says are wrong.
    pub fn pointers(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().filter_map(|error| Some(error["pointer"].as_str()?.to_owned())).collect()
    }
}

/// The administrator of the tests' workspace, at a server of its own.
pub async fn ada_at(base: &str, password: &str) -> Client {
    let credentials =
        json!({ "workspace": "acme", "email": "ada@acme.example", "password": password });
    let tokens = Client::new(base, None).post("/sessions", credentials).await.expect(201);
    Client::new(base, tokens["accessToken"].as_str())
}

async fn answer(asked: String, request: reqwest::RequestBuilder) -> Answer {
    try_answer(asked, request).await.expect("an answer")
}

async fn try_answer(asked: String, request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    Ok(Answer {
        asked,
        status: response.status(),
        headers: response.headers().clone(),
        text: response.text().await?,
    })
}

impl Client {
    /// A client with a token, or without.
    pub fn new(base: &str, token: Option<&str>) -> Self {
        Self {
            base: base.to_owned(),
            token: token.map(str::to_owned),
            http: reqwest::Client::builder().no_proxy().build().expect("a client"),
        }
    }

    /// The access token; empty where there is none.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body), &[]).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body), &[]).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, &[]).await
    }

    /// Sends a file as the body.
    pub async fn upload(&self, path: &str, kind: &str, file: impl Into<reqwest::Body>) -> Answer {
        let request = self.request(Method::POST, path).header("content-type", kind).body(file);
        answer(format!("POST {path}"), request).await
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let outside =
            ["/api/", "/graphql", "/health", "/metrics", "/.well-known", "/docs", "/llms"];
        let prefix =
            if outside.iter().any(|start| path.starts_with(start)) { "" } else { "/api/v1" };
        let request = self.http.request(method, format!("{}{prefix}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// What the server answers to a body, where it does: it may be killed meanwhile.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Option<Answer> {
        let mut request = self.request(method.clone(), path).json(&body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        try_answer(format!("{method} {path}"), request).await.ok()
    }

    /// Any request to the REST API (or, where the path is a whole one, beside it).
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = self.request(method.clone(), path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        answer(format!("{method} {path}"), request).await
    }

    /// The feed, once it has so many events: on PostgreSQL what is committed may be told only when whatever else
    /// is under way in the cluster has ended.
    pub async fn events(&self, query: &str, count: usize) -> Value {
        let began = Instant::now();
        loop {
            let page = self.get(&format!("/events?wait=1&{query}")).await.expect(200);
            if page["items"].as_array().is_some_and(|items| items.len() >= count) {
                return page;
            }
            assert!(began.elapsed() < PATIENCE, "no {count} events of {query}: {page}");
            tokio::task::yield_now().await;
        }
    }

    /// A GraphQL document's data, where there is no error.
    pub async fn graphql(&self, query: &str, variables: Value) -> Value {
        let body = self.graphql_raw(query, variables).await.json();
        assert!(body["errors"].is_null(), "{query}: {body}");
        body["data"].clone()
    }

    /// The codes of a GraphQL document's errors.
    pub async fn graphql_codes(&self, query: &str, variables: Value) -> Vec<String> {
        let body = self.graphql_raw(query, variables).await.json();
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        let code = |error: &Value| error["extensions"]["code"].as_str().map(str::to_owned);
        errors.iter().filter_map(code).collect()
    }

    /// What the server answers to a GraphQL document.
    pub async fn graphql_raw(&self, query: &str, variables: Value) -> Answer {
        self.post("/graphql", json!({ "query": query, "variables": variables })).await
    }
}
