use std::collections::{HashMap, HashSet};

use rapport_entity::{
    Resource,
    approvals::{approval, approval_rule},
    customers::{consent, contact, contact_point, custom_field, customer, interaction},
    identity::{api_key, role, role::Scope, role::Verb, session, team, user, workspace},
    integration::{export, import, mapping, webhook_delivery, webhook_endpoint},
    lifecycle::{lifecycle_stage, loss, loss_reason, winback, winback_programme},
    log::event,
    ownership::{ownership_transfer, pool},
    plays::{play, play_run},
    rule::Rule,
    sales::{
        close_reason, delivery, exchange_rate, forecast_adjustment, lead, lead_assignment_rule,
        lead_form, lead_scoring_rule, opportunity, order, payment, pipeline, pipeline_stage,
        price_book, price_book_entry, product, product_cost, quote, target,
    },
    segmentation::{score, segment},
    service::{
        agreement, asset, attachment, canned_answer, complaint, complaint_cause, entitlement,
        mailbox, promise, queue, request_message, service_agent, service_escalation_rule,
        service_plan, service_policy, service_request, service_routing_rule, service_status, site,
        survey, survey_response,
    },
    work::{business_calendar, notification, task},
};
use sea_orm::{Condition, sea_query::Expr};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::kernel::{
    Ctx, Described, Error, Read, Result, catalogue, compile, database::is_one_of, log::Entry,
};

/// The events that the actor may read, of records of which the rule holds.
pub async fn readable(ctx: &Ctx, entries: Vec<Entry>, filter: Option<&Rule>) -> Result<Vec<Entry>> {
    let mut asked: HashMap<&str, Vec<Uuid>> = HashMap::new();
    for (resource, id) in entries.iter().flat_map(|entry| about(&entry.event)) {
        asked.entry(resource).or_default().push(id);
    }
    let mut seen: HashMap<&str, Seen> = HashMap::new();
    for (resource, ids) in asked {
        seen.insert(resource, Seen::ask(ctx, resource, ids).await?);
    }
    let may_see = |event: &event::Model| {
        about(event).all(|(resource, id)| seen.get(resource).is_some_and(|seen| seen.has(id)))
    };
    let told: Vec<bool> = entries.iter().map(|entry| may_see(&entry.event)).collect();
    let told = entries.into_iter().zip(told).filter(|(_, told)| *told);
    let told = told.map(|(entry, _)| shown(ctx, entry)).collect();
    match filter {
        Some(rule) => selected(ctx, told, rule).await,
        None => Ok(told),
    }
}

/// The event as far as the actor may see the custom fields of the record.
fn shown(ctx: &Ctx, mut entry: Entry) -> Entry {
    let resource = resource(&entry.event).to_owned();
    let fields = &ctx.actor().custom;
    for side in ["before", "after"].into_iter().filter(|_| fields.hides_any(&resource)) {
        let members = entry.event.data.get_mut(side).and_then(Json::as_object_mut);
        let Some(members) = members else { continue };
        if let Some(values) = members.get_mut("custom").and_then(Json::as_object_mut) {
            fields.hide(&resource, values);
            if values.is_empty() {
                members.remove("custom");
            }
        }
    }
    entry
}

/// The events about records of which a rule holds now, be they deleted or not. They are all of one kind.
async fn selected(ctx: &Ctx, entries: Vec<Entry>, rule: &Rule) -> Result<Vec<Entry>> {
    let Some(first) = entries.first() else { return Ok(entries) };
    let resource = resource(&first.event).to_owned();
    let ids: Vec<Uuid> = entries.iter().map(|entry| entry.event.subject_id).collect();
    let selected = those_seen(ctx, &resource, &ids, Some(rule)).await?;
    Ok(entries.into_iter().filter(|entry| selected.contains(&entry.event.subject_id)).collect())
}

/// Whether a rule can be asked of records of a kind.
///
/// # Errors
/// Names everything in the rule that is wrong.
pub async fn check_filter(ctx: &Ctx, resource: &str, rule: &Rule) -> Result<()> {
    those_seen(ctx, resource, &[], Some(rule)).await.map(|_| ())
}

/// The kind of record that it happened to.
fn resource(event: &event::Model) -> &str {
    event.name.split('.').next().unwrap_or_default()
}

