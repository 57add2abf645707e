use async_graphql::InputObject;
use rapport_entity::{
    Count, Name, Slug, Text,
    sales::{
        opportunity,
        pipeline::{self, ActiveModel, Column, Entity, Freedom, Model},
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, EntityTrait, IntoActiveValue, QueryFilter, QuerySelect,
    sea_query::LockType,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::kernel::{Create, Ctx, Delete, Error, Expected, Patch, Read, Result, Tx, Update};

/// A pipeline to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPipeline {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<pipeline::Id>,
    /// What the pipeline is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    /// What programs call it; unique in the workspace.
    pub key: Slug,
    /// What is sold through it, and how.
    pub description: Option<Text>,
    /// Where it stands among the pipelines.
    pub position: Count,
    /// Whether opportunities go through it that name none, and no longer through another; they do not where left out.
    pub is_default: Option<bool>,
    /// Whether new opportunities may go through it; they may where left out.
    pub active: Option<bool>,
    /// Whether opportunities may skip stages; they may where left out.
    pub skipping: Option<Freedom>,
    /// Whether opportunities may go back to earlier stages; they may where left out.
    pub going_back: Option<Freedom>,
}

/// What to change of a pipeline: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PipelinePatch {
    /// What the pipeline is called; unique in the workspace, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// What programs call it; unique in the workspace.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Slug)]
    pub key: Option<Slug>,
    /// What is sold through it, and how.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// Where it stands among the pipelines.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Count)]
    pub position: Option<Count>,
    /// Whether opportunities go through it that name none, and no longer through another.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub is_default: Option<bool>,
    /// Whether new opportunities may go through it. Those that do go on.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub active: Option<bool>,
    /// Whether opportunities may skip stages.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Freedom)]
    pub skipping: Option<Freedom>,
    /// Whether opportunities may go back to earlier stages.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Freedom)]
    pub going_back: Option<Freedom>,
}

/// Makes a pipeline.
///
/// # Errors
/// [`Error::Duplicate`] where its name or key is taken.
pub async fn create(ctx: &Ctx, new: NewPipeline) -> Result<Model> {
    ctx.tx(async |tx| {
        let pipelines = tx.can::<Entity, Create>()?;
        if new.is_default == Some(true) {
            default_is_only(tx, new.id).await?;
        }
        let row = ActiveModel {
            name: Set(new.name),
            sort_name: Set(String::new()),
            key: Set(new.key),
            description: Set(new.description),
            position: Set(new.position),
            is_default: Set(new.is_default.unwrap_or(false)),
            active: Set(new.active.unwrap_or(true)),
            skipping: Set(new.skipping.unwrap_or_default()),
            going_back: Set(new.going_back.unwrap_or_default()),
            ..Default::default()
        };
        pipelines.insert(new.id, row).await
    })
    .await
}

/// Changes a pipeline.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Duplicate`].
pub async fn update(
    ctx: &Ctx,
    id: pipeline::Id,
    expected: Expected,
    patch: PipelinePatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let pipelines = tx.can::<Entity, Update>()?;
        if patch.is_default == Some(true) {
            default_is_only(tx, Some(id)).await?;
        }
        let row = ActiveModel {
            name: patch.name.map_or(NotSet, Set),
            key: patch.key.map_or(NotSet, Set),
            description: patch.description.into_active_value(),
            position: patch.position.map_or(NotSet, Set),
            is_default: patch.is_default.map_or(NotSet, Set),
            active: patch.active.map_or(NotSet, Set),
            skipping: patch.skipping.map_or(NotSet, Set),
            going_back: patch.going_back.map_or(NotSet, Set),
            ..Default::default()
        };
        pipelines.update(id, expected, row).await
    })
    .await
}

/// Deletes a pipeline that no open opportunity goes through, so that it can be restored.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] while open opportunities go through it.
pub async fn delete(ctx: &Ctx, id: pipeline::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = tx.can::<Entity, Delete>()?.delete(id, expected).await?;
        let through = Condition::all()
            .add(opportunity::Column::PipelineId.eq(id))
            .add(opportunity::Column::Status.eq(opportunity::Status::Open));
        match tx.entailed::<opportunity::Entity, Read>().any_even_deleted(through).await? {
            true => {
                let why = "the pipeline stays while open opportunities go through it";
                Err(Error::Refused(why.to_owned()))
            }
            false => Ok(deleted),
        }
    })
    .await
}

/// What is done by one at a time: saying through which pipeline opportunities go that name none.
const DEFAULT: &str = "default pipeline";

/// No other pipeline is the one for opportunities that name none.
async fn default_is_only(tx: &Tx<'_>, id: Option<pipeline::Id>) -> Result<()> {
    tx.one_at_a_time(DEFAULT).await?;
    let pipelines = tx.entailed::<Entity, Update>();
    let default = Condition::all().add(Column::IsDefault.eq(true));
    for other in tx.entailed::<Entity, Read>().filtered(default, 1).await? {
        if Some(other.id) != id {
            let no_longer = ActiveModel { is_default: Set(false), ..Default::default() };
            pipelines.update(other.id, Expected::Any, no_longer).await?;
        }
    }
    Ok(())
}

/// The pipeline of which a condition holds, if it is there. Until the transaction ends it is neither changed nor deleted.
pub(in crate::sales) async fn held(tx: &Tx<'_>, which: Condition) -> Result<Option<Model>> {
    let query =
        Entity::find().filter(which).filter(Column::DeletedAt.is_null()).lock(LockType::Share);
    Ok(tx.rows::<Entity>().all(query).await?.pop())
}
