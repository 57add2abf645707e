use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use base64::{Engine, prelude::BASE64_STANDARD};
use rapport_domain::{
    Error,
    identity::auth::Auth,
    integration::objects::Objects,
    kernel::Expected,
    records,
    sales::leads::submissions::Visitor,
    service::mail::{
        self, MailboxPatch, NewMailbox, mailboxes,
        receiving::{self, MailReceipt},
    },
};
use rapport_entity::{
    rule::Rule,
    service::mailbox::{Entity, Id, Model},
};

use super::Queue;
use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// An e-mail address whose mail becomes service requests. A gateway hands each mail over with the mailbox's token.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Mailbox {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Mailbox {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Mailbox {
    /// The queue that its requests wait in.
    async fn queue(&self, ctx: &Context<'_>) -> Result<Option<Queue>> {
        Ok(ctx.load(self.row.queue_id).await?.map(Queue::from))
    }
}

/// A mailbox, with the token that lets mail in.
#[derive(SimpleObject)]
pub struct CreatedMailbox {
    #[graphql(flatten)]
    mailbox: Mailbox,
    /// What the gateway's address ends with. It is told this once.
    token: String,
}

impl From<mail::CreatedMailbox> for CreatedMailbox {
    fn from(made: mail::CreatedMailbox) -> Self {
        Self { mailbox: made.mailbox.into(), token: made.token }
    }
}

#[derive(Default)]
pub struct MailboxQuery;

#[Object]
impl MailboxQuery {
    /// Mailboxes, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn mailboxes(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Mailbox>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One mailbox.
    async fn mailbox(&self, ctx: &Context<'_>, id: Id) -> Result<Mailbox> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct MailboxMutation;

#[Object]
impl MailboxMutation {
    /// Make a mailbox. Its token is in this answer, and in no other.
    async fn create_mailbox(&self, ctx: &Context<'_>, input: NewMailbox) -> Result<CreatedMailbox> {
        Ok(mailboxes::create(ctx.me()?, input).await?.into())
    }

    /// Change a mailbox: what is left out stays, null clears.
    async fn update_mailbox(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: MailboxPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Mailbox> {
        let expected = Expected::of(if_version, base_version);
        Ok(mailboxes::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a mailbox. It can be restored.
    async fn delete_mailbox(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Mailbox> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted mailbox back.
    async fn restore_mailbox(&self, ctx: &Context<'_>, id: Id) -> Result<Mailbox> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }

    /// Give a mailbox a new token. What is handed over with the one before finds no mailbox any more.
    async fn renew_mailbox_token(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<CreatedMailbox> {
        Ok(mailboxes::renew_token(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Hand over a small e-mail, which becomes a service request or a message about one. Nobody needs to be signed in. (A
    /// large one is sent over REST, as the body.)
    async fn receive_mail(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mailbox's token.")] token: String,
        #[graphql(desc = "The e-mail, in base64.")] content: String,
    ) -> Result<MailReceipt> {
        let from = ctx.data_opt::<Visitor>().and_then(|visitor| visitor.address);
        let mailbox = receiving::open(ctx.data::<Auth>()?, &token, from).await?;
        let raw = BASE64_STANDARD.decode(content);
        let raw = raw.map_err(|_| Error::invalid("/content", "is not base64"))?;
        Ok(mailbox.receive(ctx.data::<Objects>()?, raw).await?)
    }
}
