//! The picture that stands on a workspace's papers.

use async_graphql::{InputObject, SimpleObject};
use base64::{Engine, prelude::BASE64_STANDARD};
use imagesize::{ImageType, blob_size, image_type};
use rapport_entity::identity::{
    workspace,
    workspace_logo::{Column, Entity, Model},
};
use sea_orm::{Condition, EntityTrait};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use utoipa::ToSchema;

use crate::kernel::{Ctx, Error, Expected, Read, Result, Tx, Update};

/// The largest picture, in bytes.
const LARGEST: usize = 256 * 1024;

/// The most pixels on each side.
const MOST_PIXELS: usize = 4_000;

/// A picture to be put on papers.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewWorkspaceLogo {
    /// The picture, PNG or JPEG, of at most 256 KiB and 4,000 pixels on each side, in base64.
    #[schema(max_length = 349528, pattern = "^[A-Za-z0-9+/]+={0,2}$")]
    pub content: String,
}

/// The picture on a workspace's papers.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceLogo {
    /// What it is: `image/png` or `image/jpeg`.
    #[schema(max_length = 20, pattern = "^image/(png|jpeg)$")]
    pub media_type: String,
    /// The picture, in base64.
    #[schema(max_length = 349528, pattern = "^[A-Za-z0-9+/]+={0,2}$")]
    pub content: String,
}

impl From<Model> for WorkspaceLogo {
    fn from(row: Model) -> Self {
        Self { media_type: row.media_type, content: BASE64_STANDARD.encode(row.content) }
    }
}

/// The picture on the workspace's papers.
///
/// # Errors
/// [`Error::NotFound`] where there is none.
pub async fn get(ctx: &Ctx) -> Result<WorkspaceLogo> {
    ctx.can::<workspace::Entity, Read>()?;
    let row = ctx.rows::<Entity>().all(Entity::find()).await?.pop();
    row.map(WorkspaceLogo::from).ok_or(Error::NotFound("logo"))
}

/// Puts a picture on the workspace's papers, in place of the one before.
///
/// # Errors
/// [`Error::Invalid`] where it is no picture that can be printed.
pub async fn set(ctx: &Ctx, new: NewWorkspaceLogo) -> Result<WorkspaceLogo> {
    let (media_type, content) = read(&new.content)?;
    ctx.tx(async |tx| {
        let row = Model { workspace_id: tx.actor().workspace, media_type, content };
        let before = replace(tx, Some(&row)).await?;
        tell(tx, before.as_ref(), Some(&row)).await?;
        Ok(row.into())
    })
    .await
}

/// Takes the picture off the workspace's papers. Where there is none, there is none after.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn remove(ctx: &Ctx) -> Result<()> {
    ctx.tx(async |tx| {
        let before = replace(tx, None).await?;
        tell(tx, before.as_ref(), None).await
    })
    .await
}

/// The picture in a text, and what it is.
fn read(text: &str) -> Result<(String, Vec<u8>)> {
    let invalid = |why: &str| Error::invalid("/content", why);
    let content = BASE64_STANDARD.decode(text).map_err(|_| invalid("is not base64"))?;
    if content.len() > LARGEST {
        return Err(invalid("must be at most 256 KiB"));
    }
    let media_type = match image_type(&content) {
        Ok(ImageType::Png) => "image/png",
        Ok(ImageType::Jpeg) => "image/jpeg",
        _ => return Err(invalid("must be PNG or JPEG")),
    };
    let size = blob_size(&content).map_err(|_| invalid("must be PNG or JPEG"))?;
    match (1..=MOST_PIXELS).contains(&size.width) && (1..=MOST_PIXELS).contains(&size.height) {
        true => Ok((media_type.to_owned(), content)),
        false => Err(invalid("must be at most 4,000 pixels on each side")),
    }
}

async fn replace(tx: &Tx<'_>, by: Option<&Model>) -> Result<Option<Model>> {
    let own = tx.actor().workspace;
    tx.can::<workspace::Entity, Update>()?.lock(own, Expected::Any).await?;
    let rows = tx.rows::<Entity>();
    let before = rows.all(Entity::find()).await?.pop();
    rows.delete(Condition::all().add(sea_orm::ColumnTrait::eq(&Column::WorkspaceId, own))).await?;
    if let Some(row) = by {
        rows.insert(std::slice::from_ref(row)).await?;
    }
    Ok(before)
}

/// Tells that there is another picture: not what is to be seen on it.
async fn tell(tx: &Tx<'_>, before: Option<&Model>, after: Option<&Model>) -> Result<()> {
    if before == after {
        return Ok(());
    }
    let own = tx.entailed::<workspace::Entity, Read>().one(tx.actor().workspace).await?;
    let what = if after.is_some() { "logo_set" } else { "logo_removed" };
    let member = |row: Option<&Model>| {
        Map::from_iter([("logo".to_owned(), json!(row.map(|row| &row.media_type)))])
    };
    tx.record::<workspace::Entity>(what, &own, member(before), member(after));
    Ok(())
}
