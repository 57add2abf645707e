use async_graphql::InputObject;
use rapport_entity::{
    Label, Name, Origin, Seconds, Tags, Url,
    identity::user,
    sales::lead_form::{self, ActiveModel, Entity, MOST_ORIGINS, Model, Origins},
    service::{queue, service_request},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    identity::Opaque,
    kernel::{Create, Ctx, Error, Expected, Faults, Patch, Read, Result, Tx, Update},
    records,
};

/// Begins every key.
pub(super) const PREFIX: &str = "rap_form_";

/// A form to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLeadForm {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<lead_form::Id>,
    /// What the form is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    /// Whether it takes anything; it does where left out.
    pub enabled: Option<bool>,
    /// Where its leads come from.
    pub lead_source: Option<Label>,
    /// The campaign that its leads come of.
    pub campaign: Option<Label>,
    /// Words that its leads are marked with.
    pub lead_tags: Option<Tags>,
    /// The user who gets its leads; where left out, the assignment rules say who.
    pub lead_owner_id: Option<user::Id>,
    /// What comes in becomes service requests of this kind; leads where left out.
    pub request_kind: Option<service_request::Kind>,
    /// The queue that these requests wait in.
    pub request_queue_id: Option<queue::Id>,
    /// The pages that may send something in, such as `https://www.acme.example`, each once; all where left out.
    #[schema(max_items = 20)]
    pub allowed_origins: Option<Vec<Origin>>,
    /// How long people take for it at the least, where the page says how long they took; 2 seconds where left out.
    pub minimum_seconds: Option<Seconds>,
    /// The page that a browser goes on to after it has sent a form; an answer in JSON where left out.
    pub redirect_url: Option<Url>,
}

/// What to change of a form: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LeadFormPatch {
    /// What the form is called; unique in the workspace, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// Whether it takes anything.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub enabled: Option<bool>,
    /// Where its leads come from.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub lead_source: Patch<Label>,
    /// The campaign that its leads come of.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub campaign: Patch<Label>,
    /// Words that its leads are marked with: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Tags)]
    pub lead_tags: Option<Tags>,
    /// The user who gets its leads; null where the assignment rules say who.
    #[serde(default)]
    #[schema(value_type = Option<user::Id>)]
    pub lead_owner_id: Patch<user::Id>,
    /// What comes in becomes service requests of this kind; null for leads.
    #[serde(default)]
    #[schema(value_type = Option<service_request::Kind>)]
    pub request_kind: Patch<service_request::Kind>,
    /// The queue that these requests wait in.
    #[serde(default)]
    #[schema(value_type = Option<queue::Id>)]
    pub request_queue_id: Patch<queue::Id>,
    /// The pages that may send something in: these, and no others; all where there are none.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<Origin>, max_items = 20)]
    pub allowed_origins: Option<Vec<Origin>>,
    /// How long people take for it at the least, where the page says how long they took.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Seconds)]
    pub minimum_seconds: Option<Seconds>,
    /// The page that a browser goes on to after it has sent a form; null for an answer in JSON.
    #[serde(default)]
    #[schema(value_type = Option<Url>)]
    pub redirect_url: Patch<Url>,
}

/// Makes a form, with a key of its own.
///
/// # Errors
/// [`Error::Invalid`] and [`Error::Conflict`] name everything that is wrong; [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewLeadForm) -> Result<Model> {
    check(new.allowed_origins.as_deref())?;
    ctx.tx(async |tx| {
        let forms = tx.can::<Entity, Create>()?;
        check_references(tx, new.lead_owner_id, new.request_queue_id).await?;
        let there = records::made_before::<Entity>(tx, new.id).await?;
        let id = new.id;
        forms.insert(id, new.row(tx, there)?).await
    })
    .await
}

