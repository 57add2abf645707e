//! Queries that were parsed before.

use std::sync::Arc;

use async_graphql::{
    Pos, ServerError,
    parser::{self, parse_query, types::ExecutableDocument},
};
use moka::sync::Cache;

use super::{
    answer::{Code, refuse},
    text,
};

/// How much text there may be of all queries that are kept, in bytes. (Parsed, a query takes some 50 times as much.)
const CAPACITY: u64 = 512 * 1024;

/// Documents by their text.
pub struct Documents(Cache<String, Arc<ExecutableDocument>>);

impl Documents {
    /// None yet.
    pub fn new() -> Self {
        let weigh = |text: &String, _: &Arc<ExecutableDocument>| {
            u32::try_from(text.len()).unwrap_or(u32::MAX).saturating_add(100)
        };
        Self(Cache::builder().weigher(weigh).max_capacity(CAPACITY).build())
    }

    /// The document of a text.
    ///
    /// # Errors
    /// Where the text is too much to be parsed, or is not GraphQL.
    pub fn parse(&self, query: &str) -> Result<Arc<ExecutableDocument>, ServerError> {
        if let Some(document) = self.0.get(query) {
            return Ok(document);
        }
        text::check(query)?;
        let document = Arc::new(parse_query(query).map_err(|err| unreadable(&err))?);
        self.0.insert(query.to_owned(), document.clone());
        Ok(document)
    }
}

fn unreadable(err: &parser::Error) -> ServerError {
    let at: Vec<Pos> = err.positions().collect();
    let text = err.to_string();
    // The parser draws a picture of the place; its last line says what it wanted there.
    let wanted = text.rsplit("= ").next().unwrap_or(&text).trim();
    let mut error = refuse(Code::Syntax, format!("the query is not GraphQL: {wanted}"), None);
    error.locations = at;
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_parsed_once() {
        let documents = Documents::new();
        let first = documents.parse("{ a }").unwrap();
        assert!(Arc::ptr_eq(&first, &documents.parse("{ a }").unwrap()));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let err = Documents::new().parse("{ a(b: ) }").unwrap_err();
        assert_eq!(err.locations, [Pos { line: 1, column: 8 }]);
        assert_eq!(err.message, "the query is not GraphQL: expected value");
        assert!(Documents::new().parse("").is_err());
        assert!(Documents::new().parse("query A { a } query A { a }").is_err());
        assert!(Documents::new().parse("{ a(b: 1e999) }").is_err());
    }

    #[test]
    fn as_deep_as_may_be_the_parser_does_not_overflow_a_worker_s_stack() {
        let parse = || {
            for (open, close, inner) in [("{a", "}", ""), ("...{", "}", "a"), ("[", "]", "")] {
                let levels = (open.repeat(62), close.repeat(62));
                let middle = format!("{}{inner}{}", levels.0, levels.1);
                let value = open == "[";
                let text =
                    if value { format!("{{a(b:{middle})}}") } else { format!("{{{middle}}}") };
                let _ = Documents::new().parse(&text);
            }
        };
        std::thread::Builder::new().stack_size(1024 * 1024).spawn(parse).unwrap().join().unwrap();
    }
}
