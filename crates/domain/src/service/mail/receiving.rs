use std::net::IpAddr;

use async_graphql::SimpleObject;
use chrono::TimeDelta;
use futures_util::stream;
use rapport_entity::{
    Email, MailId, Moment,
    customers::contact,
    identity::{Token, workspace},
    log::event::ActorKind,
    sales::lead,
    service::{
        inbound_mail::{self, Outcome},
        mailbox::{Column, Entity, Model, UnknownSenders},
        request_message,
        service_request::{self, Channel},
    },
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    mailboxes::PREFIX,
    parsed::{File, Mail},
};
use crate::{
    facts,
    identity::{Allowance, Auth, Opaque, draw, sha256},
    integration::objects::Objects,
    kernel::{Ctx, Error, Read, Result, Tx},
    sales::leads::{
        leads::{self, NewLead},
        matches::{self, LeadMatch},
    },
    service::{
        attachments, queues,
        requests::{
            NewServiceRequest,
            messages::{self, NewRequestMessage},
            requests,
        },
    },
};

/// The largest e-mail, in bytes: it is read as a whole.
pub const LARGEST: u64 = 40 << 20;

/// How long an e-mail is known that came in.
const KNOWN: TimeDelta = TimeDelta::days(60);

/// How much may come by one mailbox.
const OF_MAILBOX: Allowance = Allowance { tries: 600, window: TimeDelta::minutes(1) };

/// How often somebody may try tokens.
const OF_ADDRESS: Allowance = Allowance { tries: 1_200, window: TimeDelta::minutes(1) };

/// What became of an e-mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct MailReceipt {
    /// What it has become.
    pub outcome: Outcome,
    /// Whether it had come before: nothing was done this time.
    pub repeated: bool,
    /// The service request that it belongs to.
    pub request_id: Option<service_request::Id>,
}

/// A file that is stored, and what it is called.
type Stored = (Option<String>, attachments::Stored);

/// A mailbox that takes mail, and the workspace at work on its behalf.
pub struct OpenMailbox {
    ctx: Ctx,
    mailbox: Model,
}

/// The mailbox of a token. Nobody is signed in: the token lets in nothing but mail.
///
/// # Errors
/// [`Error::NotFound`] where it is the token of no mailbox that takes mail; [`Error::Throttled`].
pub async fn open(auth: &Auth, token: &str, from: Option<IpAddr>) -> Result<OpenMailbox> {
    const NONE: Error = Error::NotFound("mailbox");
    if let Some(address) = from {
        draw(auth.database(), &format!("mail from {address}"), OF_ADDRESS).await?;
    }
    let token: Token = token.parse().map_err(|_| NONE)?;
    let token = Opaque::parse(PREFIX, token.reveal()).ok_or(NONE)?;
    let which = workspace::Column::Id.eq(token.workspace);
    let company = auth.database().workspace(which).await?.ok_or(NONE)?;
    let ctx = facts::system(auth.database(), &company, ActorKind::Customer).await?;
    let which =
        Condition::all().add(Column::SecretHash.eq(token.hash())).add(Column::Enabled.eq(true));
    let mailbox = ctx.can::<Entity, Read>()?.filtered(which, 1).await?.pop().ok_or(NONE)?;
    draw(auth.database(), &format!("mailbox {}", mailbox.id), OF_MAILBOX).await?;
    Ok(OpenMailbox { ctx, mailbox })
}

impl OpenMailbox {
    /// Takes an e-mail that a gateway hands over. The same mail again does nothing again.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; [`Error::Malformed`] where it is no e-mail.
    pub async fn receive(&self, objects: &Objects, raw: Vec<u8>) -> Result<MailReceipt> {
        if raw.len() as u64 > LARGEST {
            return Err(Error::TooLarge(LARGEST));
        }
        let (hash, mut mail) = read(raw).await?;
        let ctx = &self.ctx;
        if let Some(there) = ctx.tx(async |tx| known(tx, &hash, &mail).await).await? {
            return Ok(there);
        }
        let stored = store(ctx, objects, std::mem::take(&mut mail.files)).await?;
        ctx.tx(async |tx| take(tx, &self.mailbox, &hash, &mail, stored).await).await
    }
}

/// Beside the requests: that takes longer than answering does.
async fn read(raw: Vec<u8>) -> Result<(Vec<u8>, Mail)> {
    let read = tokio::task::spawn_blocking(move || {
        let mail = Mail::read(&raw)?;
        Ok((hash(&mail, &raw), mail))
    });
    read.await.map_err(Error::internal)?
}

