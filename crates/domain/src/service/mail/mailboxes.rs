use async_graphql::InputObject;
use rapport_entity::{
    Email, Name, Versioned,
    service::{
        mailbox::{self, ActiveModel, Entity, Model, UnknownSenders},
        queue,
        service_request::{Kind, Level},
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    IntoActiveValue,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    identity::Opaque,
    kernel::{Create, Ctx, Error, Expected, Patch, Read, Result, Tx, Update},
};

/// Begins every token.
pub(super) const PREFIX: &str = "rap_mail_";

/// A mailbox to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMailbox {
    /// What the mailbox is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    /// The address that customers write to.
    pub address: Email,
    /// Whether mail is taken; it is where left out.
    pub enabled: Option<bool>,
    /// The queue that its requests wait in.
    pub queue_id: Option<queue::Id>,
    /// What its requests are, until somebody says otherwise; questions where left out.
    pub request_kind: Option<Kind>,
    /// How soon something must be done about them, until somebody says otherwise; medium where left out.
    pub urgency: Option<Level>,
    /// What becomes of mail of somebody whom we do not know; a request without a customer where left out.
    pub unknown_senders: Option<UnknownSenders>,
}

/// What to change of a mailbox: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MailboxPatch {
    /// What the mailbox is called; unique in the workspace, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// The address that customers write to.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Email)]
    pub address: Option<Email>,
    /// Whether mail is taken.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub enabled: Option<bool>,
    /// The queue that its requests wait in.
    #[serde(default)]
    #[schema(value_type = Option<queue::Id>)]
    pub queue_id: Patch<queue::Id>,
    /// What its requests are, until somebody says otherwise.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Kind)]
    pub request_kind: Option<Kind>,
    /// How soon something must be done about them, until somebody says otherwise.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Level)]
    pub urgency: Option<Level>,
    /// What becomes of mail of somebody whom we do not know.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = UnknownSenders)]
    pub unknown_senders: Option<UnknownSenders>,
}

/// A mailbox, with the token that lets mail in.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedMailbox {
    /// The mailbox.
    #[serde(flatten)]
    pub mailbox: Model,
    /// What the gateway's address ends with. It is told this once.
    #[schema(max_length = 120, pattern = "^rap_mail_[A-Za-z0-9_-]+$")]
    pub token: String,
}

impl Versioned for CreatedMailbox {
    fn id(&self) -> uuid::Uuid {
        self.mailbox.id.uuid()
    }

    fn version(&self) -> i32 {
        self.mailbox.version
    }
}

/// Makes a mailbox, with a token of its own.
///
/// # Errors
/// [`Error::Conflict`] where there is no such queue; [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewMailbox) -> Result<CreatedMailbox> {
    let token = Opaque::new(PREFIX, ctx.actor().workspace)?;
    let made = ctx.tx(async |tx| {
        let mailboxes = tx.can::<Entity, Create>()?;
        check_queue(tx, new.queue_id).await?;
        let row = ActiveModel {
            name: Set(new.name),
            sort_name: Set(String::new()),
            address: Set(new.address),
            secret_hash: Set(token.hash()),
            enabled: Set(new.enabled.unwrap_or(true)),
            queue_id: Set(new.queue_id),
            request_kind: Set(new.request_kind.unwrap_or_default()),
            urgency: Set(new.urgency.unwrap_or_default()),
            unknown_senders: Set(new.unknown_senders.unwrap_or_default()),
            ..Default::default()
        };
        mailboxes.insert(None, row).await
    });
    Ok(CreatedMailbox { mailbox: made.await?, token: token.text })
}

/// Changes a mailbox.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: mailbox::Id,
    expected: Expected,
    patch: MailboxPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let mailboxes = tx.can::<Entity, Update>()?;
        check_queue(tx, patch.queue_id.as_set().copied()).await?;
        let row = ActiveModel {
            name: patch.name.map_or(NotSet, Set),
            address: patch.address.map_or(NotSet, Set),
            enabled: patch.enabled.map_or(NotSet, Set),
            queue_id: patch.queue_id.into_active_value(),
            request_kind: patch.request_kind.map_or(NotSet, Set),
            urgency: patch.urgency.map_or(NotSet, Set),
            unknown_senders: patch.unknown_senders.map_or(NotSet, Set),
            ..Default::default()
        };
        mailboxes.update(id, expected, row).await
    })
    .await
}

/// Gives a mailbox a new token. What is handed over with the one before finds no mailbox any more.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`].
pub async fn renew_token(ctx: &Ctx, id: mailbox::Id, expected: Expected) -> Result<CreatedMailbox> {
    let token = Opaque::new(PREFIX, ctx.actor().workspace)?;
    let renewed = ctx.tx(async |tx| {
        let mailboxes = tx.can::<Entity, Update>()?;
        let before = mailboxes.lock(id, expected).await?;
        let after = Model { secret_hash: token.hash(), ..before.clone() };
        mailboxes.save(&before, after, "token_renewed", &[]).await
    });
    Ok(CreatedMailbox { mailbox: renewed.await?, token: token.text })
}

async fn check_queue(tx: &Tx<'_>, queue: Option<queue::Id>) -> Result<()> {
    match queue {
        Some(id) if tx.can::<queue::Entity, Read>()?.live(&[id]).await?.is_empty() => {
            Err(Error::conflict("/queueId", "is no queue"))
        }
        _ => Ok(()),
    }
}
