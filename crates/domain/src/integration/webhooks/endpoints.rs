use async_graphql::InputObject;
use chrono::TimeDelta;
use rapport_entity::{
    EventType, Hours, Text, Url, Versioned,
    identity::{
        Secret,
        role::{Scope, Verb},
        user,
    },
    integration::webhook_endpoint::{
        self, ActiveModel, DisabledReason, Entity, EventTypes, Id, Model,
    },
    rule::Rule,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    IntoActiveValue,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ledger, reader, secrets, selection};
use crate::{
    facts::catalogues,
    integration::events::{MOST_TYPES, is_told},
    kernel::{
        Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update, log,
        outbound::Target, patched,
    },
};

/// A webhook endpoint to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewWebhookEndpoint {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<webhook_endpoint::Id>,
    /// Where events are posted to: https, at an address that is public.
    pub url: Url,
    /// What it is for.
    pub description: Option<Text>,
    /// Which events are sent: 1 to 50 types; one is sent that is among any of them.
    #[schema(min_items = 1, max_items = 50)]
    pub event_types: Vec<EventType>,
    /// Of those only the ones about a record of which this rule holds when the event is looked at. The event types must
    /// then be of one kind of record.
    pub filter: Option<Rule>,
    /// Whether events are sent; they are where left out.
    pub enabled: Option<bool>,
}

/// What to change of a webhook endpoint: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebhookEndpointPatch {
    /// Where events are posted to.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Url)]
    pub url: Option<Url>,
    /// What it is for.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// Which events are sent: all of them, not only what changes.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<EventType>, min_items = 1, max_items = 50)]
    pub event_types: Option<Vec<EventType>>,
    /// Of those only the ones about a record of which this rule holds.
    #[serde(default)]
    #[schema(value_type = Option<Rule>)]
    pub filter: Patch<Rule>,
    /// Whether events are sent. When it is disabled, what is on its way becomes dead letters; when it is enabled, it is
    /// sent what happens from then on. What was missed can be replayed.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub enabled: Option<bool>,
}

/// How to change the secret of an endpoint.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotateWebhookEndpointSecret {
    /// How long the secret before signs along with the new one; a day where left out.
    pub overlap: Option<Hours>,
}

/// A webhook endpoint with its secret.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookEndpointWithSecret {
    /// The endpoint.
    #[serde(flatten)]
    pub endpoint: Model,
    /// What signs (Standard Webhooks 1.0). It is shown this once; null where a create was repeated.
    #[schema(max_length = 100, pattern = "^whsec_[A-Za-z0-9+/]+={0,2}$")]
    pub secret: Option<String>,
}

impl std::fmt::Debug for WebhookEndpointWithSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("WebhookEndpointWithSecret");
        debug.field("endpoint", &self.endpoint.id).finish_non_exhaustive()
    }
}

impl Versioned for WebhookEndpointWithSecret {
    fn id(&self) -> Uuid {
        self.endpoint.id.uuid()
    }

    fn version(&self) -> i32 {
        self.endpoint.version
    }

    fn tag(&self) -> String {
        self.endpoint.tag()
    }
}

/// Makes a webhook endpoint. It is sent what happens from now on.
///
/// # Errors
/// [`Error::Conflict`] where the URL may not be called, or the filter does not fit the event types; [`Error::Forbidden`]
/// where the caller may read no events.
pub async fn create(ctx: &Ctx, new: NewWebhookEndpoint) -> Result<WebhookEndpointWithSecret> {
    ctx.can::<Entity, Create>()?;
    let owner = check_reader(ctx)?;
    let id = new.id.unwrap_or_default();
    let types = EventTypes(new.event_types);
    check(ctx, &new.url, &types, new.filter.as_ref())?;
    let secret = secrets::generate()?;
    let sealed = secrets::seal(ctx.database(), ctx.actor().workspace, id, &secret).await?;
    let enabled = new.enabled.unwrap_or(true);
    settle(ctx).await?;
    let row = ActiveModel {
        url: Set(new.url),
        description: Set(new.description),
        event_types: Set(types),
        filter: Set(new.filter),
        enabled: Set(enabled),
        disabled_reason: Set((!enabled).then_some(DisabledReason::ByUser)),
        failing_since: Set(None),
        owner_id: Set(Some(owner)),
        api_key_id: Set(ctx.actor().key),
        secret: Set(sealed.clone()),
        previous_secret: Set(None),
        previous_secret_expires_at: Set(None),
        ..Default::default()
    };
    let made = ctx
        .tx(async |tx| {
            let made = tx.can::<Entity, Create>()?.insert(Some(id), row).await?;
            if made.secret == sealed {
                begin(tx, id).await?;
            }
            Ok(made)
        })
        .await?;
    let is_new = made.secret == sealed;
    Ok(shown(made, is_new.then_some(secret)))
}

