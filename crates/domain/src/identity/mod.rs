//! Who works here: workspaces, users, teams, roles, sessions, and how requests are told to be somebody's.

pub mod auth;
mod behalf;
mod callers;
pub mod invitations;
mod keys;
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
pub mod workspaces;

pub use auth::Auth;
pub(crate) use behalf::on_behalf_of;
pub(crate) use tokens::sha256;
