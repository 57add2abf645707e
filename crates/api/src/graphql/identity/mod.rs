mod api_keys;
mod me;
mod roles;
mod sessions;
mod teams;
mod users;

pub use api_keys::{ApiKey, ApiKeyMutation, ApiKeyQuery};
pub use me::{MeMutation, MeQuery};
pub use roles::{RoleMutation, RoleQuery};
pub use sessions::{SessionMutation, SessionQuery};
pub use teams::{Team, TeamMutation, TeamQuery};
pub use users::{User, UserMutation, UserQuery};
