mod api_keys;
mod logos;
mod me;
mod roles;
mod sessions;
mod teams;
mod users;

use api_keys::{ApiKeyMutation, ApiKeyQuery};
use async_graphql::MergedObject;
use logos::{LogoMutation, LogoQuery};
use me::{MeMutation, MeQuery};
use roles::{RoleMutation, RoleQuery};
use sessions::{SessionMutation, SessionQuery};
use teams::{TeamMutation, TeamQuery};
use users::{UserMutation, UserQuery};

pub use api_keys::ApiKey;
pub use teams::Team;
pub use users::User;

/// What can be asked of who works here.
#[derive(Default, MergedObject)]
pub struct IdentityQuery(
    SessionQuery,
    MeQuery,
    LogoQuery,
    UserQuery,
    TeamQuery,
    RoleQuery,
    ApiKeyQuery,
);

/// What can be done with who works here.
#[derive(Default, MergedObject)]
pub struct IdentityMutation(
    SessionMutation,
    MeMutation,
    LogoMutation,
    UserMutation,
    TeamMutation,
    RoleMutation,
    ApiKeyMutation,
);
