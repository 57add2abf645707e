//! Who works here: workspaces, users, teams, roles, sessions, API keys, and how requests are told to be somebody's.

mod api_key_secret;
pub mod api_keys;
pub mod auth;
mod behalf;
mod callers;
pub mod invitations;
mod keys;
/// The picture on papers.
pub mod logos;
pub mod me;
pub mod passwords;
pub mod roles;
pub mod sessions;
pub mod teams;
#[cfg(test)]
mod tests;
mod throttle;
mod tokens;
pub mod users;
mod uses;
pub mod workspaces;

pub use auth::Auth;
pub(crate) use behalf::Asker;
pub(crate) use throttle::{Allowance, draw};
pub(crate) use tokens::{Opaque, sha256};
