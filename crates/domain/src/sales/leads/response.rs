//! How soon a lead is to be answered: reckoned by the clocks of service requests, with an assignment rule in place of a policy.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rapport_clocks::{
    Category, History, Hours, Kind, Message, Party, Priority, Reckoned, Step, Story, Terms, reckon,
};
use rapport_entity::{
    OpenTime,
    sales::{
        lead::Model,
        lead_assignment_rule::{self, Column, Entity},
    },
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    kernel::{Reads, Result, Tx},
    work::hours::{hours_by, kept, open, warnings},
};

/// What a rule promises of the leads that it assigns, in business hours.
#[derive(Clone, Debug)]
pub struct Promise {
    pub rule: lead_assignment_rule::Model,
    pub target: OpenTime,
    pub hours: Arc<Hours>,
}

impl Promise {
    /// By the rule that assigns a lead; `None` where it promises nothing in business hours.
    pub async fn of(from: &impl Reads, rule: lead_assignment_rule::Model) -> Result<Option<Self>> {
        let Some(target) = rule.response_target.clone() else { return Ok(None) };
        let hours = hours_by(from, rule.calendar_id).await?;
        Ok(Some(Self { rule, target, hours }))
    }

    /// By the rule that has assigned a lead.
    pub async fn to(from: &impl Reads, lead: &Model) -> Result<Option<Self>> {
        let Some(id) = lead.response_rule_id else { return Ok(None) };
        let this = Entity::find().filter(Column::Id.eq(id));
        match from.rows_of::<Entity>().all(this).await?.pop() {
            Some(rule) => Self::of(from, rule).await,
            None => Ok(None),
        }
    }

    /// How the clock of a lead stands; `None` where none has begun.
    pub fn reckon(&self, lead: &Model, now: DateTime<Utc>) -> Option<Reckoned> {
        let at = lead.response_since?;
        let step = Step { at, category: Category::New, priority: Priority::Normal };
        let answer = lead.responded_at.map(|at| Message { at, from: Party::Agent });
        let story = Story { steps: &[step], messages: answer.as_slice() };
        let terms = self.terms();
        let history = History::of(Kind::FirstResponse, &story, terms.pauses());
        let marks = history.clocks().next()?;
        reckon(marks, &terms, &self.hours, now)
    }

    fn terms(&self) -> Terms {
        let terms = Terms::none().within(Priority::Normal, open(&self.target));
        terms.warning(warnings(&self.rule.warn_at_percent))
    }
}

/// A lead that a rule has just assigned, with what the rule promises of it. A deadline that it has, or an answer, stays.
pub async fn promised(
    tx: &Tx<'_>,
    rule: &lead_assignment_rule::Model,
    lead: Model,
) -> Result<Model> {
    if lead.response_due_at.is_some() || lead.responded_at.is_some() {
        return Ok(lead);
    }
    if let Some(within) = &rule.response_within {
        let due = within.ahead().from_moment(tx.now());
        return Ok(Model { response_due_at: Some(due), ..lead });
    }
    let Some(promise) = Promise::of(tx, rule.clone()).await? else { return Ok(lead) };
    let begun =
        Model { response_rule_id: Some(rule.id), response_since: Some(kept(tx.now())), ..lead };
    let due = promise.reckon(&begun, tx.now()).and_then(|found| found.due_at);
    Ok(Model { response_due_at: due.map(kept), ..begun })
}

/// A lead with its deadline as it is by now: the rule, or its calendar, may be another. Where nothing is promised any more, or the
/// clock has not begun by that of this node, it stays.
pub async fn reckoned(tx: &Tx<'_>, lead: &Model) -> Result<(Model, Option<Reckoned>)> {
    let Some(promise) = Promise::to(tx, lead).await? else { return Ok((lead.clone(), None)) };
    let Some(found) = promise.reckon(lead, tx.now()) else { return Ok((lead.clone(), None)) };
    let due = found.due_at.map(kept);
    Ok((Model { response_due_at: due, ..lead.clone() }, Some(found)))
}