/// The records that one must be allowed to read to be told of an event: the one it happened to, the customer who
/// entered or left a segment or for whom a play was played, and the score by which a customer came into another tier.
fn about(event: &event::Model) -> impl Iterator<Item = (&str, Uuid)> {
    let concerned =
        matches!(event.name.as_str(), "segment.entered" | "segment.left" | "play_run.called");
    let customer = event.customer_id.filter(|_| concerned).map(|id| ("customer", id.uuid()));
    let score =
        || ["after", "before"].into_iter().find_map(|side| event.data[side]["scoreId"].as_str());
    let score = (event.name == "customer.scored").then(score).flatten();
    let score = score.and_then(|id| id.parse().ok()).map(|id| ("score", id));
    std::iter::once((resource(event), event.subject_id)).chain(customer).chain(score)
}

/// Which records of a kind the actor may read.
enum Seen {
    All,
    These(HashSet<Uuid>),
}

impl Seen {
    fn has(&self, id: Uuid) -> bool {
        match self {
            Self::All => true,
            Self::These(ids) => ids.contains(&id),
        }
    }

    async fn ask(ctx: &Ctx, resource: &str, ids: Vec<Uuid>) -> Result<Self> {
        match ctx.actor().permissions.scope(resource, Verb::Read) {
            Scope::All => Ok(Self::All),
            Scope::None => Ok(Self::These(HashSet::new())),
            Scope::Own | Scope::Team => {
                those_seen(ctx, resource, &ids, None).await.map(Self::These)
            }
        }
    }
}

async fn those_seen(
    ctx: &Ctx,
    resource: &str,
    ids: &[Uuid],
    filter: Option<&Rule>,
) -> Result<HashSet<Uuid>> {
    /// The records of each of these kinds.
    macro_rules! of_kinds {
        ($($kind:ident)+) => {
            match resource {
                $(<$kind::Entity as Resource>::NAME => seen::<$kind::Entity>(ctx, ids, filter).await,)+
                _ => Ok(HashSet::new()),
            }
        };
    }
    of_kinds! {
        agreement api_key approval approval_rule asset attachment business_calendar canned_answer close_reason complaint complaint_cause consent contact contact_point custom_field customer delivery entitlement exchange_rate export forecast_adjustment import interaction lead lead_assignment_rule lead_form lead_scoring_rule lifecycle_stage loss loss_reason mailbox mapping notification opportunity order ownership_transfer payment pipeline pipeline_stage play play_run pool price_book price_book_entry product product_cost promise queue quote request_message role score segment service_agent service_escalation_rule service_plan service_policy service_request service_routing_rule service_status session site survey survey_response target task team user webhook_delivery webhook_endpoint winback winback_programme workspace
    }
}

async fn seen<E: Described>(
    ctx: &Ctx,
    ids: &[Uuid],
    filter: Option<&Rule>,
) -> Result<HashSet<Uuid>> {
    let (of, backend) = (catalogue::<E>(), ctx.database().backend());
    let mut these = Condition::all().add(is_one_of(Expr::col(E::ID), ids, backend));
    if let Some(rule) = filter {
        these = these.add(compile(rule, of, &of.table, ctx.filter_scope(), "/filter")?);
    }
    match ctx.can::<E, Read>() {
        Ok(records) => {
            let rows = records.matching_even_deleted(these).await?;
            Ok(rows.iter().map(|row| E::id(row).uuid()).collect())
        }
        Err(Error::Forbidden { .. }) => Ok(HashSet::new()),
        Err(err) => Err(err),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{facts::catalogues, testing::stores};

    #[tokio::test]
    async fn a_filter_can_be_asked_of_the_events_of_every_kind_of_record() {
        let rule = serde_json::from_value(
            serde_json::json!({ "compare": { "field": "nonsense", "eq": 1 } }),
        );
        let rule: Rule = rule.expect("a rule");
        for store in stores().await {
            let ctx = store.workspace().await;
            for of in catalogues() {
                let asked = check_filter(&ctx, of.name, &rule).await;
                assert!(matches!(asked, Err(Error::Invalid(_))), "{}: {asked:?}", of.name);
            }
            store.close().await;
        }
    }
}
