use async_graphql::{Context, Object, Result};
use rapport_domain::{
    integration::mappings::{self, MappingPatch, NewMapping},
    kernel::Expected,
    records,
};
use rapport_entity::{
    integration::mapping::{Entity, Id, Model},
    rule::Rule,
};

use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

#[derive(Default)]
pub struct MappingQuery;

#[Object]
impl MappingQuery {
    /// Mappings, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn mappings(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Model>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One mapping.
    async fn mapping(&self, ctx: &Context<'_>, id: Id) -> Result<Model> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?)
    }
}

#[derive(Default)]
pub struct MappingMutation;

#[Object]
impl MappingMutation {
    /// Save a mapping.
    async fn create_mapping(&self, ctx: &Context<'_>, input: NewMapping) -> Result<Model> {
        Ok(mappings::create(ctx.me()?, input).await?)
    }

    /// Change a mapping: what is left out stays, null clears.
    async fn update_mapping(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: MappingPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Model> {
        let expected = Expected::of(if_version, base_version);
        Ok(mappings::update(ctx.me()?, id, expected, input).await?)
    }

    /// Delete a mapping. It can be restored.
    async fn delete_mapping(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Model> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?)
    }

    /// Bring a deleted mapping back.
    async fn restore_mapping(&self, ctx: &Context<'_>, id: Id) -> Result<Model> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?)
    }
}
