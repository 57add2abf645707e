//! The end of agreements, and the telling of it. When either is due is a timer, set in the transaction of the agreement;
//! whichever node comes first takes it.

use chrono::{DateTime, Days, Months, NaiveDate, Utc};
use rapport_entity::{
    Date, Resource,
    service::agreement::{Entity, Model, Renewal, Status},
    work::notification::Kind,
};
use sea_orm::prelude::async_trait;

use crate::{
    kernel::{Ctx, Error, Expected, Result, Timer, Tx, Update, start_of},
    timed::Timed,
    work::notifications::{Notice, notify},
};

/// The kind of the timers.
const TIMER: &str = "agreement_ending";

/// Tells of agreements of every workspace that are about to end, and ends or renews those that have.
#[derive(Debug)]
pub struct AgreementEndings;

#[async_trait::async_trait]
impl Timed for AgreementEndings {
    fn kind(&self) -> &'static str {
        TIMER
    }

    async fn act(&self, ctx: &Ctx, timer: &Timer) -> Result<()> {
        ctx.tx(async |tx| act(tx, timer).await).await
    }
}

/// Lets an agreement's timer be set for what comes next.
pub(super) async fn follow(tx: &Tx<'_>, row: &Model) -> Result<()> {
    tx.set_timer(TIMER, row.id.uuid(), next(tx, row)).await
}

/// When something is due about an agreement next.
fn next(tx: &Tx<'_>, row: &Model) -> Option<DateTime<Utc>> {
    match is_told(row) {
        false => [told_at(tx, row), ends_at(tx, row)].into_iter().flatten().min(),
        true => ends_at(tx, row),
    }
}

/// Whether it has been told of the end that it has now.
fn is_told(row: &Model) -> bool {
    row.reminded_of.is_some() && row.reminded_of == row.ends_on
}

/// The last day of an agreement that is to end.
fn last_day(row: &Model) -> Option<NaiveDate> {
    let lives = row.status == Status::Active && row.deleted_at.is_none();
    row.ends_on.filter(|_| lives).map(Date::day)
}

fn told_at(tx: &Tx<'_>, row: &Model) -> Option<DateTime<Utc>> {
    let before = u64::try_from(i64::from(row.remind_days)).ok()?;
    let day = last_day(row)?.checked_sub_days(Days::new(before))?;
    Some(start_of(day, tx.actor()))
}

fn ends_at(tx: &Tx<'_>, row: &Model) -> Option<DateTime<Utc>> {
    Some(start_of(last_day(row)?.succ_opt()?, tx.actor()))
}

/// Does what is due about an agreement. It is locked, so that nobody changes it meanwhile.
async fn act(tx: &Tx<'_>, timer: &Timer) -> Result<()> {
    tx.unheard();
    let locked = tx.entailed::<Entity, Update>().lock(timer.subject.into(), Expected::Any).await;
    if !tx.take_timer(TIMER, timer).await? {
        return Ok(());
    }
    let row = match locked {
        Err(Error::NotFound(_)) => return Ok(()),
        locked => locked?,
    };
    let is_due = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at <= timer.due_at);
    let row = match !is_told(&row) && is_due(told_at(tx, &row)) {
        true => tell(tx, row).await?,
        false => row,
    };
    let row = match is_due(ends_at(tx, &row)) {
        true => end(tx, row, timer.due_at).await?,
        false => row,
    };
    follow(tx, &row).await
}

/// Tells that an agreement is about to end.
async fn tell(tx: &Tx<'_>, before: Model) -> Result<Model> {
    let after = Model { reminded_of: before.ends_on, ..before.clone() };
    let after = save(tx, &before, after, "ending").await?;
    if let (Some(owner), Some(end)) = (after.owner_id, after.ends_on) {
        let occasion = format!("agreement {} ending {end}", after.id);
        notify(tx, owner, notice(&after, Kind::AgreementEnding, occasion)).await?;
    }
    Ok(after)
}

/// Renews an agreement whose last day has passed, or lets it end.
async fn end(tx: &Tx<'_>, before: Model, at: DateTime<Utc>) -> Result<Model> {
    if let Some((until, times)) = renewed(&before, crate::kernel::day_of(at, tx.actor())) {
        let ends_on = Some(until.try_into().map_err(Error::internal)?);
        let renewal_count = before.renewal_count.saturating_add(times);
        let after = Model { ends_on, renewal_count, ..before.clone() };
        return save(tx, &before, after, "renewed").await;
    }
    let after =
        save(tx, &before, Model { status: Status::Ended, ..before.clone() }, "ended").await?;
    if let Some(owner) = after.owner_id {
        let occasion = format!("agreement {} ended {}", after.id, after.version);
        notify(tx, owner, notice(&after, Kind::AgreementEnded, occasion)).await?;
    }
    Ok(after)
}

/// The last day of an agreement that goes on by itself, and how often it was renewed for that.
fn renewed(row: &Model, today: NaiveDate) -> Option<(NaiveDate, i32)> {
    let months = row.renewal_months.filter(|_| row.renewal == Renewal::Automatic)?;
    prolonged(row.ends_on?.day(), u32::try_from(i64::from(months)).ok()?, today)
}

/// A day, put off by so many months as often as it takes until it is not past. Each is reckoned from the first day, so that the
/// 31st stays the 31st where a month has one.
fn prolonged(first: NaiveDate, months: u32, today: NaiveDate) -> Option<(NaiveDate, i32)> {
    (1..=1200_u32).find_map(|times| {
        let until = first.checked_add_months(Months::new(months.checked_mul(times)?))?;
        (until >= today).then_some((until, times as i32))
    })
}

async fn save(tx: &Tx<'_>, before: &Model, after: Model, what: &str) -> Result<Model> {
    tx.entailed::<Entity, Update>().save(before, after, what, &[]).await
}

fn notice(row: &Model, kind: Kind, occasion: String) -> Notice {
    Notice {
        kind,
        title: row.name.clone(),
        body: None,
        about: Some((Entity::NAME, row.id.uuid())),
        customer: Some(row.customer_id),
        occasion,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_renewed_ends_on_a_day_that_is_not_past() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (first, months, today, until, times) in [
            ("2026-12-31", 12, "2027-01-01", "2027-12-31", 1),
            ("2026-01-31", 1, "2026-02-01", "2026-02-28", 1),
            ("2026-01-31", 1, "2026-03-01", "2026-03-31", 2),
            ("2024-02-29", 12, "2025-02-28", "2025-02-28", 1),
            ("2024-02-29", 12, "2028-01-01", "2028-02-29", 4),
        ] {
            assert_eq!(
                prolonged(day(first), months, day(today)),
                Some((day(until), times)),
                "{first}"
            );
        }
        assert_eq!(prolonged(day("1000-01-01"), 1, day("2026-01-01")), None);
    }
}
