use rapport_entity::{
    MailId,
    service::{
        mailbox,
        request_message::{Column, Entity, Kind, Model},
        service_request::{self, Channel},
    },
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::{
    kernel::{Error, Read, Result, Tx},
    service::requests::messages::NewRequestMessage,
};

/// The most e-mails that a reply refers to, of a longer thread the last ones.
const MOST_REFERENCES: usize = 100;

/// Gives a reply that goes out by e-mail an id of ours, and has it answer what the customer wrote last: so that whoever sends
/// it can say so, and what comes back finds its way. Where there is no mailbox it stays as it is.
pub(crate) async fn identify(
    tx: &Tx<'_>,
    request: &service_request::Model,
    new: &mut NewRequestMessage,
) -> Result<()> {
    let channel = new.channel.unwrap_or(request.channel);
    if new.kind != Kind::Reply || channel != Channel::Email || new.message_id.is_some() {
        return Ok(());
    }
    let Some(domain) = domain(tx, request).await? else { return Ok(()) };
    let id = format!("<{}@{domain}>", Uuid::now_v7());
    new.message_id = Some(id.parse().map_err(Error::internal)?);
    if let Some(last) = last_of_customer(tx, request).await? {
        new.in_reply_to = new.in_reply_to.take().or(last.message_id.clone());
        new.references.get_or_insert_with(|| references(last));
    }
    Ok(())
}

/// The domain of the mailbox of the request's queue, or of the oldest one.
async fn domain(tx: &Tx<'_>, request: &service_request::Model) -> Result<Option<String>> {
    let enabled = Condition::all().add(mailbox::Column::Enabled.eq(true));
    let mut all = tx.entailed::<mailbox::Entity, Read>().filtered(enabled, 100).await?;
    all.sort_by_key(|one| (one.queue_id != request.queue_id, one.created_at, one.id.uuid()));
    let first = all.into_iter().next();
    Ok(first.and_then(|one| Some(one.address.as_str().rsplit_once('@')?.1.to_ascii_lowercase())))
}

async fn last_of_customer(tx: &Tx<'_>, request: &service_request::Model) -> Result<Option<Model>> {
    let last = Entity::find()
        .filter(Column::RequestId.eq(request.id))
        .filter(Column::Kind.eq(Kind::Customer))
        .filter(Column::MessageId.is_not_null())
        .order_by_desc(Column::SentAt)
        .order_by_desc(Column::Id)
        .limit(1);
    Ok(tx.rows::<Entity>().all(last).await?.pop())
}

/// What a mail refers to that answers another (RFC 5322 3.6.4).
fn references(of: Model) -> Vec<MailId> {
    let mut all = of.reference_ids.0;
    all.extend(of.message_id);
    let surplus = all.len().saturating_sub(MOST_REFERENCES);
    all.split_off(surplus)
}