/// Changes a webhook endpoint. From now on it reads with the leave of who does: otherwise one could have sent to oneself
/// what only its owner may read.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: Id,
    expected: Expected,
    patch: WebhookEndpointPatch,
) -> Result<Model> {
    ctx.can::<Entity, Update>()?;
    let owner = check_reader(ctx)?;
    let enabled = patch.enabled;
    if enabled == Some(true) {
        settle(ctx).await?;
    }
    let row = ActiveModel {
        url: patch.url.map_or(NotSet, Set),
        description: patch.description.into_active_value(),
        event_types: patch.event_types.map_or(NotSet, |types| Set(EventTypes(types))),
        filter: patch.filter.into_active_value(),
        owner_id: Set(Some(owner)),
        api_key_id: Set(ctx.actor().key),
        ..Default::default()
    };
    ctx.tx(async |tx| {
        let endpoints = tx.can::<Entity, Update>()?;
        ledger::hold(tx, id).await?;
        let before = endpoints.lock(id, expected).await?;
        let mut after = patched::<Entity>(&before, row)?;
        check(ctx, &after.url, &after.event_types, after.filter.as_ref())?;
        if let Some(enabled) = enabled {
            set_enabled(tx, &mut after, enabled).await?;
        }
        endpoints.save(&before, after, "updated", &[]).await
    })
    .await
}

/// Gives a webhook endpoint a new secret. The one before signs along for a while; one before that no longer.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn rotate_secret(
    ctx: &Ctx,
    id: Id,
    rotate: RotateWebhookEndpointSecret,
) -> Result<WebhookEndpointWithSecret> {
    ctx.can::<Entity, Update>()?;
    let overlap = rotate.overlap.map_or(24, |overlap| overlap.hours());
    let secret = secrets::generate()?;
    let sealed = secrets::seal(ctx.database(), ctx.actor().workspace, id, &secret).await?;
    let rotated = ctx
        .tx(async |tx| {
            let endpoints = tx.can::<Entity, Update>()?;
            ledger::hold(tx, id).await?;
            let before = endpoints.lock(id, Expected::Any).await?;
            let until = (overlap > 0).then(|| tx.now() + TimeDelta::hours(overlap));
            let after = Model {
                previous_secret: until.map(|_| before.secret.clone()),
                previous_secret_expires_at: until,
                secret: sealed,
                ..before.clone()
            };
            endpoints.save(&before, after, "secret_rotated", &[]).await
        })
        .await?;
    Ok(shown(rotated, Some(secret)))
}

/// Deletes a webhook endpoint so that it can be restored. What is on its way to it becomes dead letters.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`].
pub async fn delete(ctx: &Ctx, id: Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let endpoints = tx.can::<Entity, Delete>()?;
        ledger::hold(tx, id).await?;
        let deleted = endpoints.delete(id, expected).await?;
        ledger::give_up(tx, id).await?;
        ledger::close(tx, id).await?;
        Ok(deleted)
    })
    .await
}

/// Brings a deleted webhook endpoint back. It is sent what happens from now on.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where its URL may no longer be called.
pub async fn restore(ctx: &Ctx, id: Id) -> Result<Model> {
    ctx.can::<Entity, Delete>()?;
    settle(ctx).await?;
    ctx.tx(async |tx| {
        let endpoints = tx.can::<Entity, Delete>()?;
        let before = tx.entailed::<Entity, Read>().one_even_deleted(id).await;
        let restored = endpoints.restore(id).await?;
        if before?.deleted_at.is_some() {
            begin(tx, id).await?;
        }
        Ok(restored)
    })
    .await
}

