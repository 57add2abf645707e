//! REST and GraphQL over the same use cases: the server, the description of the REST API, the pages.

mod health;
mod openapi;
mod pages;
mod server;

pub use health::Metrics;
pub use openapi::document;
pub use rapport_graphql::schema;
pub use rapport_http::draining::Draining;
pub use server::{Settings, serve};
