use async_graphql::InputObject;
use chrono::TimeDelta;
use futures_util::Stream;
use rapport_entity::service::{
    attachment::{self, ActiveModel, Column, Entity, Model},
    request_message, service_request, stored_object,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    attaching::{attach, tell},
    kinds::media_type,
    names::cleaned,
};
use crate::{
    integration::objects::{Objects, Received},
    kernel::{Create, Ctx, Error, Listing, Page, Read, Result, Tx},
};

/// The most files of one request.
const MOST_OF_A_REQUEST: i64 = 1_000;

/// How long a file waits for a message to be written with it.
pub(super) const PATIENCE: TimeDelta = TimeDelta::days(1);

/// A file to be added to a service request.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAttachment {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<attachment::Id>,
    /// What the file is called.
    #[schema(max_length = 1000)]
    pub file_name: Option<String>,
    /// Whether the file belongs to the request itself; where left out it is removed after a day unless a message is written
    /// with it.
    pub keep: Option<bool>,
}

/// The files of a service request, the newest first.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] names everything in the listing that is wrong.
pub async fn list(ctx: &Ctx, id: service_request::Id, listing: &Listing) -> Result<Page<Model>> {
    ctx.can::<service_request::Entity, Read>()?.one_even_deleted(id).await?;
    ctx.can::<Entity, Read>()?.page_of(listing, Column::RequestId.eq(id).into()).await
}

/// The newest files of each of some messages, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn latest_of(
    ctx: &Ctx,
    messages: &[request_message::Id],
    limit: u64,
) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = messages.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?.latest_each(Column::MessageId, &keys, Column::CreatedAt, limit).await
}

/// Adds a file to a service request, as it comes; to one that has become a part of another, there.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::TooLarge`]; [`Error::Invalid`] where there is nothing in it; [`Error::Refused`] where the
/// request has too many; whatever `body` fails with.
pub async fn create<B: AsRef<[u8]>, E: From<Error>>(
    ctx: &Ctx,
    objects: &Objects,
    request: service_request::Id,
    new: NewAttachment,
    body: impl Stream<Item = Result<B, E>>,
) -> Result<Model, E> {
    ctx.can::<Entity, Create>()?;
    let request = going_on(ctx, request).await?;
    if let Some(there) = made_before(ctx, &request, &new).await? {
        return Ok(there);
    }
    let stored = store(ctx, objects, body).await?;
    let object = stored.0;
    let made = keep(ctx, &request, new, stored).await;
    if made.is_err() {
        // Where this fails too, upkeep does it.
        let _ = objects.remove(ctx.actor().workspace, object).await;
    }
    Ok(made?)
}

/// Stores what is sent. What no record is made of goes after a day.
pub(crate) async fn store<B: AsRef<[u8]>, E: From<Error>>(
    ctx: &Ctx,
    objects: &Objects,
    body: impl Stream<Item = Result<B, E>>,
) -> Result<Stored, E> {
    let object = expect(ctx).await?;
    Ok((object, objects.receive(ctx.actor().workspace, object, body).await?))
}

/// What is stored, and what was received of it.
pub(crate) type Stored = (Uuid, Received);

/// Has a message sent with files that were stored for it.
pub(crate) async fn add_to(
    tx: &Tx<'_>,
    message: &request_message::Model,
    files: Vec<(Option<String>, Stored)>,
) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let requests = tx.entailed::<service_request::Entity, Read>();
    let request = requests.one(message.request_id).await?;
    let mut ids = Vec::new();
    for (file_name, stored) in files {
        let new = NewAttachment { file_name, ..NewAttachment::default() };
        ids.push(add(tx, &request, &new, stored).await?.id);
    }
    attach(tx, &request, message, &ids).await
}

/// The request; where it has become a part of another, that one.
async fn going_on(ctx: &Ctx, id: service_request::Id) -> Result<service_request::Model> {
    let requests = ctx.can::<service_request::Entity, Read>()?;
    let row = requests.one(id).await?;
    match row.merged_into_id {
        Some(into) => requests.one(into).await,
        None => Ok(row),
    }
}

/// A create that is repeated makes nothing, and its file is not read.
async fn made_before(
    ctx: &Ctx,
    request: &service_request::Model,
    new: &NewAttachment,
) -> Result<Option<Model>> {
    let Some(id) = new.id else { return Ok(None) };
    let Some(there) = ctx.can::<Entity, Read>()?.live(&[id]).await?.pop() else { return Ok(None) };
    let name = cleaned(new.file_name.as_deref())?;
    match there.request_id == Some(request.id) && there.name == name {
        true => Ok(Some(there)),
        false => Err(Error::Duplicate("an attachment with this id already exists".to_owned())),
    }
}

/// Writes down that something is about to be stored, so that it is found again whatever happens.
async fn expect(ctx: &Ctx) -> Result<Uuid> {
    ctx.tx(async |tx| {
        tx.unheard();
        let row = stored_object::Model {
            workspace_id: tx.actor().workspace,
            id: Uuid::now_v7(),
            forget_at: Some(tx.now() + PATIENCE),
        };
        tx.rows::<stored_object::Entity>().insert(std::slice::from_ref(&row)).await?;
        Ok(row.id)
    })
    .await
}

async fn keep(
    ctx: &Ctx,
    request: &service_request::Model,
    new: NewAttachment,
    stored: Stored,
) -> Result<Model> {
    if stored.1.bytes == 0 {
        return Err(Error::invalid("/content", "must not be empty"));
    }
    ctx.tx(async |tx| {
        tx.one_at_a_time(&format!("attachments of {}", request.id)).await?;
        check_room(tx, request.id).await?;
        let is_kept = new.keep.unwrap_or(false);
        let made = add(tx, request, &new, stored).await?;
        if is_kept {
            tell(tx, request, "attachment_added", std::slice::from_ref(&made));
        }
        Ok(made)
    })
    .await
}

async fn check_room(tx: &Tx<'_>, request: service_request::Id) -> Result<()> {
    let its = Condition::all().add(Column::RequestId.eq(request));
    let files = tx.entailed::<Entity, Read>();
    let count: Vec<(Uuid, i64)> = files.tally(&[Column::RequestId], its).await?;
    match count.first() {
        Some((_, count)) if *count >= MOST_OF_A_REQUEST => {
            Err(Error::Refused(format!("the request has {count} attachments already")))
        }
        _ => Ok(()),
    }
}

/// Makes the record of a file that was stored.
async fn add(
    tx: &Tx<'_>,
    request: &service_request::Model,
    new: &NewAttachment,
    (object, received): Stored,
) -> Result<Model> {
    let forget_at = (!new.keep.unwrap_or(false)).then(|| tx.now() + PATIENCE);
    let this = Condition::all().add(stored_object::Column::Id.eq(object));
    let objects = tx.rows::<stored_object::Entity>();
    objects.set(stored_object::Column::ForgetAt, forget_at, this).await?;
    let row = ActiveModel {
        request_id: Set(Some(request.id)),
        message_id: Set(None),
        customer_id: Set(request.customer_id),
        object_id: Set(object),
        name: Set(cleaned(new.file_name.as_deref())?),
        media_type: Set(media_type(&received.head).to_owned()),
        bytes: Set(received.bytes as i64),
        sha256: Set(received.sha256.iter().map(|byte| format!("{byte:02x}")).collect()),
        is_internal: Set(false),
        added_by_id: Set(tx.actor().user),
        expires_at: Set(forget_at),
        ..Default::default()
    };
    tx.can::<Entity, Create>()?.insert(new.id, row).await
}
