use rapport_entity::service::{
    attachment::{Entity, Id, Model},
    request_message::{self, Kind},
    service_request, stored_object,
};
use sea_orm::{ColumnTrait, Condition};
use serde_json::{Map, json};
use uuid::Uuid;

use crate::kernel::{Expected, Faults, Read, Result, Tx, Update};

/// The most files that a message is sent with.
pub const MOST_OF_A_MESSAGE: usize = 20;

/// Names the files that a message cannot be sent with: those that are not one of these requests', or another message has
/// already been sent with.
pub(crate) async fn judge(
    tx: &Tx<'_>,
    requests: &[service_request::Id],
    ids: &[Id],
    faults: &mut Faults,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    if ids.len() > MOST_OF_A_MESSAGE {
        faults.invalid("/attachmentIds", format!("must be at most {MOST_OF_A_MESSAGE}"));
        return Ok(());
    }
    let found = tx.can::<Entity, Read>()?.live(ids).await?;
    for (n, id) in ids.iter().enumerate() {
        let pointer = format!("/attachmentIds/{n}");
        let file = found.iter().find(|file| file.id == *id);
        let is_theirs = |file: &&Model| file.request_id.is_some_and(|of| requests.contains(&of));
        match file.filter(is_theirs) {
            None => faults.conflict(pointer, "is no attachment of this request"),
            Some(file) if file.message_id.is_some() => {
                faults.conflict(pointer, "was sent with another message");
            }
            Some(_) if ids.iter().take(n).any(|before| before == id) => {
                faults.invalid(pointer, "is named already");
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Has a message sent with files, which stay from now on.
pub(crate) async fn attach(
    tx: &Tx<'_>,
    request: &service_request::Model,
    message: &request_message::Model,
    ids: &[Id],
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let found = tx.entailed::<Entity, Read>().live(ids).await?;
    stay(tx, &found).await?;
    let files = tx.entailed::<Entity, Update>();
    let mut attached = Vec::new();
    for id in ids {
        let before = files.lock(*id, Expected::Any).await?;
        let after = Model {
            request_id: Some(request.id),
            message_id: Some(message.id),
            customer_id: request.customer_id,
            is_internal: message.kind == Kind::Note,
            expires_at: None,
            ..before.clone()
        };
        attached.push(files.save(&before, after, "updated", &[]).await?);
    }
    tell(tx, request, "attachment_added", &attached);
    Ok(())
}

/// What is stored is first of all locks, for those who attach and for those who forget.
async fn stay(tx: &Tx<'_>, files: &[Model]) -> Result<()> {
    let objects: Vec<Uuid> = files.iter().map(|file| file.object_id).collect();
    let these = Condition::all().add(stored_object::Column::Id.is_in(objects));
    let never: Option<chrono::DateTime<chrono::Utc>> = None;
    let stored = tx.rows::<stored_object::Entity>();
    stored.set(stored_object::Column::ForgetAt, never, these).await.map(drop)
}

/// Tells what became of a request's files.
pub(super) fn tell(tx: &Tx<'_>, request: &service_request::Model, what: &str, files: &[Model]) {
    for file in files {
        let member = json!({
            "id": file.id,
            "messageId": file.message_id,
            "name": file.name,
            "mediaType": file.media_type,
            "bytes": file.bytes,
        });
        let member = Map::from_iter([("attachment".to_owned(), member)]);
        let (before, after) = match what {
            "attachment_removed" => (member, Map::new()),
            _ => (Map::new(), member),
        };
        tx.record::<service_request::Entity>(what, request, before, after);
    }
}
