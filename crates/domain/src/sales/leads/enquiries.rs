//! Enquiries: leads that come in saying both what is needed and what may be spent. Whoever has one has a task at once.

use chrono::TimeDelta;
use rapport_entity::{
    Moment, Name,
    sales::lead::{self, Model},
    work::task::{ActiveModel, Priority, Source, Status},
};
use sea_orm::ActiveValue::Set;

use crate::{
    kernel::{Error, Result, Tx, day_of, start_of},
    work::tasks,
};

/// What the name of a task begins with.
const WORDS: &str = "Answer the enquiry of";

/// Makes the task of a lead that has just come in, where it is an enquiry.
pub(super) async fn take_up(tx: &Tx<'_>, lead: &Model) -> Result<()> {
    if !is_enquiry(lead) {
        return Ok(());
    }
    let row = ActiveModel {
        subject: Set(subject(lead)?),
        description: Set(lead.need.clone()),
        status: Set(Status::Open),
        priority: Set(Priority::default()),
        due_at: Set(Some(due(tx, lead))),
        owner_id: Set(lead.owner_id),
        lead_id: Set(Some(lead.id)),
        source: Set(Source::Enquiry),
        occasion: Set(Some(occasion(lead.id))),
        ..Default::default()
    };
    tasks::make_of_enquiry(tx, row).await
}

/// Gives the task of an enquiry to whoever is the first to have it.
pub(super) async fn follow(tx: &Tx<'_>, before: &Model, after: &Model) -> Result<()> {
    match (before.owner_id, after.owner_id) {
        (None, Some(owner)) => tasks::hand_over(tx, &[(occasion(after.id), owner)]).await,
        _ => Ok(()),
    }
}

fn is_enquiry(lead: &Model) -> bool {
    let says = lead.need.as_ref().is_some_and(|need| !need.as_str().trim().is_empty());
    says && lead.budget_minor.is_some_and(|budget| budget > 0) && lead.status.is_open()
}

/// What names the task: there is one of a lead, whatever happens.
pub(super) fn occasion(id: lead::Id) -> String {
    format!("lead {id} enquiry")
}

fn subject(lead: &Model) -> Result<Name> {
    let whole = format!("{WORDS} {}", lead.name.as_str());
    let text: String = whole.chars().take(Name::MAX).collect();
    text.parse().map_err(Error::internal)
}

/// Until when it is to be answered: as the response clock says, or by the end of the day.
fn due(tx: &Tx<'_>, lead: &Model) -> Moment {
    let today = day_of(tx.now(), tx.actor());
    let tomorrow = today.succ_opt().map(|day| start_of(day, tx.actor()));
    let end = tomorrow.map_or(tx.now(), |start| start - TimeDelta::seconds(1));
    lead.response_due_at.unwrap_or(end).into()
}
