use async_graphql::{Context, Object, Result};
use rapport_domain::{
    customers::custom_fields::{self, CustomFieldPatch, NewCustomField},
    kernel::Expected,
    records,
};
use rapport_entity::{
    customers::custom_field::{CustomField, Entity, Id},
    rule::Rule,
};

use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

#[derive(Default)]
pub struct CustomFieldQuery;

#[Object]
impl CustomFieldQuery {
    /// Custom fields, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn custom_fields(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<CustomField>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One custom field.
    async fn custom_field(&self, ctx: &Context<'_>, id: Id) -> Result<CustomField> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct CustomFieldMutation;

#[Object]
impl CustomFieldMutation {
    /// Define a custom field.
    async fn create_custom_field(
        &self,
        ctx: &Context<'_>,
        input: NewCustomField,
    ) -> Result<CustomField> {
        Ok(custom_fields::create(ctx.me()?, input).await?.into())
    }

    /// Change a custom field: what is left out stays, null clears.
    async fn update_custom_field(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: CustomFieldPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<CustomField> {
        let expected = Expected::of(if_version, base_version);
        Ok(custom_fields::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a custom field. Its values are kept, so that it can be restored.
    async fn delete_custom_field(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<CustomField> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted custom field back, and its values with it.
    async fn restore_custom_field(&self, ctx: &Context<'_>, id: Id) -> Result<CustomField> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
