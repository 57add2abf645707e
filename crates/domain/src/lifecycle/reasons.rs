use async_graphql::InputObject;
use rapport_entity::{
    Name,
    lifecycle::loss_reason::{self, ActiveModel, Entity, Model},
};
use sea_orm::ActiveValue::{NotSet, Set};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::kernel::{Create, Ctx, Expected, Result, Update};

/// A reason for losses to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLossReason {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<loss_reason::Id>,
    /// What the reason is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    /// Whether it can be given for new losses; it can where left out.
    pub active: Option<bool>,
}

/// What to change of a reason for losses: what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LossReasonPatch {
    /// What the reason is called; unique in the workspace, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// Whether it can be given for new losses.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub active: Option<bool>,
}

/// Makes a reason for losses.
///
/// # Errors
/// [`Error::Duplicate`](crate::Error::Duplicate) where its name is taken.
pub async fn create(ctx: &Ctx, new: NewLossReason) -> Result<Model> {
    let row = ActiveModel {
        name: Set(new.name),
        sort_name: Set(String::new()),
        active: Set(new.active.unwrap_or(true)),
        ..Default::default()
    };
    ctx.tx(async |tx| tx.can::<Entity, Create>()?.insert(new.id, row).await).await
}

/// Changes a reason for losses.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Stale`](crate::Error::Stale),
/// [`Error::Duplicate`](crate::Error::Duplicate).
pub async fn update(
    ctx: &Ctx,
    id: loss_reason::Id,
    expected: Expected,
    patch: LossReasonPatch,
) -> Result<Model> {
    let row = ActiveModel {
        name: patch.name.map_or(NotSet, Set),
        active: patch.active.map_or(NotSet, Set),
        ..Default::default()
    };
    ctx.tx(async |tx| tx.can::<Entity, Update>()?.update(id, expected, row).await).await
}
