use std::collections::BTreeMap;

use async_graphql::InputObject;
use rapport_entity::{
    Name, ScoreKey, Text,
    identity::role::{Scope, Verb},
    segmentation::{
        score::{self, ActiveModel, Entity, Model},
        score_definition::Definition,
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    Condition, IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::check::{check, named, uses_orders};
use crate::{
    kernel::{
        Access, Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update,
    },
    segmentation::{naming::leads_to, waiting},
};

/// A score to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewScore {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<score::Id>,
    /// What the score is called; unique in the workspace.
    pub name: Name,
    /// What formulas and rules call it; unique in the workspace, and never another.
    pub key: ScoreKey,
    /// What it is for.
    pub description: Option<Text>,
    /// How it is made.
    pub definition: Definition,
}

/// What to change of a score: what is left out stays, null clears. A definition is replaced as a whole.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScorePatch {
    /// What the score is called; unique in the workspace.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// What it is for.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// How it is made.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Definition)]
    pub definition: Option<Definition>,
}

/// The most scores a workspace has: each is looked after with every change of the data.
pub const MOST_SCORES: usize = 100;

/// Makes a score.
///
/// It is evaluated by the reader of the log right after it is saved, and the answer waits for that a moment. Where
/// `evaluatedAt` is null, evaluation is still under way.
///
/// # Errors
/// [`Error::Invalid`] and [`Error::Conflict`] name everything in the definition that is wrong, each score it names that
/// is not there or is made of this one in turn; [`Error::Forbidden`] where it is made of what the actor may not read all
/// of; [`Error::Refused`] where there are too many; [`Error::Duplicate`] where the name or the key is taken.
pub async fn create(ctx: &Ctx, new: NewScore) -> Result<Model> {
    check_definition(ctx, &new.definition, "/definition")?;
    let saved = ctx
        .tx(async |tx| {
            let access = tx.can::<Entity, Create>()?;
            let known = known(tx).await?;
            if known.len() >= MOST_SCORES && !new.id.is_some_and(|id| known.has(id)) {
                return Err(Error::Refused(format!("there are {MOST_SCORES} scores already")));
            }
            known.check(&new.definition, Some(&new.key), "/definition")?;
            let row = ActiveModel {
                name: Set(new.name),
                key: Set(new.key),
                kind: Set(new.definition.kind()),
                description: Set(new.description),
                definition: Set(new.definition),
                customer_count: Set(0),
                ..Default::default()
            };
            access.insert(new.id, row).await
        })
        .await?;
    evaluated(ctx, saved).await
}

/// Changes a score. Another definition is evaluated as with [`create`]: until that is done, `evaluatedAt` is null and
/// customers have what they had by the definition before.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: score::Id,
    expected: Expected,
    patch: ScorePatch,
) -> Result<Model> {
    if let Some(definition) = &patch.definition {
        check_definition(ctx, definition, "/definition")?;
    }
    let saved = ctx
        .tx(async |tx| {
            let scores = tx.can::<Entity, Update>()?;
            let known = match patch.definition {
                Some(_) => Some(known(tx).await?),
                None => None,
            };
            let before = scores.lock(id, expected.clone()).await?;
            let definition = patch.definition.filter(|definition| *definition != before.definition);
            if let (Some(known), Some(definition)) = (known, &definition) {
                known.check(definition, Some(&before.key), "/definition")?;
            }
            let is_other = definition.is_some();
            let row = ActiveModel {
                name: patch.name.map_or(NotSet, Set),
                description: patch.description.into_active_value(),
                kind: definition.as_ref().map_or(NotSet, |definition| Set(definition.kind())),
                definition: definition.map_or(NotSet, Set),
                evaluated_at: if is_other { Set(None) } else { NotSet },
                ..Default::default()
            };
            scores.update(id, expected, row).await
        })
        .await?;
    evaluated(ctx, saved).await
}

/// Deletes a score so that it can be restored. No customer has it any more.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] while another score is made of it.
pub async fn delete(ctx: &Ctx, id: score::Id, expected: Expected) -> Result<Model> {
    let deleted = ctx.tx(async |tx| {
        let access = tx.can::<Entity, Delete>()?;
        let known = known(tx).await?;
        if let Some(other) = known.made_of(id) {
            return Err(Error::Refused(format!("the score {other:?} is made of this one")));
        }
        access.delete(id, expected).await
    });
    deleted.await
}

