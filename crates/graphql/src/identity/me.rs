use async_graphql::{Context, Object, Result, SimpleObject};
use rapport_domain::{
    identity::{
        auth::Auth,
        me::{self, ChangePassword},
        workspaces::{self, WorkspacePatch},
    },
    kernel::Expected,
};
use rapport_entity::identity::{
    role::{Permission, Role},
    session, workspace,
};

use super::{ApiKey, Team, User};
use crate::rows::ContextExt;

/// Who is asking, and what they may do.
#[derive(SimpleObject)]
pub struct Me {
    /// The user; where it is an API key, the one it acts for.
    user: User,
    /// The workspace they work in.
    workspace: workspace::Model,
    /// Their role, or the key's.
    role: Role,
    /// The team they are in.
    team: Option<Team>,
    /// The session this request came through; null where it is an API key that asks.
    session: Option<session::Model>,
    /// The API key that asks; null where it is a user who is signed in.
    api_key: Option<ApiKey>,
    /// What they may do: every resource and verb.
    permissions: Vec<Permission>,
}

impl From<me::Me> for Me {
    fn from(me: me::Me) -> Self {
        let me::Me { user, workspace, role, team, session, api_key, permissions } = me;
        Self {
            user: user.into(),
            workspace,
            role,
            team: team.map(Team::from),
            session,
            api_key: api_key.map(ApiKey::from),
            permissions,
        }
    }
}

#[derive(Default)]
pub struct MeQuery;

#[Object]
impl MeQuery {
    /// Who I am, and what I may do.
    async fn me(&self, ctx: &Context<'_>) -> Result<Me> {
        Ok(me::get(ctx.me()?).await?.into())
    }

    /// The workspace I work in.
    async fn workspace(&self, ctx: &Context<'_>) -> Result<workspace::Model> {
        Ok(workspaces::get(ctx.me()?).await?)
    }
}

#[derive(Default)]
pub struct MeMutation;

#[Object]
impl MeMutation {
    /// Change my password. My other sessions end.
    async fn change_password(&self, ctx: &Context<'_>, input: ChangePassword) -> Result<bool> {
        me::change_password(ctx.data::<Auth>()?, ctx.me()?, input).await?;
        Ok(true)
    }

    /// Change the workspace: what is left out stays.
    async fn update_workspace(
        &self,
        ctx: &Context<'_>,
        input: WorkspacePatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<workspace::Model> {
        let expected = Expected::of(if_version, base_version);
        Ok(workspaces::update(ctx.me()?, expected, input).await?)
    }
}
