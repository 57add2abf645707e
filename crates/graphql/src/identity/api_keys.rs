use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    identity::{
        api_keys::{self, ApiKeyPatch, NewApiKey},
        roles,
    },
    kernel::Expected,
};
use rapport_entity::{
    identity::{
        api_key::{self, Id},
        role::{self, Role},
        user,
    },
    rule::Rule,
};

use super::User;
use crate::{
    connection::{Args, Connected, by_argument, connect},
    rows::ContextExt,
};

/// What a program shows, in the place of an access token, to work in the workspace.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ApiKey {
    #[graphql(flatten)]
    row: api_key::ApiKey,
}

impl From<api_key::ApiKey> for ApiKey {
    fn from(row: api_key::ApiKey) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl ApiKey {
    /// The role that says what the key may do. It never may more than its owner.
    async fn role(&self, ctx: &Context<'_>) -> Result<Option<Role>> {
        let row: Option<role::Model> = ctx.load(Some(self.row.role_id)).await?;
        Ok(row.map(roles::view))
    }

    /// The user it acts for, who made it.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let row: Option<user::Model> = ctx.load(Some(self.row.owner_id)).await?;
        Ok(row.map(User::from))
    }
}

/// A key that was made, with its secret.
#[derive(SimpleObject)]
pub struct CreatedApiKey {
    #[graphql(flatten)]
    api_key: ApiKey,
    /// What the program shows: `Authorization: Bearer …`. It is told this once.
    secret: String,
}

#[derive(Default)]
pub struct ApiKeyQuery;

#[Object]
impl ApiKeyQuery {
    /// API keys, newest first. Those that were revoked are the deleted ones.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn api_keys(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<ApiKey>> {
        let listing = Args { filter, q, sort, first, after, deleted }.listing(ctx)?;
        let page = api_keys::list(ctx.me()?, &listing).await.map_err(by_argument)?;
        Ok(connect(page, listing.cursor.is_some()))
    }

    /// One API key.
    async fn api_key(&self, ctx: &Context<'_>, id: Id) -> Result<ApiKey> {
        Ok(api_keys::get(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ApiKeyMutation;

#[Object]
impl ApiKeyMutation {
    /// Make an API key, which acts for you. Its secret is in this answer, and in no other.
    async fn create_api_key(&self, ctx: &Context<'_>, input: NewApiKey) -> Result<CreatedApiKey> {
        let made = api_keys::create(ctx.me()?, input).await?;
        Ok(CreatedApiKey { api_key: made.api_key.into(), secret: made.secret })
    }

    /// Change an API key: what is left out stays, null clears.
    async fn update_api_key(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ApiKeyPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<ApiKey> {
        let expected = Expected::of(if_version, base_version);
        Ok(api_keys::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Revoke an API key for good.
    async fn revoke_api_key(&self, ctx: &Context<'_>, id: Id) -> Result<ApiKey> {
        Ok(api_keys::revoke(ctx.me()?, id).await?.into())
    }
}
