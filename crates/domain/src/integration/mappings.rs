//! How the files of other systems are read, saved for reuse.

use async_graphql::InputObject;
use rapport_entity::{
    Name, Source,
    integration::{
        ImportOptions, RecordKind,
        mapping::{self, ActiveModel, Column, Entity, Model},
    },
};
use sea_orm::{ColumnTrait, DeriveIntoActiveModel};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::kernel::{Create, Ctx, Error, Expected, Fault, Patch, Read, Result, Update};

/// A mapping to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMapping {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    #[sea_orm(ignore)]
    pub id: Option<mapping::Id>,
    /// What the mapping is called; unique in the workspace.
    pub name: Name,
    /// What is imported with it.
    pub kind: RecordKind,
    /// The system the records come from.
    pub source: Option<Source>,
    /// How the files are read.
    pub options: ImportOptions,
}

/// What to change of a mapping: what is left out stays, null clears. Options are replaced as a whole.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MappingPatch {
    /// What the mapping is called; unique in the workspace.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// The system the records come from.
    #[serde(default)]
    #[schema(value_type = Option<Source>)]
    pub source: Patch<Source>,
    /// How the files are read.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = ImportOptions)]
    pub options: Option<ImportOptions>,
}

/// Makes a mapping.
///
/// # Errors
/// [`Error::Duplicate`] where the name is taken.
pub async fn create(ctx: &Ctx, new: NewMapping) -> Result<Model> {
    ctx.tx(async |tx| tx.can::<Entity, Create>()?.insert(new.id, new).await).await
}

/// Changes a mapping.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Duplicate`].
pub async fn update(
    ctx: &Ctx,
    id: mapping::Id,
    expected: Expected,
    patch: MappingPatch,
) -> Result<Model> {
    ctx.tx(async |tx| tx.can::<Entity, Update>()?.update(id, expected, patch).await).await
}

/// The mapping of a name, for files of a kind.
pub(super) async fn named(ctx: &Ctx, name: &Name, kind: RecordKind) -> Result<Model> {
    let this = Column::Name.eq(name.clone());
    let found = ctx.can::<Entity, Read>()?.filtered(this.into(), 1).await?.pop();
    let wrong = |why: &str| Error::Conflict(vec![Fault::new("/mapping", why)]);
    match found {
        Some(mapping) if mapping.kind == kind => Ok(mapping),
        Some(_) => Err(wrong("is for records of another kind")),
        None => Err(wrong("is no mapping")),
    }
}
