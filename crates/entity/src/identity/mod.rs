//! Who works here: workspaces, users, teams, roles, sessions, API keys.

/// API keys.
pub mod api_key;
mod api_key_scope;
pub mod invitation;
pub mod login_throttle;
mod password;
pub mod refresh_token;
/// Roles and what they may do.
pub mod role;
pub mod sealing_key;
mod secret;
/// Where users are signed in.
pub mod session;
pub mod signing_key;
/// Teams.
pub mod team;
/// Users.
pub mod user;
/// Workspaces.
pub mod workspace;
#[doc(hidden)]
pub mod workspace_logo;

pub use api_key_scope::{ApiKeyScope, OF_PEOPLE, Scopes};
pub use password::{NewPassword, Password, Token};
pub use secret::Secret;
