//! The parameters of a request: `query`, `operationName`, `variables` and `extensions`.

use async_graphql::{ServerError, Variables};
use serde_json::{Map, Value};

use super::answer::{Code, Refusal, refuse};

/// What a request asks, in words.
#[derive(Debug, Default)]
pub struct Params {
    /// The GraphQL document; empty where the request only names one that was sent before.
    pub query: String,
    /// Which of its operations.
    pub operation_name: Option<String>,
    /// What its variables stand for.
    pub variables: Variables,
    /// What else goes with it, such as the hash of a persisted query.
    pub extensions: Map<String, Value>,
}

impl Params {
    /// From a body.
    ///
    /// # Errors
    /// Where it is no JSON object, or members of it are of wrong types: all of them are named.
    pub fn from_body(body: &[u8]) -> Result<Self, Refusal> {
        let json = serde_json::from_slice(body)
            .map_err(|err| malformed([format!("the body is no JSON: {err}")]))?;
        Self::from_json(json)
    }

    /// From JSON.
    ///
    /// # Errors
    /// As [`Self::from_body`].
    pub fn from_json(json: Value) -> Result<Self, Refusal> {
        match json {
            Value::Object(members) => Self::from_members(members),
            Value::Array(_) => Err(malformed(["batches are not supported: send one request"])),
            _ => Err(malformed(["the body must be a JSON object"])),
        }
    }

    /// From the query part of an address.
    ///
    /// # Errors
    /// As [`Self::from_body`], and where a parameter is given twice.
    pub fn from_address(query: &str) -> Result<Self, Refusal> {
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(query).map_err(|err| malformed([err.to_string()]))?;
        let mut members = Map::new();
        let mut wrong = Vec::new();
        for (name, text) in pairs {
            let value = match name.as_str() {
                _ if text.is_empty() => Ok(Value::Null),
                "variables" | "extensions" => serde_json::from_str(&text),
                _ => Ok(Value::String(text)),
            };
            match value {
                Ok(_) if members.contains_key(&name) => wrong.push(format!("{name} comes twice")),
                Ok(value) => drop(members.insert(name, value)),
                Err(err) => wrong.push(format!("{name} is no JSON: {err}")),
            }
        }
        if wrong.is_empty() { Self::from_members(members) } else { Err(malformed(wrong)) }
    }

    fn from_members(mut members: Map<String, Value>) -> Result<Self, Refusal> {
        let mut wrong = Vec::new();
        let query = text(&mut members, "query", &mut wrong);
        let operation_name = text(&mut members, "operationName", &mut wrong);
        let variables = object(&mut members, "variables", &mut wrong);
        let extensions = object(&mut members, "extensions", &mut wrong);
        let named = extensions.contains_key(super::persisted::EXTENSION);
        let query = query.unwrap_or_default();
        if query.is_empty() && !named && wrong.is_empty() {
            wrong.push("query is needed".to_owned());
        }
        if !wrong.is_empty() {
            return Err(malformed(wrong));
        }
        let variables = Variables::from_json(Value::Object(variables));
        Ok(Self {
            query,
            operation_name: operation_name.filter(|name| !name.is_empty()),
            variables,
            extensions,
        })
    }
}

fn text(members: &mut Map<String, Value>, name: &str, wrong: &mut Vec<String>) -> Option<String> {
    match members.remove(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text),
        Some(_) => {
            wrong.push(format!("{name} must be a string"));
            None
        }
    }
}

fn object(
    members: &mut Map<String, Value>,
    name: &str,
    wrong: &mut Vec<String>,
) -> Map<String, Value> {
    match members.remove(name) {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(object)) => object,
        Some(_) => {
            wrong.push(format!("{name} must be an object"));
            Map::new()
        }
    }
}

/// What is wrong with the parameters.
pub fn malformed(wrong: impl IntoIterator<Item = impl Into<String>>) -> Refusal {
    let errors: Vec<ServerError> =
        wrong.into_iter().map(|message| refuse(Code::Malformed, message, None)).collect();
    Refusal::of_request(errors)
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;

    fn wrong(outcome: Result<Params, Refusal>) -> Vec<String> {
        outcome.unwrap_err().errors.into_iter().map(|err| err.message).collect()
    }

    #[test]
    fn a_body_is_read() {
        let body = br#"{"query":"{a}","operationName":null,"variables":{"x":[1]},"extensions":{"e":1},"more":2}"#;
        let params = Params::from_body(body).unwrap();
        assert_eq!(params.query, "{a}");
        assert_eq!(params.operation_name, None);
        assert_eq!(params.variables, Variables::from_value(value!({ "x": [1] })));
        assert_eq!(params.extensions.len(), 1);
    }

    #[test]
    fn every_wrong_member_is_named() {
        let body = br#"{"query":1,"operationName":false,"variables":[],"extensions":"x"}"#;
        assert_eq!(
            wrong(Params::from_body(body)),
            [
                "query must be a string",
                "operationName must be a string",
                "variables must be an object",
                "extensions must be an object"
            ]
        );
        assert_eq!(wrong(Params::from_body(b"{}")), ["query is needed"]);
        assert_eq!(wrong(Params::from_body(b"3")), ["the body must be a JSON object"]);
        assert!(wrong(Params::from_body(b"[{}]"))[0].starts_with("batches are not supported"));
        assert!(wrong(Params::from_body(b"{\"a\xff\"}"))[0].starts_with("the body is no JSON"));
        let deep = format!("{{\"variables\":{}", "[".repeat(100_000));
        assert!(wrong(Params::from_body(deep.as_bytes()))[0].contains("recursion limit"));
    }

    #[test]
    fn an_address_is_read() {
        let params = Params::from_address("query=%7Ba%7D&variables=%7B%22x%22:1%7D&operationName=");
        let params = params.unwrap();
        assert_eq!(params.query, "{a}");
        assert_eq!(params.operation_name, None);
        assert_eq!(params.variables, Variables::from_value(value!({ "x": 1 })));
        assert_eq!(wrong(Params::from_address("query=a&query=b")), ["query comes twice"]);
        assert!(wrong(Params::from_address("variables=x"))[0].starts_with("variables is no JSON"));
        assert_eq!(
            wrong(Params::from_address("query=a&variables=[]")),
            ["variables must be an object"]
        );
    }
}
