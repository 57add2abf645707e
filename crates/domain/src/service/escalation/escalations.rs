use std::collections::BTreeSet;

use async_graphql::InputObject;
use rapport_entity::{
    Text,
    identity::user,
    service::{
        queue,
        service_escalation::{Column, Entity, Model},
        service_escalation_rule::{self, Trigger},
        service_request::{self, Entity as Requests, Model as Request},
    },
    work::notification::Kind,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::rules::{self, condition};
use crate::{
    kernel::{Ctx, Error, Expected, Read, Reads, Result, Tx, Update},
    rules::first_holding,
    service::requests::{check_going_on, notice, notify_one, save, tell},
};

/// A request is not escalated more often.
const HIGHEST: i32 = 100;

/// Why a service request is to be escalated.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EscalateServiceRequest {
    /// Why.
    pub reason: Text,
}

/// What a request is escalated for.
#[derive(Clone, Debug)]
pub(super) struct Occasion {
    pub trigger: Trigger,
    /// What names it: for each a request is escalated once.
    pub name: String,
    pub reason: Option<Text>,
}

/// Escalates an open service request, by the first rule for requests that are escalated by hand that holds of it. Without
/// one, its level is one higher, and whoever has and watches it is told.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where it is not open, has become a part of another, or was escalated a
/// hundred times.
pub async fn escalate(
    ctx: &Ctx,
    id: service_request::Id,
    expected: Expected,
    why: EscalateServiceRequest,
) -> Result<Request> {
    ctx.tx(async |tx| {
        let before = tx.can::<Requests, Update>()?.lock(id, expected).await?;
        check_going_on(&before)?;
        if !before.is_open || before.escalation_level >= HIGHEST {
            let why =
                "nothing is to be done about the request any more, or it is as high as can be";
            return Err(Error::Refused(why.to_owned()));
        }
        let mut rules = rules::active(tx).await?;
        rules.retain(|rule| rule.trigger_kind == Trigger::Requested);
        let rule = first_holding::<Requests, _>(tx, id, rules, condition).await?;
        let name = format!("requested {}", before.escalation_level);
        let occasion = Occasion { trigger: Trigger::Requested, name, reason: Some(why.reason) };
        perform(tx, &before, rule.as_ref(), occasion).await
    })
    .await
}

/// How a service request was escalated, the last time first.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn list(ctx: &Ctx, id: service_request::Id) -> Result<Vec<Model>> {
    ctx.can::<Requests, Read>()?.one_even_deleted(id).await?;
    of(ctx, id).await
}

/// The same, of a request that has been found.
pub(super) async fn of(from: &impl Reads, id: service_request::Id) -> Result<Vec<Model>> {
    let its = Entity::find().filter(Column::RequestId.eq(id)).order_by_desc(Column::Level);
    from.rows_of::<Entity>().all(its).await
}

/// Escalates a request that is locked: does what a rule says, writes it down, and tells of it.
pub(super) async fn perform(
    tx: &Tx<'_>,
    before: &Request,
    rule: Option<&service_escalation_rule::Model>,
    occasion: Occasion,
) -> Result<Request> {
    if before.escalation_level >= HIGHEST {
        return Ok(before.clone());
    }
    let after = raised(tx, before, rule).await?;
    let told = json!({
        "triggerKind": sea_orm::ActiveEnum::to_value(&occasion.trigger),
        "ruleId": rule.map(|rule| rule.id),
        "reason": occasion.reason,
    });
    tx.rows::<Entity>().insert(&[row(tx, &after, rule, occasion)]).await?;
    let after = save(tx, before, after, "escalated", &[("escalation", Json::Null, told)]).await?;
    inform(tx, &after, rule).await?;
    Ok(after)
}

fn row(
    tx: &Tx<'_>,
    after: &Request,
    rule: Option<&service_escalation_rule::Model>,
    occasion: Occasion,
) -> Model {
    Model {
        workspace_id: after.workspace_id,
        request_id: after.id,
        level: after.escalation_level,
        occasion: occasion.name,
        trigger_kind: occasion.trigger,
        rule_id: rule.map(|rule| rule.id),
        reason: occasion.reason,
        at: tx.now(),
        actor_kind: tx.actor().kind,
        actor_id: tx.actor().caller(),
    }
}

/// A request as a rule makes it. Queues and users that are no longer there are left out.
async fn raised(
    tx: &Tx<'_>,
    before: &Request,
    rule: Option<&service_escalation_rule::Model>,
) -> Result<Request> {
    let mut after = Request {
        escalation_level: before.escalation_level.saturating_add(1),
        escalated_at: Some(tx.now()),
        ..before.clone()
    };
    let Some(rule) = rule else { return Ok(after) };
    if rule.raise_priority && after.priority.raised() != after.priority {
        after.priority = after.priority.raised();
        after.priority_rank = after.priority.rank();
        after.priority_by_hand = true;
    }
    if let Some(id) = rule.queue_id
        && let Some(queue) = tx.entailed::<queue::Entity, Read>().live(&[id]).await?.pop()
        && queue.active
        && after.queue_id != Some(id)
    {
        after.queue_id = Some(id);
        after.owner_id = None;
    }
    if let Some(id) = rule.owner_id
        && let Some(user) = tx.entailed::<user::Entity, Read>().live(&[id]).await?.pop()
        && user.status == user::Status::Active
    {
        after.owner_id = Some(id);
    }
    Ok(after)
}

/// Tells those whom the rule names, and whoever has and watches the request.
async fn inform(
    tx: &Tx<'_>,
    row: &Request,
    rule: Option<&service_escalation_rule::Model>,
) -> Result<()> {
    let notice = notice(Kind::RequestEscalated, row, row.number.parse().ok());
    let named = rule.map(|rule| rule.user_ids.0.clone()).unwrap_or_default();
    let named: BTreeSet<user::Id> = named.into_iter().collect();
    for user in named.into_iter().filter(|user| tx.actor().user != Some(*user)) {
        notify_one(tx, user, notice.clone()).await?;
    }
    tell(tx, row, notice).await
}