/// Brings a deleted score back. It is evaluated as with [`create`].
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Duplicate`] where its name or key was taken since; [`Error::Conflict`] where it is made
/// of a score that is deleted; [`Error::Refused`] where there are too many.
pub async fn restore(ctx: &Ctx, id: score::Id) -> Result<Model> {
    let restored = ctx
        .tx(async |tx| {
            let access = tx.can::<Entity, Delete>()?;
            let known = known(tx).await?;
            if known.len() >= MOST_SCORES && !known.has(id) {
                return Err(Error::Refused(format!("there are {MOST_SCORES} scores already")));
            }
            let row = access.restore(id).await?;
            known.check(&row.definition, Some(&row.key), "/definition")?;
            Ok(row)
        })
        .await?;
    evaluated(ctx, restored).await
}

/// A definition must be sound. It is evaluated over everything in the workspace, so whoever saves or tries it must be
/// allowed to read all of what it is made of: what comes out would otherwise tell them of the rest.
pub(super) fn check_definition(ctx: &Ctx, definition: &Definition, at: &str) -> Result<()> {
    let mut faults = Faults::default();
    check(definition, ctx.actor(), at, &mut faults);
    faults.check()?;
    let orders = uses_orders(definition).then_some("order");
    let scores = (!named(definition).is_empty()).then_some("score");
    for resource in ["customer"].into_iter().chain(orders).chain(scores) {
        if ctx.actor().permissions.scope(resource, Verb::Read) != Scope::All {
            return Err(Error::Forbidden { verb: "build a score on", resource });
        }
    }
    Ok(())
}

/// What is done by one at a time, so that no two scores come to be made of each other unseen.
const DEFINITIONS: &str = "score definitions";

/// The scores there are, by their keys.
pub(super) struct Known(BTreeMap<String, Model>);

/// The scores there are. Whoever asks does so before anything else is locked.
async fn known(tx: &Tx<'_>) -> Result<Known> {
    tx.one_at_a_time(DEFINITIONS).await?;
    Known::of(tx.entailed::<Entity, Read>()).await
}

impl Known {
    /// The scores that one may see.
    pub async fn of(scores: Access<'_, Entity, Read>) -> Result<Self> {
        let rows = scores.filtered(Condition::all(), i64::MAX as u64).await?;
        Ok(Self(rows.into_iter().map(|row| (row.key.as_str().to_owned(), row)).collect()))
    }

    /// Their ids, by their keys.
    pub fn ids(&self) -> std::collections::HashMap<String, uuid::Uuid> {
        self.0.iter().map(|(key, row)| (key.clone(), row.id.uuid())).collect()
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn has(&self, id: score::Id) -> bool {
        self.0.values().any(|row| row.id == id)
    }

    /// The name of a score that is made of another.
    fn made_of(&self, id: score::Id) -> Option<&str> {
        let key = self.0.values().find(|row| row.id == id)?.key.as_str();
        let other = self.0.values().find(|row| named(&row.definition).contains(key))?;
        Some(other.name.as_str())
    }

    /// Each score that a definition names must be there, and not be made of the one with this key.
    pub fn check(&self, definition: &Definition, key: Option<&ScoreKey>, at: &str) -> Result<()> {
        let mut faults = Faults::default();
        let at = format!("{at}/formula/expression");
        for name in named(definition) {
            if key.is_some_and(|key| self.leads_to(&name, key.as_str())) {
                faults.conflict(&at, format!("scores.{name} is made of this score"));
            } else if !self.0.contains_key(&name) {
                faults.conflict(&at, format!("there is no score {name:?}"));
            }
        }
        faults.check()
    }

    /// Whether a score is another one, or made of one that is.
    fn leads_to(&self, from: &str, to: &str) -> bool {
        let names = |key: &String| {
            let row = self.0.get(key);
            row.map(|row| named(&row.definition).into_iter().collect()).unwrap_or_default()
        };
        leads_to(from.to_owned(), &to.to_owned(), names)
    }
}

/// The score once it is evaluated, if that is soon.
async fn evaluated(ctx: &Ctx, row: Model) -> Result<Model> {
    waiting::evaluated::<Entity>(ctx, row, |row| row.evaluated_at.is_some()).await
}
