//! REST and GraphQL over the same use cases.

mod caller;
mod charts;
mod graphql;
mod health;
mod http;
mod openapi;
mod pages;
mod problem;
mod rest;
mod server;
mod writes;

pub use graphql::schema;
pub use health::Metrics;
pub use openapi::document;
pub use server::{Draining, Settings, serve};
