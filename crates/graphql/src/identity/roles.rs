use async_graphql::{Context, Object, Result};
use rapport_domain::{
    identity::roles::{self, NewRole, RolePatch},
    kernel::Expected,
};
use rapport_entity::{
    identity::role::{Id, Role},
    rule::Rule,
};

use crate::{
    connection::{Args, Connected, connect},
    rows::ContextExt,
};

#[derive(Default)]
pub struct RoleQuery;

#[Object]
impl RoleQuery {
    /// Roles, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn roles(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Role>> {
        let listing = Args { filter, q, sort, first, after, deleted }.listing(ctx)?;
        let page = roles::list(ctx.me()?, &listing).await?;
        Ok(connect(page, listing.cursor.is_some()))
    }

    /// One role.
    async fn role(&self, ctx: &Context<'_>, id: Id) -> Result<Role> {
        Ok(roles::get(ctx.me()?, id).await?)
    }
}

#[derive(Default)]
pub struct RoleMutation;

#[Object]
impl RoleMutation {
    /// Make a role.
    async fn create_role(&self, ctx: &Context<'_>, input: NewRole) -> Result<Role> {
        Ok(roles::create(ctx.me()?, input).await?)
    }

    /// Change a role: what is left out stays, null clears.
    async fn update_role(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: RolePatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Role> {
        Ok(roles::update(ctx.me()?, id, Expected::of(if_version, base_version), input).await?)
    }

    /// Delete a role. It can be restored.
    async fn delete_role(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Role> {
        Ok(roles::delete(ctx.me()?, id, if_version.into()).await?)
    }

    /// Bring a deleted role back.
    async fn restore_role(&self, ctx: &Context<'_>, id: Id) -> Result<Role> {
        Ok(roles::restore(ctx.me()?, id).await?)
    }
}
