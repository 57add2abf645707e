use std::collections::HashSet;

use async_graphql::InputObject;
use chrono::{DateTime, Utc};
use rapport_entity::{
    Email, MailId, Moment, StatusKey, Text,
    customers::contact,
    identity::user,
    service::{
        attachment,
        request_message::{self, ActiveModel, Column, Entity, Kind, MailIds, Mentions, Model},
        service_request::{self, Channel},
        service_status::Category,
    },
    work::notification,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    answering,
    course::{Statuses, check_going_on, check_past, come_into, happened},
    followups,
    moves::{MoveServiceRequest, move_in},
    saving::{notice, notify_one, save},
    watchers,
};
use crate::{
    customers::Parties,
    kernel::{Create, Ctx, Error, Expected, Faults, Listing, Page, Read, Result, Tx, Update},
    records,
    service::{attachments, mail},
};

/// The most users that a message mentions.
const MOST_MENTIONS: usize = 50;
/// The most e-mails that a message refers to.
const MOST_REFERENCES: usize = 100;

/// A message to be written.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRequestMessage {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<request_message::Id>,
    /// Who writes to whom.
    pub kind: Kind,
    /// What is written.
    pub body: Text,
    /// The user who wrote it, for replies and notes; the caller where left out.
    pub author_id: Option<user::Id>,
    /// The person at the customer's who wrote it, for what customers write; the request's where left out.
    pub contact_id: Option<contact::Id>,
    /// Of an e-mail, the address that it came from.
    pub sender: Option<Email>,
    /// Over what it goes; the request's where left out.
    pub channel: Option<Channel>,
    /// When it was written; now where left out.
    pub sent_at: Option<Moment>,
    /// The users who are mentioned in it, at most 50: they are notified.
    #[schema(max_items = 50)]
    pub mentions: Option<Vec<user::Id>>,
    /// Of an e-mail, its `Message-ID`. One that is here already is not taken again: it is given back.
    pub message_id: Option<MailId>,
    /// Of an e-mail, its `In-Reply-To`.
    pub in_reply_to: Option<MailId>,
    /// Of an e-mail, its `References`, at most 100.
    #[schema(max_items = 100)]
    pub references: Option<Vec<MailId>>,
    /// The last message that whoever writes has seen: where another has come since, this one is refused. It is not asked about
    /// where left out.
    pub last_message_id: Option<request_message::Id>,
    /// Files that were added to the request and that it is sent with, at most 20.
    #[schema(max_items = 20)]
    pub attachment_ids: Option<Vec<attachment::Id>>,
    /// The key of the status that the request comes into with a reply or a note; it stays in its own where left out.
    pub status: Option<StatusKey>,
}

/// The messages of a service request, the latest first unless another order is asked for.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] names everything in the listing that is wrong.
pub async fn list(ctx: &Ctx, id: service_request::Id, listing: &Listing) -> Result<Page<Model>> {
    ctx.can::<service_request::Entity, Read>()?.one_even_deleted(id).await?;
    let sort = listing.sort.clone().or_else(|| Some("-sentAt".to_owned()));
    let listing = Listing { sort, ..listing.clone() };
    ctx.can::<Entity, Read>()?.page_of(&listing, Column::RequestId.eq(id).into()).await
}

/// The latest messages of each of some service requests, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn latest_of(
    ctx: &Ctx,
    requests: &[service_request::Id],
    limit: u64,
) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = requests.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?.latest_each(Column::RequestId, &keys, Column::SentAt, limit).await
}

/// Writes a message about a service request. What a customer writes brings a request that waits back to us, and reopens one
/// that is resolved; to one that is closed it is the beginning of another request that follows it. The first public reply is
/// when we first responded.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] and [`Error::Conflict`] name everything that is wrong; [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, id: service_request::Id, new: NewRequestMessage) -> Result<Model> {
    let once = || create_once(ctx, id, new.clone());
    records::made_or_changed(once).await
}

async fn create_once(ctx: &Ctx, id: service_request::Id, new: NewRequestMessage) -> Result<Model> {
    ctx.tx(async |tx| create_in(tx, id, new).await).await
}

/// Writes a message as a part of something.
pub(in crate::service) async fn create_in(
    tx: &Tx<'_>,
    id: service_request::Id,
    mut new: NewRequestMessage,
) -> Result<Model> {
    let messages = tx.can::<Entity, Create>()?;
    tx.can::<service_request::Entity, Read>()?.one(id).await?;
    if let Some(there) = there(tx, &new).await? {
        return Ok(there);
    }
    let request = lock(tx, id).await?;
    let files = new.attachment_ids.take().unwrap_or_default();
    let mut faults = Faults::default();
    judge(tx, &request, &new, &mut faults).await?;
    judge_last(tx, &request, &new, &mut faults).await?;
    attachments::judge(tx, &[id, request.id], &files, &mut faults).await?;
    faults.check()?;
    let sent = new.sent_at.map_or(tx.now(), Moment::time);
    let request = taking(tx, request, new.kind, sent, new.channel).await?;
    mail::identify(tx, &request, &mut new).await?;
    let (id, status) = (new.id, new.status.clone());
    let made = messages.insert(id, new.row(tx, &request, sent)).await?;
    attachments::attach(tx, &request, &made, &files).await?;
    if let (Kind::Reply, Some(me)) = (made.kind, tx.actor().user) {
        answering::end(tx, request.id, me).await?;
    }
    let request = heard(tx, &request, &made).await?;
    if let Some(status) = status {
        tx.can::<service_request::Entity, Update>()?;
        move_in(tx, request, MoveServiceRequest { status, resolution: None }).await?;
    }
    Ok(made)
}

