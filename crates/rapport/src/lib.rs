//! The program around the API: its settings, its commands, and the workspace it can be tried on.

#![recursion_limit = "256"]

pub mod cli;
pub mod demo;
mod import;
mod limits;
mod logging;
mod schema;
mod serve;
mod settings;
mod workspace;
