//! REST and GraphQL over the same use cases: the server, the description of the REST API, the pages.

// A release build looks deeper into what resolvers return than 128.
#![recursion_limit = "256"]

mod health;
mod openapi;
mod pages;
mod server;

pub use health::Metrics;
pub use openapi::document;
pub use rapport_graphql::schema;
pub use rapport_http::draining::Draining;
pub use server::{Settings, serve};