/// The message that is here already: by its id, or as the same e-mail.
async fn there(tx: &Tx<'_>, new: &NewRequestMessage) -> Result<Option<Model>> {
    if let Some(there) = records::made_before::<Entity>(tx, new.id).await? {
        return match (&there.body, there.kind) == (&new.body, new.kind) {
            true => Ok(Some(there)),
            false => Err(Error::Duplicate("a record with this id already exists".to_owned())),
        };
    }
    let Some(mail) = &new.message_id else { return Ok(None) };
    let same = Condition::all().add(Column::MessageId.eq(mail.clone()));
    Ok(tx.can::<Entity, Read>()?.filtered(same, 1).await?.pop())
}

/// The request, locked; where it has become a part of another, that one.
async fn lock(tx: &Tx<'_>, id: service_request::Id) -> Result<service_request::Model> {
    let requests = tx.entailed::<service_request::Entity, Update>();
    let row = requests.lock(id, Expected::Any).await?;
    match row.merged_into_id {
        Some(into) => requests.lock(into, Expected::Any).await,
        None => Ok(row),
    }
}

async fn judge(
    tx: &Tx<'_>,
    request: &service_request::Model,
    new: &NewRequestMessage,
    faults: &mut Faults,
) -> Result<()> {
    if new.body.as_str().trim().is_empty() {
        faults.invalid("/body", "must say something");
    }
    if new.kind == Kind::Customer {
        if new.author_id.is_some() {
            faults.invalid("/authorId", "is for replies and notes");
        }
        if new.status.is_some() {
            faults.invalid("/status", "is for replies and notes");
        }
    } else if new.contact_id.is_some() {
        faults.invalid("/contactId", "is for what customers write");
    }
    if new.references.as_ref().is_some_and(|ids| ids.len() > MOST_REFERENCES) {
        faults.invalid("/references", format!("must be at most {MOST_REFERENCES}"));
    }
    check_past(tx, new.sent_at.map(Moment::time), "/sentAt", faults);
    let who =
        Parties { contact: new.contact_id, customer: request.customer_id, ..Parties::default() };
    let known = Parties { customer: request.customer_id, ..Parties::default() };
    who.judge(tx, known, faults).await?;
    judge_users(tx, new, faults).await
}

/// What was seen last must still be the last.
async fn judge_last(
    tx: &Tx<'_>,
    request: &service_request::Model,
    new: &NewRequestMessage,
    faults: &mut Faults,
) -> Result<()> {
    let Some(seen) = new.last_message_id else { return Ok(()) };
    let messages = tx.entailed::<Entity, Read>();
    let keys = [request.id.uuid()];
    let last = messages.latest_each(Column::RequestId, &keys, Column::SentAt, 1).await?.pop();
    if last.is_none_or(|last| last.id != seen) {
        faults.conflict("/lastMessageId", "is not the last message any more");
    }
    Ok(())
}

/// Whoever is named must be a user.
async fn judge_users(tx: &Tx<'_>, new: &NewRequestMessage, faults: &mut Faults) -> Result<()> {
    let mentions = new.mentions.as_deref().unwrap_or_default();
    if mentions.len() > MOST_MENTIONS {
        faults.invalid("/mentions", format!("must be at most {MOST_MENTIONS}"));
        return Ok(());
    }
    let named: Vec<user::Id> = mentions.iter().copied().chain(new.author_id).collect();
    if named.is_empty() {
        return Ok(());
    }
    let there = tx.can::<user::Entity, Read>()?.live(&named).await?;
    let there: HashSet<user::Id> = there.iter().map(|user| user.id).collect();
    if new.author_id.is_some_and(|author| !there.contains(&author)) {
        faults.conflict("/authorId", "is no user of this workspace");
    }
    for (n, _) in mentions.iter().enumerate().filter(|(_, id)| !there.contains(id)) {
        faults.conflict(format!("/mentions/{n}"), "is no user of this workspace");
    }
    Ok(())
}

