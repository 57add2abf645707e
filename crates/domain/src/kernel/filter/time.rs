//! Now, in rules: `{"now": "-P90D"}`, and the stretches of time that are reckoned from it.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use rapport_entity::{Date, Shift, rule::Window, values};
use sea_orm::Value;
use serde_json::Value as Json;

use super::compile::Scope;
use crate::kernel::{catalogue::FieldKind, database::Stretch, policy::Actor};

impl Scope<'_> {
    /// The day it is in the workspace.
    pub fn today(&self) -> NaiveDate {
        day_of(self.now, self.actor)
    }
}

/// The day that a moment is of, in the workspace.
pub fn day_of(moment: DateTime<Utc>, actor: &Actor) -> NaiveDate {
    moment.with_timezone(&actor.time_zone.rules()).date_naive()
}

/// The moment at which a day begins in the workspace: where clocks are put forward over midnight, when that is done.
pub fn start_of(day: NaiveDate, actor: &Actor) -> DateTime<Utc> {
    const QUARTERS_OF_A_DAY: i64 = 96;
    let midnight = day.and_time(NaiveTime::MIN);
    let zone = actor.time_zone.rules();
    let first = (0..QUARTERS_OF_A_DAY).find_map(|quarters| {
        zone.from_local_datetime(&(midnight + TimeDelta::minutes(15 * quarters))).earliest()
    });
    first.map_or_else(|| midnight.and_utc(), |time| time.with_timezone(&Utc))
}

/// The stretches of time from the beginning of a day to the end of another in which the workspace's days begin at the
/// same hour of UTC's. Where a day has more hours than others, those that are more are of the next stretch, and of the
/// same day.
pub fn stretches(first: NaiveDate, last: NaiveDate, actor: &Actor) -> Vec<Stretch> {
    let start = |day: NaiveDate| start_of(day, actor);
    let seconds =
        |day: NaiveDate| (start(day) - day.and_time(NaiveTime::MIN).and_utc()).num_seconds();
    let turn = |day: &NaiveDate| {
        let next = day.succ_opt().filter(|next| seconds(*next) != seconds(*day))?;
        let end = start(next).min(start(*day) + TimeDelta::days(1));
        Some(Stretch { end: Some(end), seconds: seconds(*day) })
    };
    let turns = first.iter_days().take_while(|day| *day <= last).filter_map(|day| turn(&day));
    let after = last.succ_opt().unwrap_or(last);
    turns.chain([Stretch { end: None, seconds: seconds(after) }]).collect()
}

/// How far from now a value is, where it is one that moves with time.
///
/// # Errors
/// Why it is refused.
pub fn shift(json: &Json, kind: &FieldKind) -> Option<Result<Shift, String>> {
    let object = json.as_object()?;
    let shift = match (object.len(), object.get("now").and_then(Json::as_str)) {
        (1, Some(text)) => text.parse::<Shift>().map_err(|err| format!("now {err}")),
        _ => return None,
    };
    Some(shift.and_then(|shift| fits(shift, kind)))
}

fn fits(shift: Shift, kind: &FieldKind) -> Result<Shift, String> {
    match kind {
        FieldKind::Date if shift.is_of_days() => Ok(shift),
        FieldKind::Date => Err("compares with days, so now has none of the units after T".into()),
        FieldKind::Time => Ok(shift),
        _ => Err("is no date or time, and does not compare with now".into()),
    }
}

/// The value of a field's kind that is so far from now.
pub fn from_now(shift: &Shift, kind: &FieldKind, scope: Scope<'_>) -> Value {
    match kind {
        FieldKind::Date => shift.from_day(scope.today()).into(),
        _ => shift.from_moment(scope.now).into(),
    }
}

/// One end of a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// A day or a moment.
    Fixed(String),
    /// It moves with time.
    Moving(Shift),
}