/// What makes it the same mail again.
fn hash(mail: &Mail, raw: &[u8]) -> Vec<u8> {
    match &mail.id {
        Some(id) => sha256(format!("id\0{id}").as_bytes()).to_vec(),
        None => sha256(&[b"raw\0", raw].concat()).to_vec(),
    }
}

/// What became of a mail that has come before, or that is one of ours.
async fn known(tx: &Tx<'_>, hash: &[u8], mail: &Mail) -> Result<Option<MailReceipt>> {
    tx.unheard();
    let same = inbound_mail::Entity::find().filter(inbound_mail::Column::Hash.eq(hash.to_vec()));
    if let Some(row) = tx.rows::<inbound_mail::Entity>().all(same).await?.pop() {
        let request_id = match row.outcome {
            Outcome::Lead | Outcome::Dropped => None,
            _ => row.record_id.map(service_request::Id::from),
        };
        return Ok(Some(MailReceipt { outcome: row.outcome, repeated: true, request_id }));
    }
    let Some(id) = &mail.id else { return Ok(None) };
    let there = threaded(tx, std::slice::from_ref(id)).await?;
    Ok(there.map(|message| MailReceipt {
        outcome: Outcome::Message,
        repeated: true,
        request_id: Some(message.request_id),
    }))
}

/// The message that is the first of some e-mails that we know.
async fn threaded(tx: &Tx<'_>, ids: &[MailId]) -> Result<Option<request_message::Model>> {
    if ids.is_empty() {
        return Ok(None);
    }
    let these = Condition::all().add(request_message::Column::MessageId.is_in(ids.to_vec()));
    let found = tx.entailed::<request_message::Entity, Read>();
    let mut found = found.filtered(these, ids.len() as u64).await?;
    found.sort_by_key(|message| ids.iter().position(|id| Some(id) == message.message_id.as_ref()));
    Ok(found.into_iter().next())
}

async fn store(ctx: &Ctx, objects: &Objects, files: Vec<File>) -> Result<Vec<Stored>> {
    let mut stored = Vec::new();
    for file in files {
        let content = stream::iter([Ok::<_, Error>(file.content)]);
        match attachments::store(ctx, objects, content).await {
            Ok(received) => stored.push((file.name, received)),
            // What is too large is left out; the mail itself says that it came with it.
            Err(Error::TooLarge(_)) => {}
            Err(err) => return Err(err),
        }
    }
    Ok(stored)
}

/// Takes a mail, unless the same was taken meanwhile.
async fn take(
    tx: &Tx<'_>,
    mailbox: &Model,
    hash: &[u8],
    mail: &Mail,
    stored: Vec<Stored>,
) -> Result<MailReceipt> {
    let name: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    tx.one_at_a_time(&format!("mail {name}")).await?;
    if let Some(there) = known(tx, hash, mail).await? {
        return Ok(there);
    }
    tx.because(json!({ "mailboxId": mailbox.id }));
    let thread = threaded(tx, &mail.answers()).await?;
    let (outcome, record) = match thread {
        _ if is_ours(tx, mail).await? => (Outcome::Dropped, None),
        Some(of) if mail.is_automatic => {
            let kind = request_message::Kind::Note;
            (Outcome::Note, Some(write(tx, of.request_id, kind, mail, None, stored).await?))
        }
        Some(of) => {
            let kind = request_message::Kind::Customer;
            let who = writer(tx, of.request_id, mail).await?;
            (Outcome::Message, Some(write(tx, of.request_id, kind, mail, who, stored).await?))
        }
        None if mail.is_automatic => (Outcome::Dropped, None),
        None => begin(tx, mailbox, mail, stored).await?,
    };
    remember(tx, mailbox, hash, outcome, record).await?;
    let is_request = !matches!(outcome, Outcome::Lead | Outcome::Dropped);
    let request_id = record.filter(|_| is_request).map(service_request::Id::from);
    Ok(MailReceipt { outcome, repeated: false, request_id })
}

/// Whether one of our own mailboxes has sent it: whoever answers that, answers themselves.
async fn is_ours(tx: &Tx<'_>, mail: &Mail) -> Result<bool> {
    let Some(from) = &mail.from else { return Ok(false) };
    let all = tx.entailed::<Entity, Read>().filtered(Condition::all(), 200).await?;
    Ok(all.iter().any(|one| one.address.normalized() == from.normalized()))
}

/// The person at the request's customer's who has written, where we know them.
async fn writer(
    tx: &Tx<'_>,
    request: service_request::Id,
    mail: &Mail,
) -> Result<Option<contact::Id>> {
    let Some(from) = &mail.from else { return Ok(None) };
    let requests = tx.entailed::<service_request::Entity, Read>();
    let request = requests.one_even_deleted(request).await?;
    let matches = matches::by_email(tx, from).await?;
    let mut theirs = matches.into_iter().filter(|one| Some(one.customer_id) == request.customer_id);
    Ok(theirs.find_map(|one| one.contact_id))
}

