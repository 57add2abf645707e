use async_graphql::InputObject;
use rapport_entity::{
    Count, LanguageCode, Name,
    rule::Rule,
    segmentation::segment,
    service::{
        queue,
        service_request::{self, Model as Request},
        service_routing_rule::{self, ActiveModel, Column, Entity, Model},
        skill::{Skill, Skills},
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{queues, skills};
use crate::{
    conditions::{self, check_condition, check_segments},
    kernel::{Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update},
    rules::first_holding,
};

/// The most rules of a workspace by which requests are routed.
const MOST: usize = 100;

/// A routing rule to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewServiceRoutingRule {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<service_routing_rule::Id>,
    /// What the rule is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    /// Where it stands among the others: of those that hold of a request, the one with the lowest counts.
    pub position: Count,
    /// Whether requests are routed by it; they are where left out.
    pub active: Option<bool>,
    /// What must hold of a service request; it is for all where left out.
    pub condition: Option<Rule>,
    /// The queue that requests come into by it.
    pub queue_id: queue::Id,
    /// What whoever gets them must be able to do, where the request does not say so itself: each once, at most 50.
    #[schema(max_items = 50)]
    pub needed_skills: Option<Vec<Skill>>,
    /// The language that they must speak, where the request does not say so itself.
    pub needed_language: Option<LanguageCode>,
}

/// What to change of a routing rule: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceRoutingRulePatch {
    /// What the rule is called; unique in the workspace, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// Where it stands among the others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Count)]
    pub position: Option<Count>,
    /// Whether requests are routed by it.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub active: Option<bool>,
    /// What must hold of a service request; null where it is for all.
    #[serde(default)]
    #[schema(value_type = Option<Rule>)]
    pub condition: Patch<Rule>,
    /// The queue that requests come into by it.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = queue::Id)]
    pub queue_id: Option<queue::Id>,
    /// What whoever gets them must be able to do: this, and nothing else.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<Skill>, max_items = 50)]
    pub needed_skills: Option<Vec<Skill>>,
    /// The language that they must speak.
    #[serde(default)]
    #[schema(value_type = Option<LanguageCode>)]
    pub needed_language: Patch<LanguageCode>,
}

/// Makes a routing rule. Requests that come from now on are routed by it.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`], [`Error::Duplicate`]; [`Error::Refused`] where there are a hundred.
pub async fn create(ctx: &Ctx, new: NewServiceRoutingRule) -> Result<Model> {
    check(ctx, new.condition.as_ref(), new.needed_skills.as_deref())?;
    ctx.tx(async |tx| {
        let rules = tx.can::<Entity, Create>()?;
        check_segments::<service_request::Entity>(tx, new.condition.as_ref()).await?;
        check_queue(tx, Some(new.queue_id)).await?;
        let row = ActiveModel {
            name: Set(new.name),
            sort_name: Set(String::new()),
            position: Set(new.position),
            active: Set(new.active.unwrap_or(true)),
            condition: Set(new.condition),
            queue_id: Set(new.queue_id),
            needed_skills: Set(Skills(new.needed_skills.unwrap_or_default())),
            needed_language: Set(new.needed_language),
            ..Default::default()
        };
        let made = rules.insert(new.id, row).await?;
        check_number(tx).await?;
        Ok(made)
    })
    .await
}

/// Changes a routing rule. Requests that are in queues stay there.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: service_routing_rule::Id,
    expected: Expected,
    patch: ServiceRoutingRulePatch,
) -> Result<Model> {
    check(ctx, patch.condition.as_set(), patch.needed_skills.as_deref())?;
    ctx.tx(async |tx| {
        let rules = tx.can::<Entity, Update>()?;
        check_segments::<service_request::Entity>(tx, patch.condition.as_set()).await?;
        check_queue(tx, patch.queue_id).await?;
        let after = rules.update(id, expected, changes(patch)).await?;
        check_number(tx).await?;
        Ok(after)
    })
    .await
}

