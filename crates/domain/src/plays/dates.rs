//! Occasions before and after the dates in customers' lives.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use rapport_entity::{
    Custom, Date, DayShift, TimeZone,
    customers::customer::{self, Column, Entity},
    plays::trigger::OnDate,
    rule::{Anniversary, Comparison, Rule},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use uuid::Uuid;

use super::{
    history::{Look, Touch, Within},
    hours::moment,
};
use crate::kernel::{FilterScope, Result, catalogue, compile, is_among};

/// So many customers are read at once.
const SOME: u64 = 5_000;

/// So many days are looked for with one condition: a window of anniversaries is no longer than two years.
const DAYS: i64 = 300;

/// When on the day, where a play does not say.
fn usual() -> NaiveTime {
    NaiveTime::from_hms_opt(9, 0, 0).unwrap_or_default()
}

/// For whom a date comes up within a stretch of time: of some customers, or of all. They are found by the date itself, by
/// an index where it has one.
pub async fn touches(
    look: Look<'_>,
    on: &OnDate,
    within: Within,
    of: Option<&[Uuid]>,
) -> Result<Vec<Touch>> {
    let mut touches = Vec::new();
    let mut days = days(on, within);
    while !days.is_empty() {
        let last = (*days.start() + TimeDelta::days(DAYS)).min(*days.end());
        let rule = rule(on, *days.start()..=last);
        look_for(look, on, &rule, (*days.start(), within), of, &mut touches).await?;
        let Some(next) = last.succ_opt() else { break };
        days = next..=*days.end();
    }
    touches.sort();
    touches.dedup();
    Ok(touches)
}

/// The days on which the date may be, wherever the customers live.
fn days(on: &OnDate, within: Within) -> RangeInclusive<NaiveDate> {
    let date = |at: DateTime<Utc>, by: i64| {
        let day = at.date_naive();
        let by = by - on.days();
        let moved = match Days::new(by.unsigned_abs()) {
            back if by < 0 => day.checked_sub_days(back),
            ahead => day.checked_add_days(ahead),
        };
        moved.unwrap_or(day)
    };
    date(within.after, -1)..=date(within.until, 1)
}

/// That the date is on, or comes round on, one of these days; or a day before or after.
fn rule(on: &OnDate, days: RangeInclusive<NaiveDate>) -> Rule {
    let length = (*days.end() - *days.start()).num_days();
    let mut compare = Comparison { field: on.field.clone(), ..Comparison::default() };
    if on.is_every_year() {
        let shift = |text: String| text.parse::<DayShift>().ok();
        let from = shift("-P1D".to_owned());
        let to = shift(format!("P{}D", length + 1));
        compare.anniversary = Some(Anniversary { from, to });
    } else {
        compare.gte = Some(days.start().to_string().into());
        compare.lte = Some(days.end().to_string().into());
    }
    Rule::Compare(Box::new(compare))
}

async fn look_for(
    look: Look<'_>,
    on: &OnDate,
    rule: &Rule,
    (first, within): (NaiveDate, Within),
    of: Option<&[Uuid]>,
    touches: &mut Vec<Touch>,
) -> Result<()> {
    let catalogue = catalogue::<Entity>();
    // Anniversaries are reckoned from a day; noon is on that day or the next everywhere.
    let now = first.and_hms_opt(12, 0, 0).unwrap_or_default().and_utc();
    let scope = FilterScope { actor: look.actor, backend: look.backend(), now, touched: None };
    let holds = compile(rule, catalogue, &catalogue.table, scope, "")?;
    let mut after: Option<Uuid> = None;
    loop {
        let mut some = Entity::find()
            .select_only()
            .columns([Column::Id, Column::Birthday, Column::Custom])
            .columns([Column::TimeZone, Column::CreatedAt])
            .filter(Column::WorkspaceId.eq(look.actor.workspace))
            .filter(Column::DeletedAt.is_null())
            .filter(holds.clone())
            .order_by_asc(Column::Id)
            .limit(SOME);
        if let Some(ids) = of {
            some = some.filter(is_among(Expr::col((Entity, Column::Id)), ids, look.backend()));
        }
        if let Some(after) = after {
            some = some.filter(Column::Id.gt(after));
        }
        let found = some.into_tuple::<Found>().all(look.db).await?;
        for (id, birthday, custom, zone, made_at) in &found {
            let zone = zone.as_ref().unwrap_or(&look.actor.time_zone);
            let date = date_of(on, *birthday, custom.as_ref());
            let all = date.into_iter().flat_map(|date| of_date(on, date, zone, within));
            let there = all.filter(|(at, _)| at > made_at);
            touches.extend(there.map(|(at, occasion)| Touch { at, customer: *id, occasion }));
        }
        after = found.last().map(|(id, ..)| id.uuid());
        if (found.len() as u64) < SOME {
            return Ok(());
        }
    }
}

/// Who, with what dates, where, and since when we know them.
type Found = (customer::Id, Option<Date>, Option<Custom>, Option<TimeZone>, DateTime<Utc>);

