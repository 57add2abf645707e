use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use rapport_clocks::Reckoned;
use rapport_entity::{
    OpenTime,
    sales::{
        lead::{Entity, Id, Model},
        lead_assignment_rule,
    },
    work::business_calendar,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{response::Promise, saving::is_awaited};
use crate::{
    kernel::{Ctx, Read, Result},
    work::hours::{in_words, kept, openings::Opening},
};

/// So many openings are shown: the first.
const MOST: usize = 100;

/// Until when a lead is to be answered, and why then.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "LeadResponseClock")]
#[schema(as = LeadResponseClock)]
pub struct Clock {
    /// How it stands: `none` where no answer is waited for by a time, `running`, `breached` (nobody has answered, too late), `met`
    /// or `missed` (answered too late).
    #[schema(max_length = 8, pattern = "^[a-z]+$")]
    pub state: String,
    /// Since when its time counts; null where that is not in business hours.
    pub started_at: Option<DateTime<Utc>>,
    /// Until when somebody is to answer.
    pub due_at: Option<DateTime<Utc>>,
    /// When somebody did.
    pub done_at: Option<DateTime<Utc>>,
    /// The assignment rule that says how soon; null where the deadline is from elsewhere, or not in business hours.
    pub rule_id: Option<lead_assignment_rule::Id>,
    /// How much open time there is (ISO 8601). It, and what follows, is null or empty where the rule or its calendar promises
    /// something else by now.
    pub target: Option<OpenTime>,
    /// The calendar whose hours count; around the clock where it is null.
    pub calendar_id: Option<business_calendar::Id>,
    /// How much open time has gone by (ISO 8601).
    pub elapsed: Option<String>,
    /// How much is left (ISO 8601); nothing where it is used up.
    pub remaining: Option<String>,
    /// When whoever has it is warned, or was.
    #[schema(max_items = 8)]
    pub warnings: Vec<Warning>,
    /// The hours that count, from its start until the deadline: the first hundred windows.
    #[schema(max_items = 100)]
    pub openings: Vec<Opening>,
}

/// When a part of the time to answer a lead is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "LeadResponseWarning")]
#[schema(as = LeadResponseWarning)]
pub struct Warning {
    /// Which part, in percent.
    #[schema(minimum = 1, maximum = 99)]
    pub percent: i32,
    /// When; null where it was answered before.
    pub at: Option<DateTime<Utc>>,
}

/// How soon a lead is to be answered, and why.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound).
pub async fn of_lead(ctx: &Ctx, id: Id) -> Result<Clock> {
    let lead = ctx.can::<Entity, Read>()?.one_even_deleted(id).await?;
    let now = ctx.database().clock().now();
    let clock = by_lead(&lead, now);
    let Some(promise) = Promise::to(ctx, &lead).await? else { return Ok(clock) };
    match promise.reckon(&lead, now) {
        // Where its rule, or its calendar, promises something else by now, what was decided is all there is to say.
        Some(found) if found.due_at.map(kept) == lead.response_due_at => {
            Ok(explained(clock, &promise, &found))
        }
        _ => Ok(clock),
    }
}

/// What the lead itself says.
fn by_lead(lead: &Model, now: DateTime<Utc>) -> Clock {
    Clock {
        state: state(lead, now).to_owned(),
        started_at: lead.response_since,
        due_at: lead.response_due_at,
        done_at: lead.responded_at,
        rule_id: lead.response_rule_id,
        target: None,
        calendar_id: None,
        elapsed: None,
        remaining: None,
        warnings: Vec::new(),
        openings: Vec::new(),
    }
}

fn state(lead: &Model, now: DateTime<Utc>) -> &'static str {
    match (lead.response_due_at, lead.responded_at) {
        (Some(due), Some(at)) if at > due => "missed",
        (Some(_), Some(_)) => "met",
        (Some(_), None) if !is_awaited(lead) => "none",
        (Some(due), None) if due <= now => "breached",
        (Some(_), None) => "running",
        (None, _) => "none",
    }
}

/// The same with how it comes about.
fn explained(clock: Clock, promise: &Promise, found: &Reckoned) -> Clock {
    let warning = |warning: &rapport_clocks::Warning| Warning {
        percent: warning.percent.get().into(),
        at: warning.at,
    };
    let opening = |(from, until)| Opening { from, until };
    let until = found.due_at.unwrap_or(found.started_at);
    let openings = promise.hours.openings(found.started_at, until, MOST);
    Clock {
        target: Some(promise.target.clone()),
        calendar_id: promise.rule.calendar_id,
        elapsed: Some(in_words(found.elapsed)),
        remaining: found.remaining.map(in_words),
        warnings: found.warnings.iter().map(warning).collect(),
        openings: openings.into_iter().map(opening).collect(),
        ..clock
    }
}