/// Writes a mail down as a message. The request that has it then, which may be another.
async fn write(
    tx: &Tx<'_>,
    request: service_request::Id,
    kind: request_message::Kind,
    mail: &Mail,
    who: Option<contact::Id>,
    stored: Vec<Stored>,
) -> Result<Uuid> {
    let new = NewRequestMessage {
        contact_id: who.filter(|_| kind == request_message::Kind::Customer),
        sender: mail.from.clone(),
        channel: Some(Channel::Email),
        message_id: mail.id.clone(),
        in_reply_to: mail.in_reply_to.clone(),
        references: Some(mail.references.clone()),
        ..NewRequestMessage::of(kind, mail.text.clone())
    };
    let message = messages::create_in(tx, request, new).await?;
    attachments::add_to(tx, &message, stored).await?;
    Ok(message.request_id.uuid())
}

/// What becomes of a mail that answers none that we know.
async fn begin(
    tx: &Tx<'_>,
    mailbox: &Model,
    mail: &Mail,
    stored: Vec<Stored>,
) -> Result<(Outcome, Option<Uuid>)> {
    let matches: Vec<LeadMatch> = match &mail.from {
        Some(from) => matches::by_email(tx, from).await?,
        None => Vec::new(),
    };
    if matches.is_empty() {
        match (mailbox.unknown_senders, &mail.from) {
            (UnknownSenders::Drop, _) => return Ok((Outcome::Dropped, None)),
            (UnknownSenders::Lead, Some(from)) => {
                let lead = lead(tx, mail, from).await?;
                return Ok((Outcome::Lead, Some(lead.id.uuid())));
            }
            _ => {}
        }
    }
    // Where several customers share an address, somebody must say whose it is.
    let who = matches.first().filter(|_| matches.len() == 1);
    let new = NewServiceRequest {
        customer_id: who.map(|one| one.customer_id),
        contact_id: who.and_then(|one| one.contact_id),
        kind: Some(mailbox.request_kind),
        urgency: Some(mailbox.urgency),
        channel: Some(Channel::Email),
        queue_id: queues::open(tx, mailbox.queue_id).await?,
        ..NewServiceRequest::about(mail.subject.clone())
    };
    let request = requests::create_in(tx, new, None).await?;
    let who = request.contact_id;
    let kind = request_message::Kind::Customer;
    Ok((Outcome::Request, Some(write(tx, request.id, kind, mail, who, stored).await?)))
}

async fn lead(tx: &Tx<'_>, mail: &Mail, from: &Email) -> Result<lead::Model> {
    let new = NewLead {
        name: mail.name.clone(),
        email: Some(from.clone()),
        need: mail.subject.as_str().parse().ok(),
        description: Some(mail.text.clone()),
        ..NewLead::default()
    };
    leads::create_in(tx, new, None).await
}

async fn remember(
    tx: &Tx<'_>,
    mailbox: &Model,
    hash: &[u8],
    outcome: Outcome,
    record_id: Option<Uuid>,
) -> Result<()> {
    let row = inbound_mail::Model {
        workspace_id: mailbox.workspace_id,
        hash: hash.to_vec(),
        mailbox_id: mailbox.id,
        outcome,
        record_id,
        received_at: tx.now(),
        forget_at: tx.now() + KNOWN,
    };
    tx.rows::<inbound_mail::Entity>().insert(&[row]).await
}

/// Forgets some of what has come in so long ago that it does not come again, and says whether there is more.
pub(crate) async fn prune(ctx: &Ctx) -> Result<bool> {
    const SOME: u64 = 1_000;
    let now = Moment::from(ctx.database().clock().now());
    ctx.tx(async |tx| {
        tx.unheard();
        let old = inbound_mail::Entity::find()
            .filter(inbound_mail::Column::ForgetAt.lte(now))
            .order_by_asc(inbound_mail::Column::ForgetAt)
            .limit(SOME);
        let rows = tx.rows::<inbound_mail::Entity>();
        let hashes: Vec<Vec<u8>> = rows.all(old).await?.into_iter().map(|row| row.hash).collect();
        let found = hashes.len() as u64;
        if found > 0 {
            let these = inbound_mail::Column::Hash.is_in(hashes);
            rows.delete(Condition::all().add(these)).await?;
        }
        Ok(found >= SOME)
    })
    .await
}