fn shown(endpoint: Model, secret: Option<Secret>) -> WebhookEndpointWithSecret {
    // Revealed to who is to keep it.
    let secret = secret.map(|secret| secret.reveal().to_owned());
    WebhookEndpointWithSecret { endpoint, secret }
}

/// Who saves an endpoint must be somebody who may read events.
fn check_reader(ctx: &Ctx) -> Result<user::Id> {
    let actor = ctx.actor();
    if actor.permissions.scope("event", Verb::Read) == Scope::None {
        return Err(Error::Forbidden { verb: "read", resource: "event" });
    }
    actor.user.ok_or_else(|| Error::Refused("only a user can have webhooks sent".to_owned()))
}

/// The URL must be one that may be called, and the filter must fit the events.
fn check(ctx: &Ctx, url: &Url, types: &EventTypes, filter: Option<&Rule>) -> Result<()> {
    let mut faults = Faults::default();
    if !(1..=MOST_TYPES).contains(&types.0.len()) {
        faults.invalid("/eventTypes", format!("must have 1 to {MOST_TYPES} items"));
    }
    if let Err(why) = Target::parse(url.as_str(), ctx.database().networks()) {
        faults.conflict("/url", why);
    }
    for (n, kind) in types.0.iter().enumerate() {
        if !is_told(kind) {
            faults.conflict(format!("/eventTypes/{n}"), "there are no such events");
        }
    }
    if let Some(filter) = filter {
        check_filter(ctx, types, filter, &mut faults)?;
    }
    faults.check()
}

/// Which kind of record a filter is about follows from the event types, which no schema can say: so what does not fit is a
/// conflict.
fn check_filter(ctx: &Ctx, types: &EventTypes, filter: &Rule, faults: &mut Faults) -> Result<()> {
    let resource = types.0.first().and_then(EventType::resource);
    let one = types.0.iter().all(|kind| kind.resource() == resource);
    let of = catalogues().into_iter().find(|of| Some(of.name) == resource && one);
    let Some(of) = of else {
        faults.conflict("/filter", "needs event types of one kind of record");
        return Ok(());
    };
    match selection::compiled(ctx, filter, of) {
        Ok(_) => Ok(()),
        Err(Error::Invalid(wrong) | Error::Conflict(wrong)) => {
            wrong.into_iter().for_each(|fault| faults.conflict(fault.pointer, fault.detail));
            Ok(())
        }
        Err(err) => Err(err),
    }
}

async fn set_enabled(tx: &Tx<'_>, endpoint: &mut Model, enabled: bool) -> Result<()> {
    match (endpoint.enabled, enabled) {
        (true, false) => {
            ledger::give_up(tx, endpoint.id).await?;
            endpoint.disabled_reason = Some(DisabledReason::ByUser);
        }
        (false, true) => {
            from_now_on(tx, endpoint.id).await?;
            endpoint.disabled_reason = None;
            endpoint.failing_since = None;
        }
        _ => {}
    }
    endpoint.enabled = enabled;
    Ok(())
}

/// Sees to it that the log's end is where it is now: on a connection of its own, since readers wait for who is at it.
async fn settle(ctx: &Ctx) -> Result<()> {
    let db = ctx.database().reader(ctx.actor()).await?;
    log::settle(&db, ctx.actor().workspace).await.map(|_| ())
}

/// From now on somebody sends to the endpoint.
async fn begin(tx: &Tx<'_>, id: Id) -> Result<()> {
    log::begin(tx.transaction(), tx.actor().workspace, &reader(id)).await?;
    ledger::open(tx, id).await?;
    from_now_on(tx, id).await
}

/// The endpoint reads the log from its end on.
async fn from_now_on(tx: &Tx<'_>, id: Id) -> Result<()> {
    let (db, workspace) = (tx.transaction(), tx.actor().workspace);
    let end = log::end(db, workspace).await?;
    log::advance(db, workspace, &reader(id), end).await
}
