//! Who works here: workspaces, users, teams, roles, sessions.
pub mod auth;
