use async_graphql::InputObject;
use rapport_entity::{
    Name,
    service::{
        attachment, request_link, request_message,
        service_request::{self, Entity, Model},
    },
};
use sea_orm::{ColumnTrait, Condition};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{course::check_going_on, followups, links, messages::with_message, saving::save};
use crate::kernel::{Create, Ctx, Error, Expected, Read, Result, Update};

/// The message that another service request is to begin with.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SplitServiceRequest {
    /// The message: one of the request's.
    pub message_id: request_message::Id,
    /// What the new request is about, in a few words; what this one is about where left out.
    pub subject: Option<Name>,
}

/// Makes another service request of a message of one: of the same customer and in the same hands, and related to it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Conflict`] where the message is none of the request's; [`Error::Refused`]
/// where it has become a part of another.
pub async fn split(
    ctx: &Ctx,
    id: service_request::Id,
    expected: Expected,
    how: SplitServiceRequest,
) -> Result<Model> {
    ctx.tx(async |tx| {
        tx.can::<Entity, Create>()?;
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        check_going_on(&before)?;
        let messages = tx.can::<request_message::Entity, Read>()?;
        let message = messages.live(&[how.message_id]).await?.pop();
        let message = message
            .filter(|message| message.request_id == id)
            .ok_or_else(|| Error::conflict("/messageId", "is no message of this request"))?;
        let like = Model {
            subject: how.subject.unwrap_or(before.subject.clone()),
            description: None,
            channel: message.channel,
            opened_at: message.sent_at,
            ..before.clone()
        };
        let made = followups::make(tx, like).await?;
        let this = Condition::all().add(request_message::Column::Id.eq(message.id));
        let column = request_message::Column::RequestId;
        tx.rows::<request_message::Entity>().set(column, Uuid::from(made.id), this).await?;
        let its = Condition::all().add(attachment::Column::MessageId.eq(message.id));
        let files = tx.rows::<attachment::Entity>();
        files.set(attachment::Column::RequestId, Uuid::from(made.id), its).await?;
        let made = save(tx, &made, with_message(&made, &message), "updated", &[]).await?;
        links::join(tx, &made, &before, request_link::Kind::Relates).await
    })
    .await
}
