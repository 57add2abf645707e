use async_graphql::{Context, ID, Object, Result};
use rapport_domain::identity::{
    auth::Auth,
    invitations::{self, AcceptInvitation},
    sessions::{self, NewSession, RefreshSession, Tokens},
};
use rapport_entity::{identity::session::Model, rule::Rule};

use crate::{
    connection::{Args, Connected, connect},
    rows::ContextExt,
};

#[derive(Default)]
pub struct SessionQuery;

#[Object]
impl SessionQuery {
    /// Where one is signed in; for who may read all sessions, where everybody is.
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<Model>> {
        let listing = Args { filter, sort, first, after, ..Args::default() }.listing(ctx)?;
        let page = sessions::list(ctx.me()?, &listing).await?;
        Ok(connect(page, listing.cursor.is_some()))
    }

    /// One session: its id, or `current`.
    async fn session(&self, ctx: &Context<'_>, id: ID) -> Result<Model> {
        Ok(sessions::get(ctx.me()?, id.parse()?).await?)
    }
}

#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Sign in.
    async fn create_session(&self, ctx: &Context<'_>, input: NewSession) -> Result<Tokens> {
        Ok(sessions::create(ctx.data::<Auth>()?, input).await?)
    }

    /// New tokens for old ones. A refresh token is good for one use; the second ends the session.
    async fn refresh_session(&self, ctx: &Context<'_>, input: RefreshSession) -> Result<Tokens> {
        Ok(sessions::refresh(ctx.data::<Auth>()?, input).await?)
    }

    /// Accept an invitation: choose a password, and be signed in.
    async fn accept_invitation(
        &self,
        ctx: &Context<'_>,
        input: AcceptInvitation,
    ) -> Result<Tokens> {
        Ok(invitations::accept(ctx.data::<Auth>()?, input).await?)
    }

    /// Log out: end one session, by its id or as `current`.
    async fn end_session(&self, ctx: &Context<'_>, id: ID) -> Result<Model> {
        Ok(sessions::end(ctx.me()?, id.parse()?).await?)
    }

    /// Log out everywhere: end all of one's sessions. How many there were.
    async fn end_sessions(&self, ctx: &Context<'_>) -> Result<u64> {
        Ok(sessions::end_all(ctx.me()?).await?)
    }
}