/// The first and the last day or moment of a window on a field of a kind. What is wrong is put among the faults, by the
/// member that it is wrong with.
pub fn ends(
    within: &Window,
    kind: &FieldKind,
    faults: &mut Vec<(&'static str, String)>,
) -> [Option<End>; 2] {
    let fixed = within.from.is_some() || within.to.is_some();
    let given = [fixed, within.last.is_some(), within.next.is_some()];
    if given.into_iter().filter(|given| *given).count() > 1 {
        faults.push(("", "has from and to, or last, or next".to_owned()));
    }
    let mut moving = |member, shift: Shift| match fits(shift, kind) {
        Ok(shift) => Some(End::Moving(shift)),
        Err(why) => {
            faults.push((member, why));
            None
        }
    };
    if let Some(last) = &within.last {
        return [moving("/last", last.back()), Some(End::Moving(Shift::none()))];
    }
    if let Some(next) = &within.next {
        return [Some(End::Moving(Shift::none())), moving("/next", next.ahead())];
    }
    [("/from", &within.from), ("/to", &within.to)].map(|(member, json)| {
        let end = end(json.as_ref()?, kind);
        end.map_err(|why| faults.push((member, why))).ok()
    })
}

fn end(json: &Json, kind: &FieldKind) -> Result<End, String> {
    match (shift(json, kind), json.as_str()) {
        (Some(shift), _) => shift.map(End::Moving),
        (None, Some(text)) => Ok(End::Fixed(text.to_owned())),
        (None, None) => Err("must be a date, a time, or {\"now\": \"-P90D\"}".to_owned()),
    }
}

/// One end of a window at a time, and whether it is the first moment after it. A day, against a time, is the workspace's
/// day.
///
/// # Errors
/// Why it is refused.
pub fn moment(
    end: &End,
    last: bool,
    kind: &FieldKind,
    scope: Scope<'_>,
) -> Result<(Value, bool), String> {
    let text = match end {
        End::Moving(shift) => return Ok((from_now(shift, kind, scope), false)),
        End::Fixed(text) => text,
    };
    if let Ok(time) = values::moment(text) {
        return match kind {
            FieldKind::Time => Ok((time.into(), false)),
            _ => Err("must be a date, YYYY-MM-DD".into()),
        };
    }
    let day = text.parse::<Date>().map_err(|_| "must be a date or a time".to_owned())?.day();
    if *kind == FieldKind::Date {
        return Ok((day.into(), false));
    }
    let day = if last { day.checked_add_days(Days::new(1)).unwrap_or(day) } else { day };
    Ok((start_of(day, scope.actor).into(), last))
}

#[cfg(test)]
mod tests {
    use rapport_entity::{identity::workspace, log::event::ActorKind};

    use super::*;

    fn in_zone(zone: &str) -> Actor {
        let now = DateTime::<Utc>::default();
        let row = workspace::Model {
            id: workspace::Id::new(),
            slug: "test".parse().unwrap(),
            name: "Test".parse().unwrap(),
            time_zone: zone.parse().unwrap(),
            currency: "EUR".parse().unwrap(),
            quote_introduction: None,
            quote_terms: None,
            quote_footer: None,
            fiscal_year_start: Default::default(),
            version: 1,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        };
        Actor::system(&row, ActorKind::System)
    }

    #[test]
    fn a_day_begins_where_clocks_skip_its_midnight_when_they_have() {
        let start = |day: &str, zone| start_of(day.parse().unwrap(), &in_zone(zone)).to_rfc3339();
        assert_eq!(start("2026-11-22", "Europe/Berlin"), "2026-11-21T23:00:00+00:00");
        assert_eq!(start("2024-04-26", "Africa/Cairo"), "2024-04-25T22:00:00+00:00");
        // A day that was never there: Samoa went over the date line.
        assert_eq!(start("2011-12-30", "Pacific/Apia"), "2011-12-30T00:00:00+00:00");
    }

    #[test]
    fn the_first_moment_of_a_day_is_of_that_day() {
        for zone in ["Europe/Berlin", "Africa/Cairo", "America/Sao_Paulo", "Asia/Beirut", "UTC"] {
            let actor = in_zone(zone);
            let mut day: NaiveDate = "2016-01-01".parse().unwrap();
            for _ in 0..4000 {
                let start = start_of(day, &actor);
                assert_eq!(day_of(start, &actor), day, "{zone}");
                assert!(day_of(start - TimeDelta::microseconds(1), &actor) < day, "{zone} {day}");
                day = day.succ_opt().unwrap();
            }
        }
    }
    #[test]
    fn stretches_tell_the_day_of_every_moment() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let (first, last) = (day("2024-01-01"), day("2025-12-31"));
        for zone in
            ["Europe/Berlin", "Africa/Cairo", "America/New_York", "Asia/Beirut", "Asia/Kathmandu"]
        {
            let actor = in_zone(zone);
            let stretches = stretches(first, last, &actor);
            let mut moment = start_of(first, &actor);
            let end = start_of(last.succ_opt().unwrap(), &actor);
            while moment < end {
                let stretch =
                    stretches.iter().find(|stretch| stretch.end.is_none_or(|end| moment < end));
                let shifted = moment - TimeDelta::seconds(stretch.unwrap().seconds);
                assert_eq!(shifted.date_naive(), day_of(moment, &actor), "{zone} {moment}");
                moment += TimeDelta::minutes(15);
            }
        }
    }
}
