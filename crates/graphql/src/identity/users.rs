use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use rapport_domain::{
    identity::{
        invitations::{self, Invitation, InviteUser},
        roles,
        users::{self, UserPatch},
    },
    kernel::Expected,
    records,
};
use rapport_entity::{
    identity::{
        role::{self, Role},
        team,
        user::{Entity, Id, Model},
    },
    rule::Rule,
};

use super::Team;
use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// A person who works in the workspace.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct User {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for User {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl User {
    /// What they may do.
    async fn role(&self, ctx: &Context<'_>) -> Result<Option<Role>> {
        let row: Option<role::Model> = ctx.load(Some(self.row.role_id)).await?;
        Ok(row.map(roles::view))
    }

    /// The team they are in.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        let row: Option<team::Model> = ctx.load(self.row.team_id).await?;
        Ok(row.map(Team::from))
    }
}

/// An invitation, to be handed to who is invited.
#[derive(SimpleObject)]
#[graphql(name = "Invitation")]
pub struct Invited {
    /// The user, who cannot sign in until they accept.
    user: User,
    /// The token to accept with. It is shown this once.
    token: String,
    /// Until when it can be accepted.
    expires_at: DateTime<Utc>,
}

impl From<Invitation> for Invited {
    fn from(invitation: Invitation) -> Self {
        let Invitation { user, token, expires_at } = invitation;
        Self { user: user.into(), token, expires_at }
    }
}

#[derive(Default)]
pub struct UserQuery;

#[Object]
impl UserQuery {
    /// Users, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<User>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One user.
    async fn user(&self, ctx: &Context<'_>, id: Id) -> Result<User> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct UserMutation;

#[Object]
impl UserMutation {
    /// Invite somebody to the workspace. The token in the answer is shown this once.
    async fn invite_user(&self, ctx: &Context<'_>, input: InviteUser) -> Result<Invited> {
        Ok(invitations::create(ctx.me()?, input).await?.into())
    }

    /// Invite a user once more who has not accepted yet. The invitation before is of no use from then on.
    async fn renew_invitation(&self, ctx: &Context<'_>, id: Id) -> Result<Invited> {
        Ok(invitations::renew(ctx.me()?, id).await?.into())
    }

    /// Change a user: what is left out stays, null clears.
    async fn update_user(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: UserPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<User> {
        Ok(users::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Delete a user. It can be restored.
    async fn delete_user(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<User> {
        Ok(users::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted user back.
    async fn restore_user(&self, ctx: &Context<'_>, id: Id) -> Result<User> {
        Ok(users::restore(ctx.me()?, id).await?.into())
    }
}