/// The date that a play is about.
fn date_of(on: &OnDate, birthday: Option<Date>, custom: Option<&Custom>) -> Option<NaiveDate> {
    match on.field.strip_prefix("custom.") {
        Some(key) => custom?.0.get(key)?.as_str()?.parse::<Date>().ok().map(Date::day),
        None => birthday.map(Date::day),
    }
}

/// When a date comes up within a stretch of time, and what each occasion is called.
fn of_date(
    on: &OnDate,
    date: NaiveDate,
    zone: &TimeZone,
    within: Within,
) -> impl Iterator<Item = (DateTime<Utc>, String)> {
    let years = within.after.year() - 2..=within.until.year() + 2;
    let all: Vec<(DateTime<Utc>, String)> = match on.is_every_year() {
        true => years.filter_map(|year| in_year(on, date, zone, year)).collect(),
        false => once(on, date, zone).into_iter().collect(),
    };
    all.into_iter().filter(move |(at, _)| within.has(*at))
}

fn once(on: &OnDate, date: NaiveDate, zone: &TimeZone) -> Option<(DateTime<Utc>, String)> {
    Some((comes_up(on, date, zone)?, format!("{} {date}", on.field)))
}

/// In a year; never before the date itself.
fn in_year(
    on: &OnDate,
    date: NaiveDate,
    zone: &TimeZone,
    year: i32,
) -> Option<(DateTime<Utc>, String)> {
    let day = date.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 2, 28))?;
    let at = comes_up(on, day, zone).filter(|_| day >= date)?;
    Some((at, format!("{} {year}", on.field)))
}

/// When, for a date.
fn comes_up(on: &OnDate, date: NaiveDate, zone: &TimeZone) -> Option<DateTime<Utc>> {
    let day = match Days::new(on.days().unsigned_abs()) {
        back if on.days() < 0 => date.checked_sub_days(back),
        ahead => date.checked_add_days(ahead),
    }?;
    let time = on.at.as_ref().map_or_else(usual, rapport_entity::TimeOfDay::time);
    Some(moment(day, time, zone))
}

/// When an occasion comes up for a customer as they are now; `None` where it does not any more.
pub fn now_at(
    on: &OnDate,
    row: &customer::Model,
    zone: &TimeZone,
    (occasion, planned): (&str, DateTime<Utc>),
) -> Option<DateTime<Utc>> {
    let date = date_of(on, row.birthday, Some(&row.custom))?;
    let year = planned.year();
    let mut all = match on.is_every_year() {
        true => (year - 2..=year + 2).filter_map(|year| in_year(on, date, zone, year)).collect(),
        false => once(on, date, zone).into_iter().collect::<Vec<_>>(),
    };
    all.retain(|(_, name)| name == occasion);
    let at = all.pop()?.0;
    // One that was put forward to a day that has passed is missed.
    (at + TimeDelta::days(1) >= planned).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(offset: &str, every_year: bool) -> OnDate {
        OnDate {
            field: "birthday".to_owned(),
            offset: Some(offset.parse().unwrap()),
            at: Some("09:30".parse().unwrap()),
            every_year: Some(every_year),
        }
    }

    fn all(on: &OnDate, date: &str, zone: &str, from: &str, to: &str) -> Vec<String> {
        let within = Within { after: from.parse().unwrap(), until: to.parse().unwrap() };
        let zone: TimeZone = zone.parse().unwrap();
        let of = of_date(on, date.parse().unwrap(), &zone, within);
        of.map(|(at, name)| format!("{name}: {}", at.to_rfc3339())).collect()
    }

    #[test]
    fn a_birthday_comes_round_every_year_and_29_february_is_kept_on_the_28th_of_others() {
        let (from, to) = ("2027-01-01T00:00:00Z", "2028-12-31T00:00:00Z");
        assert_eq!(
            all(&on("P0D", true), "2000-02-29", "Europe/Berlin", from, to),
            [
                "birthday 2027: 2027-02-28T08:30:00+00:00",
                "birthday 2028: 2028-02-29T08:30:00+00:00"
            ]
        );
        // Three days before 2 January is another year than the birthday's.
        assert_eq!(
            all(&on("-P3D", true), "1999-01-02", "Asia/Tokyo", from, to),
            [
                "birthday 2028: 2027-12-30T00:30:00+00:00",
                "birthday 2029: 2028-12-30T00:30:00+00:00"
            ]
        );
        assert!(all(&on("P0D", true), "2030-01-02", "UTC", from, to).is_empty(), "not before it");
    }

    #[test]
    fn a_date_that_comes_once_comes_once() {
        let contract =
            |from, to| all(&on("-P30D", false), "2027-04-14", "America/New_York", from, to);
        let (before, after) = ("2027-03-15T13:29:59Z", "2027-03-15T13:30:00Z");
        assert_eq!(contract(before, after), ["birthday 2027-04-14: 2027-03-15T13:30:00+00:00"]);
        assert!(contract(after, "2029-01-01T00:00:00Z").is_empty());
    }
}
