//! The messages of the graphql-transport-ws protocol.

use async_graphql::ServerError;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{answer::Answer, params::Params};

/// What a client says.
#[derive(Debug)]
pub enum FromClient {
    /// Who it is.
    Init(Map<String, Value>),
    /// Are you there?
    Ping(Option<Value>),
    /// I am.
    Pong,
    /// Execute this, and call it so.
    Subscribe(String, Box<Params>),
    /// Stop it.
    Complete(String),
}

/// The longest name of an operation, in bytes.
const LONGEST_ID: usize = 256;

impl FromClient {
    /// What a text says; `None` where it is no message of the protocol.
    pub fn read(text: &str) -> Option<Self> {
        let Value::Object(mut message) = serde_json::from_str(text).ok()? else { return None };
        let payload = message.remove("payload");
        Some(match message.get("type")?.as_str()? {
            "connection_init" => Self::Init(object(payload)?.unwrap_or_default()),
            "ping" => Self::Ping(object(payload)?.map(Value::Object)),
            "pong" => object(payload).map(|_| Self::Pong)?,
            "subscribe" => {
                let params = Params::from_json(payload?).ok()?;
                Self::Subscribe(id(&message)?, Box::new(params))
            }
            "complete" => Self::Complete(id(&message)?),
            _ => return None,
        })
    }
}

/// The inner `None` is no payload, the outer one is a wrong payload.
fn object(payload: Option<Value>) -> Option<Option<Map<String, Value>>> {
    match payload {
        None | Some(Value::Null) => Some(None),
        Some(Value::Object(members)) => Some(Some(members)),
        Some(_) => None,
    }
}

fn id(message: &Map<String, Value>) -> Option<String> {
    let id = message.get("id")?.as_str()?;
    (1..=LONGEST_ID).contains(&id.len()).then(|| id.to_owned())
}

/// What the server says.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromServer<'a> {
    /// You are known.
    ConnectionAck,
    /// I am there.
    Pong {
        /// What came with the question.
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Value>,
    },
    /// An answer to an operation.
    Next {
        /// Which.
        id: &'a str,
        /// The answer.
        payload: &'a Answer,
    },
    /// An operation is not executed, and has ended.
    Error {
        /// Which.
        id: &'a str,
        /// Why.
        payload: &'a [ServerError],
    },
    /// An operation has ended.
    Complete {
        /// Which.
        id: &'a str,
    },
}

impl FromServer<'_> {
    /// As it is sent.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_from_other_texts() {
        for text in [
            r#"{"type":"connection_init"}"#,
            r#"{"type":"connection_init","payload":{"Authorization":"Bearer x"}}"#,
            r#"{"type":"ping","payload":{}}"#,
            r#"{"type":"pong"}"#,
            r#"{"id":"1","type":"subscribe","payload":{"query":"{a}","variables":null}}"#,
            r#"{"id":"1","type":"complete"}"#,
        ] {
            assert!(FromClient::read(text).is_some(), "{text}");
        }
        for text in [
            "",
            "nonsense",
            "[]",
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"connection_ack"}"#,
            r#"{"type":"connection_init","payload":"x"}"#,
            r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"id":"","type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"id":1,"type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"id":"1","type":"subscribe"}"#,
            r#"{"id":"1","type":"subscribe","payload":{}}"#,
            r#"{"id":"1","type":"subscribe","payload":{"query":"{a}","variables":[]}}"#,
            r#"{"type":"complete"}"#,
        ] {
            assert!(FromClient::read(text).is_none(), "{text}");
        }
    }
}
