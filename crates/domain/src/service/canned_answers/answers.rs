use async_graphql::InputObject;
use rapport_entity::{
    Label, Name, Tags, Text,
    service::{
        canned_answer::{self, ActiveModel, Entity, Model},
        queue,
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::placeholders::{KNOWN, unknown};
use crate::{
    kernel::{Create, Ctx, Expected, Faults, Patch, Read, Result, Tx, Update},
    records,
};

/// A canned answer to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewCannedAnswer {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<canned_answer::Id>,
    /// What the answer is called; unique among those that are shared, whatever the case of its letters.
    pub name: Name,
    /// What it says. These are filled in: `{{agent.name}}`, `{{asset.name}}`, `{{asset.serialNumber}}`, `{{contact.name}}`,
    /// `{{customer.name}}`, `{{product.name}}`, `{{queue.name}}`, `{{request.number}}`, `{{request.status}}`,
    /// `{{request.subject}}`, `{{workspace.name}}`.
    pub body: Text,
    /// The language that it is written in, as the workspace calls it.
    pub language: Option<Label>,
    /// Whether it is for everybody; where left out it is the caller's own.
    pub shared: Option<bool>,
    /// The queue that it is for; all where left out.
    pub queue_id: Option<queue::Id>,
    /// Words that it is marked with.
    pub answer_tags: Option<Tags>,
    /// Whether it is offered; it is where left out.
    pub active: Option<bool>,
}

/// What to change of a canned answer: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CannedAnswerPatch {
    /// What the answer is called; unique among those that are shared, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// What it says.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Text)]
    pub body: Option<Text>,
    /// The language that it is written in, as the workspace calls it.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub language: Patch<Label>,
    /// Whether it is for everybody; where not, it is the caller's own from now on.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub shared: Option<bool>,
    /// The queue that it is for; null for all.
    #[serde(default)]
    #[schema(value_type = Option<queue::Id>)]
    pub queue_id: Patch<queue::Id>,
    /// Words that it is marked with: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Tags)]
    pub answer_tags: Option<Tags>,
    /// Whether it is offered.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub active: Option<bool>,
}

/// Makes a canned answer.
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid) names every place that cannot be filled in;
/// [`Error::Conflict`](crate::Error::Conflict) every queue that there is not;
/// [`Error::Duplicate`](crate::Error::Duplicate).
pub async fn create(ctx: &Ctx, new: NewCannedAnswer) -> Result<Model> {
    ctx.tx(async |tx| {
        let answers = tx.can::<Entity, Create>()?;
        judge(tx, Some(&new.body), new.queue_id).await?;
        let there = records::made_before::<Entity>(tx, new.id).await?;
        let id = new.id;
        answers.insert(id, new.row(tx, there.as_ref())).await
    })
    .await
}

impl NewCannedAnswer {
    /// The row. What a repeated create does not say is as it is by now.
    fn row(self, tx: &Tx<'_>, there: Option<&Model>) -> ActiveModel {
        let owner = tx.actor().user.filter(|_| !self.shared.unwrap_or(false));
        ActiveModel {
            name: Set(self.name),
            sort_name: Set(String::new()),
            body: Set(self.body),
            language: Set(self.language),
            owner_id: Set(owner),
            queue_id: Set(self.queue_id),
            answer_tags: Set(self.answer_tags.unwrap_or_default()),
            use_count: Set(there.map_or(0, |there| there.use_count)),
            last_used_at: Set(there.and_then(|there| there.last_used_at)),
            active: Set(self.active.unwrap_or(true)),
            search_text: Set(String::new()),
            ..Default::default()
        }
    }
}

/// Changes a canned answer.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`](crate::Error::NotFound), [`Error::Stale`](crate::Error::Stale).
pub async fn update(
    ctx: &Ctx,
    id: canned_answer::Id,
    expected: Expected,
    patch: CannedAnswerPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let answers = tx.can::<Entity, Update>()?;
        judge(tx, patch.body.as_ref(), patch.queue_id.as_set().copied()).await?;
        let owner = |shared: bool| tx.actor().user.filter(|_| !shared);
        let row = ActiveModel {
            name: patch.name.map_or(NotSet, Set),
            body: patch.body.map_or(NotSet, Set),
            language: patch.language.into_active_value(),
            owner_id: patch.shared.map_or(NotSet, |shared| Set(owner(shared))),
            queue_id: patch.queue_id.into_active_value(),
            answer_tags: patch.answer_tags.map_or(NotSet, Set),
            active: patch.active.map_or(NotSet, Set),
            ..Default::default()
        };
        answers.update(id, expected, row).await
    })
    .await
}

/// Every place must be one that can be filled in, and the queue must be there.
async fn judge(tx: &Tx<'_>, body: Option<&Text>, queue: Option<queue::Id>) -> Result<()> {
    let mut faults = Faults::default();
    for name in body.map(|body| unknown(body.as_str())).unwrap_or_default() {
        let known = KNOWN.join(", ");
        faults.invalid("/body", format!("{{{{{name}}}}} is none of {known}"));
    }
    if body.is_some_and(|body| body.as_str().trim().is_empty()) {
        faults.invalid("/body", "must say something");
    }
    if let Some(id) = queue
        && tx.can::<queue::Entity, Read>()?.live(&[id]).await?.is_empty()
    {
        faults.conflict("/queueId", "is no queue");
    }
    faults.check()
}
