use async_graphql::InputObject;
use rapport_entity::{
    Name, Text,
    service::complaint_cause::{self, ActiveModel, Entity, Model},
};
use sea_orm::{ActiveValue::Set, DeriveIntoActiveModel};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::kernel::{Create, Ctx, Expected, Patch, Result, Update, patched};

/// A complaint cause to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewComplaintCause {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<complaint_cause::Id>,
    /// What the cause is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    /// When it is the cause, in words.
    pub description: Option<Text>,
    /// Whether it can be given for complaints from now on; it can where left out.
    pub active: Option<bool>,
}

/// What to change of a complaint cause: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComplaintCausePatch {
    /// What the cause is called; unique in the workspace, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// When it is the cause, in words.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// Whether it can be given for complaints from now on.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub active: Option<bool>,
}

/// Makes a complaint cause.
///
/// # Errors
/// [`Error::Duplicate`](crate::Error::Duplicate) where its name is taken.
pub async fn create(ctx: &Ctx, new: NewComplaintCause) -> Result<Model> {
    let row = ActiveModel {
        name: Set(new.name),
        sort_name: Set(String::new()),
        description: Set(new.description),
        active: Set(new.active.unwrap_or(true)),
        ..Default::default()
    };
    ctx.tx(async |tx| tx.can::<Entity, Create>()?.insert(new.id, row).await).await
}

/// Changes a complaint cause.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Stale`](crate::Error::Stale),
/// [`Error::Duplicate`](crate::Error::Duplicate).
pub async fn update(
    ctx: &Ctx,
    id: complaint_cause::Id,
    expected: Expected,
    patch: ComplaintCausePatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let causes = tx.can::<Entity, Update>()?;
        let before = causes.lock(id, expected).await?;
        let after = patched::<Entity>(&before, patch)?;
        causes.save(&before, after, "updated", &[]).await
    })
    .await
}
