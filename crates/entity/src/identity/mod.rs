//! Who works here: workspaces, users, teams, roles, sessions.

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

pub use password::{NewPassword, Password, Token};
pub use secret::Secret;