fn changes(patch: ServiceRoutingRulePatch) -> ActiveModel {
    ActiveModel {
        name: patch.name.map_or(NotSet, Set),
        position: patch.position.map_or(NotSet, Set),
        active: patch.active.map_or(NotSet, Set),
        condition: patch.condition.into_active_value(),
        queue_id: patch.queue_id.map_or(NotSet, Set),
        needed_skills: patch.needed_skills.map_or(NotSet, |skills| Set(Skills(skills))),
        needed_language: patch.needed_language.into_active_value(),
        ..Default::default()
    }
}

/// Brings a deleted routing rule back.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Duplicate`]; [`Error::Conflict`] where its queue is deleted; [`Error::Refused`] where there
/// are a hundred.
pub async fn restore(ctx: &Ctx, id: service_routing_rule::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let after = tx.can::<Entity, Delete>()?.restore(id).await?;
        check_queue(tx, Some(after.queue_id)).await?;
        check_number(tx).await?;
        Ok(after)
    })
    .await
}

fn check(ctx: &Ctx, condition: Option<&Rule>, skills: Option<&[Skill]>) -> Result<()> {
    let mut faults = Faults::default();
    check_condition::<service_request::Entity>(ctx, condition, &mut faults)?;
    skills::check(skills.unwrap_or_default(), "/neededSkills", &mut faults);
    faults.check()
}

/// The name of a rule that names a segment, if there is one.
pub(crate) async fn naming(tx: &Tx<'_>, id: segment::Id) -> Result<Option<Name>> {
    conditions::naming::<Entity, service_request::Entity>(tx, id, |row| {
        (row.condition.as_ref(), &row.name)
    })
    .await
}

async fn check_queue(tx: &Tx<'_>, id: Option<queue::Id>) -> Result<()> {
    let Some(id) = id else { return Ok(()) };
    match queues::held(tx, id).await? {
        Some(_) => Ok(()),
        None => Err(Error::conflict("/queueId", "is no queue")),
    }
}

async fn check_number(tx: &Tx<'_>) -> Result<()> {
    match active(tx).await?.len() > MOST {
        true => Err(Error::Refused(format!("requests are routed by at most {MOST} rules"))),
        false => Ok(()),
    }
}

/// The rules by which requests are routed, in their order.
async fn active(tx: &Tx<'_>) -> Result<Vec<Model>> {
    let which = Column::Active.eq(true).into();
    let mut rules = tx.entailed::<Entity, Read>().filtered(which, MOST as u64 + 1).await?;
    rules.sort_by_key(|rule| (i64::from(rule.position), rule.id.uuid()));
    Ok(rules)
}

fn condition(rule: &Model) -> Option<&Rule> {
    rule.condition.as_ref()
}

/// A request that has just been made, as the first rule that holds of it routes it, and that rule. Nothing where it is in a
/// queue or in somebody's hands already, where nothing is to be done about it, or where the rule's queue takes no more.
pub(super) async fn routed(
    tx: &Tx<'_>,
    made: &Request,
) -> Result<Option<(Request, service_routing_rule::Id)>> {
    if made.queue_id.is_some() || made.owner_id.is_some() || !made.is_open {
        return Ok(None);
    }
    let rules = active(tx).await?;
    let first = first_holding::<service_request::Entity, _>(tx, made.id, rules, condition).await?;
    let Some(rule) = first else { return Ok(None) };
    let queue = tx.entailed::<queue::Entity, Read>().live(&[rule.queue_id]).await?.pop();
    if !queue.is_some_and(|queue| queue.active) {
        return Ok(None);
    }
    let says_itself = !made.needed_skills.0.is_empty();
    let after = Request {
        queue_id: Some(rule.queue_id),
        needed_skills: match says_itself {
            true => made.needed_skills.clone(),
            false => rule.needed_skills,
        },
        needed_language: made.needed_language.clone().or(rule.needed_language),
        ..made.clone()
    };
    Ok(Some((after, rule.id)))
}