impl NewLeadForm {
    /// The row. What a repeated create does not say is as it is by now.
    fn row(self, tx: &Tx<'_>, there: Option<Model>) -> Result<ActiveModel> {
        let key = match &there {
            Some(there) => there.key.clone(),
            None => new_key(tx)?,
        };
        let count = |of: fn(&Model) -> i32| there.as_ref().map_or(0, of);
        Ok(ActiveModel {
            name: Set(self.name),
            sort_name: Set(String::new()),
            enabled: Set(self.enabled.unwrap_or(true)),
            key: Set(key),
            lead_source: Set(self.lead_source),
            campaign: Set(self.campaign),
            lead_tags: Set(self.lead_tags.unwrap_or_default()),
            lead_owner_id: Set(self.lead_owner_id),
            request_kind: Set(self.request_kind),
            request_queue_id: Set(self.request_queue_id),
            allowed_origins: Set(Origins(self.allowed_origins.unwrap_or_default())),
            minimum_seconds: Set(match self.minimum_seconds {
                Some(seconds) => seconds,
                None => Seconds::try_from(2).map_err(Error::internal)?,
            }),
            redirect_url: Set(self.redirect_url),
            submission_count: Set(count(|there| there.submission_count)),
            rejected_count: Set(count(|there| there.rejected_count)),
            last_submitted_at: Set(there.as_ref().and_then(|there| there.last_submitted_at)),
            ..Default::default()
        })
    }
}

fn new_key(tx: &Tx<'_>) -> Result<String> {
    Ok(Opaque::new(PREFIX, tx.actor().workspace)?.text)
}

/// Changes a form.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: lead_form::Id,
    expected: Expected,
    patch: LeadFormPatch,
) -> Result<Model> {
    check(patch.allowed_origins.as_deref())?;
    ctx.tx(async |tx| {
        let forms = tx.can::<Entity, Update>()?;
        let queue = patch.request_queue_id.as_set().copied();
        check_references(tx, patch.lead_owner_id.as_set().copied(), queue).await?;
        let row = ActiveModel {
            name: patch.name.map_or(NotSet, Set),
            enabled: patch.enabled.map_or(NotSet, Set),
            lead_source: patch.lead_source.into_active_value(),
            campaign: patch.campaign.into_active_value(),
            lead_tags: patch.lead_tags.map_or(NotSet, Set),
            lead_owner_id: patch.lead_owner_id.into_active_value(),
            request_kind: patch.request_kind.into_active_value(),
            request_queue_id: patch.request_queue_id.into_active_value(),
            allowed_origins: patch.allowed_origins.map_or(NotSet, |all| Set(Origins(all))),
            minimum_seconds: patch.minimum_seconds.map_or(NotSet, Set),
            redirect_url: patch.redirect_url.into_active_value(),
            ..Default::default()
        };
        forms.update(id, expected, row).await
    })
    .await
}

/// Gives a form a new key. What is sent with the one before finds no form any more.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`].
pub async fn renew_key(ctx: &Ctx, id: lead_form::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let forms = tx.can::<Entity, Update>()?;
        let before = forms.lock(id, expected).await?;
        let after = Model { key: new_key(tx)?, ..before.clone() };
        forms.save(&before, after, "key_renewed", &[]).await
    })
    .await
}

fn check(origins: Option<&[Origin]>) -> Result<()> {
    let mut faults = Faults::default();
    let origins = origins.unwrap_or_default();
    if origins.len() > MOST_ORIGINS {
        faults.invalid("/allowedOrigins", format!("must be at most {MOST_ORIGINS}"));
    }
    for (n, origin) in origins.iter().enumerate() {
        if origins.iter().take(n).any(|before| before == origin) {
            faults.invalid(format!("/allowedOrigins/{n}"), "is named twice");
        }
    }
    faults.check()
}

async fn check_references(
    tx: &Tx<'_>,
    owner: Option<user::Id>,
    queue: Option<queue::Id>,
) -> Result<()> {
    let mut faults = Faults::default();
    if let Some(id) = owner
        && tx.can::<user::Entity, Read>()?.live(&[id]).await?.is_empty()
    {
        faults.conflict("/leadOwnerId", "is no user of this workspace");
    }
    if let Some(id) = queue
        && tx.can::<queue::Entity, Read>()?.live(&[id]).await?.is_empty()
    {
        faults.conflict("/requestQueueId", "is no queue");
    }
    faults.check()
}
