use std::{io, net::IpAddr};

use async_graphql::{InputObject, SimpleObject};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use futures_util::Stream;
use rapport_entity::{
    Moment, Name,
    identity::{Secret, workspace},
    log::event::ActorKind,
    service::{
        attachment::{Entity, Id, Model},
        service_request,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::kinds::is_shown;
use crate::{
    facts,
    identity::{Allowance, Auth, draw},
    integration::objects::Objects,
    kernel::{Ctx, Error, Read, Result, sealing},
};

/// Begins what is sealed in a link, so that nothing else that is sealed is taken for one.
const PLACE: &str = "attachment link";

/// How long a link is good for where nobody says.
const USUAL: i64 = 24;

/// How long a link is good for at the most: 30 days.
const LONGEST: i64 = 720;

/// How many links may be opened from one address.
const OF_ADDRESS: Allowance = Allowance { tries: 120, window: TimeDelta::minutes(1) };

/// A link that is to be made.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAttachmentLink {
    /// For how many hours it is good, up to 720; 24 where left out.
    #[schema(minimum = 1, maximum = 720)]
    pub hours: Option<i32>,
}

/// A link by which a file can be fetched without being signed in.
#[derive(Clone, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct AttachmentLink {
    /// The path, after the address of this API: whoever has it can fetch the file.
    #[schema(max_length = 600, pattern = "^/api/v1/public/attachments/[A-Za-z0-9_-]+$")]
    pub path: String,
    /// Until when it is good.
    pub expires_at: Moment,
}

/// A file on its way out.
pub struct Download<S> {
    /// What it is called.
    pub name: Name,
    /// What it is.
    pub media_type: String,
    /// How many bytes.
    pub bytes: u64,
    /// Whether a browser may show it; what may run something is only ever saved.
    pub is_shown: bool,
    /// What is in it.
    pub content: S,
}

/// What a link says.
#[derive(Serialize, Deserialize)]
struct Claims {
    workspace: workspace::Id,
    attachment: Id,
    until: i64,
}

/// A file of a request that the actor may see.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn content(
    ctx: &Ctx,
    objects: &Objects,
    id: Id,
) -> Result<Download<impl Stream<Item = io::Result<Vec<u8>>> + Send + use<>>> {
    let row = seen(ctx, id).await?;
    sent(objects, row).await
}

/// The record, where the actor may see the request too.
async fn seen(ctx: &Ctx, id: Id) -> Result<Model> {
    let row = ctx.can::<Entity, Read>()?.one(id).await?;
    if let Some(request) = row.request_id {
        ctx.can::<service_request::Entity, Read>()?.one(request).await?;
    }
    Ok(row)
}

async fn sent(
    objects: &Objects,
    row: Model,
) -> Result<Download<impl Stream<Item = io::Result<Vec<u8>>> + Send + use<>>> {
    let content = objects.read(row.workspace_id, row.object_id).await?;
    Ok(Download {
        is_shown: is_shown(&row.media_type),
        name: row.name,
        bytes: row.bytes.unsigned_abs(),
        media_type: row.media_type,
        content,
    })
}

/// Makes a link to a file, for whoever is not signed in. It is sealed rather than kept: it cannot be taken back before it
/// ends but by removing the file.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`]; [`Error::Refused`] for what is among ourselves.
pub async fn link(ctx: &Ctx, id: Id, new: NewAttachmentLink) -> Result<AttachmentLink> {
    let hours = new.hours.map_or(USUAL, i64::from);
    if !(1..=LONGEST).contains(&hours) {
        return Err(Error::invalid("/hours", format!("must be from 1 to {LONGEST}")));
    }
    let row = seen(ctx, id).await?;
    if row.is_internal {
        return Err(Error::Refused("the attachment is among ourselves".to_owned()));
    }
    let until = ctx.database().clock().now() + TimeDelta::hours(hours);
    let claims = Claims { workspace: row.workspace_id, attachment: id, until: until.timestamp() };
    let text = serde_json::to_vec(&claims).map_err(|err| Error::Internal(err.into()))?;
    let sealed = sealing::seal(ctx.database(), PLACE, &text).await?;
    // Revealed to whoever asks for the link: what is sealed is of no use to them but as it is.
    let token = BASE64_URL_SAFE_NO_PAD.encode(sealed.reveal());
    let path = format!("/api/v1/public/attachments/{token}");
    Ok(AttachmentLink { path, expires_at: until.into() })
}

/// The file that a link leads to.
///
/// # Errors
/// [`Error::NotFound`] where it leads to none, or no longer; [`Error::Throttled`].
pub async fn open(
    auth: &Auth,
    objects: &Objects,
    token: &str,
    from: Option<IpAddr>,
) -> Result<Download<impl Stream<Item = io::Result<Vec<u8>>> + Send + use<>>> {
    const NONE: Error = Error::NotFound("attachment");
    if let Some(address) = from {
        draw(auth.database(), &format!("attachments from {address}"), OF_ADDRESS).await?;
    }
    let claims = claims(auth, token).await.ok_or(NONE)?;
    let which = sea_orm::ColumnTrait::eq(&workspace::Column::Id, claims.workspace);
    let company = auth.database().workspace(which).await?.ok_or(NONE)?;
    let ctx = facts::system(auth.database(), &company, ActorKind::Customer).await?;
    let row = seen(&ctx, claims.attachment).await.map_err(|_| NONE)?;
    match row.is_internal {
        true => Err(NONE),
        false => sent(objects, row).await,
    }
}

/// What a link says, where it is one of ours and is still good.
async fn claims(auth: &Auth, token: &str) -> Option<Claims> {
    let sealed = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let sealed = Secret::new(String::from_utf8(sealed).ok()?);
    let text = sealing::open(auth.database(), PLACE, &sealed).await.ok()?;
    let claims: Claims = serde_json::from_slice(&text).ok()?;
    (claims.until > auth.database().clock().now().timestamp()).then_some(claims)
}
