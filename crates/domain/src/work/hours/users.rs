//! What counts by calendars: these stay while they are named, and whatever counts by one is looked at again when it changes.

use rapport_entity::{
    sales::lead_assignment_rule,
    service::{queue, service_agent, service_policy},
    work::business_calendar,
};
use sea_orm::{ColumnTrait, Condition};

use crate::{
    kernel::{Error, Faults, Read, Result, Tx},
    sales::leads,
    service::{assignment, clocks},
};

/// So many names are told.
const MOST: u64 = 100;

/// Lets nobody else say which calendars are named until the transaction ends.
pub(crate) async fn one_at_a_time(tx: &Tx<'_>) -> Result<()> {
    tx.one_at_a_time("business calendars").await
}

/// A calendar that is named must be there; until the transaction ends it stays.
pub(crate) async fn hold(tx: &Tx<'_>, id: Option<business_calendar::Id>) -> Result<()> {
    let mut faults = Faults::default();
    judge(tx, id, &mut faults).await?;
    faults.check()
}

/// The same, among other faults.
pub(crate) async fn judge(
    tx: &Tx<'_>,
    id: Option<business_calendar::Id>,
    faults: &mut Faults,
) -> Result<()> {
    if id.is_some() {
        // Calendars that go away wait, or are away already.
        one_at_a_time(tx).await?;
    }
    match is_there(tx, id).await? {
        true => {}
        false => faults.conflict("/calendarId", "is no business calendar"),
    }
    Ok(())
}

/// A calendar that is named must be there.
pub(crate) async fn check(tx: &Tx<'_>, id: Option<business_calendar::Id>) -> Result<()> {
    match is_there(tx, id).await? {
        true => Ok(()),
        false => Err(Error::conflict("/calendarId", "is no business calendar")),
    }
}

async fn is_there(tx: &Tx<'_>, id: Option<business_calendar::Id>) -> Result<bool> {
    let Some(id) = id else { return Ok(true) };
    Ok(!tx.entailed::<business_calendar::Entity, Read>().live(&[id]).await?.is_empty())
}

/// Has whatever counts by calendars reckoned anew, soon.
pub(super) async fn look_again(tx: &Tx<'_>) -> Result<()> {
    clocks::look_again(tx).await?;
    assignment::look_again_everywhere(tx).await?;
    leads::look_again(tx).await
}

/// Refuses to let a calendar go that is named.
pub(super) async fn check_not_named(tx: &Tx<'_>, id: business_calendar::Id) -> Result<()> {
    let by = Condition::all()
        .add(service_policy::Column::CalendarId.eq(id))
        .add(service_policy::Column::Active.eq(true));
    let policies = tx.entailed::<service_policy::Entity, Read>().filtered(by, MOST).await?;
    refuse("policies", policies.iter().map(|policy| policy.name.as_str()).collect())?;
    let by = queue::Column::CalendarId.eq(id).into();
    let queues = tx.entailed::<queue::Entity, Read>().filtered(by, MOST).await?;
    refuse("queues", queues.iter().map(|queue| queue.name.as_str()).collect())?;
    let by = lead_assignment_rule::Column::CalendarId.eq(id).into();
    let rules = tx.entailed::<lead_assignment_rule::Entity, Read>().filtered(by, MOST).await?;
    refuse("assignment rules", rules.iter().map(|rule| rule.name.as_str()).collect())?;
    let by = service_agent::Column::CalendarId.eq(id).into();
    match tx.entailed::<service_agent::Entity, Read>().filtered(by, 1).await?.is_empty() {
        true => Ok(()),
        false => Err(Error::Refused("the calendar stays while agents work by it".to_owned())),
    }
}

fn refuse(what: &str, names: Vec<&str>) -> Result<()> {
    match names.is_empty() {
        true => Ok(()),
        false => {
            let names = names.join(", ");
            Err(Error::Refused(format!("the calendar stays while {what} name it: {names}")))
        }
    }
}