/// The request that takes a message: one that is closed takes nothing more of the customer, another one follows it.
async fn taking(
    tx: &Tx<'_>,
    request: service_request::Model,
    kind: Kind,
    sent: DateTime<Utc>,
    channel: Option<Channel>,
) -> Result<service_request::Model> {
    let is_over = request.status_category == Category::Closed && sent >= request.status_since;
    match kind == Kind::Customer && is_over {
        true => followups::follow_up(tx, &request, sent, channel).await,
        false => Ok(request),
    }
}

impl NewRequestMessage {
    /// One of which nothing else is said.
    pub(in crate::service) fn of(kind: Kind, body: Text) -> Self {
        Self {
            id: None,
            kind,
            body,
            author_id: None,
            contact_id: None,
            sender: None,
            channel: None,
            sent_at: None,
            mentions: None,
            message_id: None,
            in_reply_to: None,
            references: None,
            attachment_ids: None,
            last_message_id: None,
            status: None,
        }
    }

    fn row(self, tx: &Tx<'_>, of: &service_request::Model, sent: DateTime<Utc>) -> ActiveModel {
        let is_ours = self.kind != Kind::Customer;
        // What somebody else has sent is not the contact's.
        let contact = of.contact_id.filter(|_| self.sender.is_none());
        ActiveModel {
            request_id: Set(of.id),
            customer_id: Set(of.customer_id),
            kind: Set(self.kind),
            body: Set(self.body),
            author_id: Set(self.author_id.or(tx.actor().user).filter(|_| is_ours)),
            contact_id: Set(self.contact_id.or(contact).filter(|_| !is_ours)),
            sender: Set(self.sender),
            channel: Set(self.channel.unwrap_or(of.channel)),
            sent_at: Set(sent),
            mentions: Set(Mentions(self.mentions.unwrap_or_default())),
            message_id: Set(self.message_id),
            in_reply_to: Set(self.in_reply_to),
            reference_ids: Set(MailIds(self.references.unwrap_or_default())),
            ..Default::default()
        }
    }
}

/// Writes a message of ours as a part of something.
pub(super) async fn write(
    tx: &Tx<'_>,
    request: &service_request::Model,
    kind: Kind,
    body: Text,
) -> Result<Model> {
    let row = ActiveModel {
        request_id: Set(request.id),
        customer_id: Set(request.customer_id),
        kind: Set(kind),
        body: Set(body),
        author_id: Set(tx.actor().user),
        channel: Set(request.channel),
        sent_at: Set(tx.now()),
        mentions: Set(Mentions::default()),
        reference_ids: Set(MailIds::default()),
        ..Default::default()
    };
    tx.entailed::<Entity, Create>().insert(None, row).await
}

/// What becomes of a request by a message, and who is told of it.
async fn heard(
    tx: &Tx<'_>,
    request: &service_request::Model,
    message: &Model,
) -> Result<service_request::Model> {
    for to in message.mentions.0.iter().filter(|to| tx.actor().user != Some(**to)) {
        let mut notice =
            notice(notification::Kind::RequestMentioned, request, Some(message.body.clone()));
        notice.occasion = format!("message {} mentions", message.id);
        notify_one(tx, *to, notice).await?;
    }
    let what = match message.kind {
        Kind::Customer => "customer_wrote",
        Kind::Reply => "replied",
        Kind::Note => return Ok(request.clone()),
    };
    let row = save(tx, request, with_message(request, message), what, &[]).await?;
    let mut notice = notice(notification::Kind::RequestUpdated, &row, Some(message.body.clone()));
    notice.occasion = format!("message {}", message.id);
    watchers::tell(tx, &row, notice).await?;
    match message.kind == Kind::Customer && message.sent_at >= row.status_since {
        true => answered_by_customer(tx, row, message.sent_at).await,
        false => Ok(row),
    }
}

/// A request with what a message says of it.
pub(super) fn with_message(
    row: &service_request::Model,
    message: &Model,
) -> service_request::Model {
    let (at, mut row) = (message.sent_at, row.clone());
    match message.kind {
        Kind::Customer => row.last_customer_message_at = row.last_customer_message_at.max(Some(at)),
        Kind::Reply => {
            row.first_responded_at = Some(row.first_responded_at.map_or(at, |first| first.min(at)));
            row.last_reply_at = row.last_reply_at.max(Some(at));
        }
        Kind::Note => {}
    }
    row
}

/// A request that waits, or is resolved, is ours again once the customer writes, where its status may become one of the
/// category `open`. Where it may not, it stays.
async fn answered_by_customer(
    tx: &Tx<'_>,
    row: service_request::Model,
    at: DateTime<Utc>,
) -> Result<service_request::Model> {
    let turns = row.status_category.is_waiting() || row.status_category == Category::Resolved;
    if !turns || check_going_on(&row).is_err() {
        return Ok(row);
    }
    let all = Statuses::of(tx).await?;
    let Some(status) = all.towards(&row.status, |of| of == Category::Open) else {
        return Ok(row);
    };
    let after = come_into(&row, status, at);
    let what = happened(row.status_category, after.status_category);
    save(tx, &row, after, what, &[]).await
}
