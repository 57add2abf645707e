use async_graphql::{Context, Object, Result};
use rapport_domain::identity::logos::{self, NewWorkspaceLogo, WorkspaceLogo};

use crate::rows::ContextExt;

#[derive(Default)]
pub struct LogoQuery;

#[Object]
impl LogoQuery {
    /// The picture on the workspace's papers.
    async fn workspace_logo(&self, ctx: &Context<'_>) -> Result<WorkspaceLogo> {
        Ok(logos::get(ctx.me()?).await?)
    }
}

#[derive(Default)]
pub struct LogoMutation;

#[Object]
impl LogoMutation {
    /// Put a picture on the workspace's papers, in place of the one before.
    async fn set_workspace_logo(
        &self,
        ctx: &Context<'_>,
        input: NewWorkspaceLogo,
    ) -> Result<WorkspaceLogo> {
        Ok(logos::set(ctx.me()?, input).await?)
    }

    /// Take the picture off the workspace's papers.
    async fn delete_workspace_logo(&self, ctx: &Context<'_>) -> Result<bool> {
        logos::remove(ctx.me()?).await?;
        Ok(true)
    }
}
