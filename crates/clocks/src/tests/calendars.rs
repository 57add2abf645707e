use chrono::Weekday;

use super::{ALL, WORKING, berlin, draft, except, hours, laid_out, minutes, utc, window};
use crate::{Calendar, Draft, Fault, Hours, MOST_EXCEPTIONS};

/// From a moment, so much open time: the moment that is reached.
fn reaches(hours: &Hours, table: &[(&str, std::time::Duration, &str)]) {
    for (from, open, to) in table {
        let open = open.as_micros() as i64;
        assert_eq!(hours.advance(utc(from), open), Some(utc(to)), "{from} {open}");
        assert_eq!(hours.open_between(utc(from), utc(to)), open, "{from} {to}");
    }
}

#[test]
fn breaks_nights_and_weekends_do_not_count() {
    reaches(
        &berlin(),
        &[
            // A Monday in winter: Berlin is an hour ahead.
            ("2026-11-23T08:00:00Z", hours(1), "2026-11-23T09:00:00Z"),
            ("2026-11-23T10:30:00Z", hours(1), "2026-11-23T12:30:00Z"),
            ("2026-11-23T08:00:00Z", hours(3), "2026-11-23T11:00:00Z"),
            ("2026-11-23T11:30:00Z", minutes(1), "2026-11-23T12:01:00Z"),
            ("2026-11-23T15:00:00Z", hours(2), "2026-11-24T09:00:00Z"),
            ("2026-11-27T15:00:00Z", hours(2), "2026-11-30T09:00:00Z"),
            ("2026-11-28T15:00:00Z", hours(7), "2026-11-30T16:00:00Z"),
            ("2026-11-23T08:00:00Z", hours(35), "2026-11-27T16:00:00Z"),
        ],
    );
}

#[test]
fn holidays_are_closed_and_some_days_have_other_hours() {
    let plain = draft("Europe/Berlin", &WORKING, &["09:00-17:00"]);
    let with = except(plain, "2026-12-24", false, &["09:00-12:00"]);
    let with = except(with, "2020-12-25", true, &[]);
    let with = except(with, "2026-12-26", false, &["10:00-11:00"]);
    reaches(
        &laid_out(&with),
        &[
            ("2026-12-24T08:00:00Z", hours(3), "2026-12-24T11:00:00Z"),
            ("2026-12-24T08:00:00Z", hours(4), "2026-12-26T10:00:00Z"),
            ("2026-12-24T08:00:00Z", hours(5), "2026-12-28T09:00:00Z"),
            // A Thursday, in another year.
            ("2025-12-25T09:00:00Z", hours(1), "2025-12-26T09:00:00Z"),
        ],
    );
}

#[test]
fn a_single_day_goes_before_one_of_every_year() {
    let with = except(draft("UTC", &ALL, &["09:00-17:00"]), "2026-12-25", true, &[]);
    let with = except(with, "2026-12-25", false, &["12:00-13:00"]);
    reaches(
        &laid_out(&with),
        &[
            ("2026-12-25T00:00:00Z", hours(2), "2026-12-26T10:00:00Z"),
            ("2027-12-25T00:00:00Z", hours(1), "2027-12-26T10:00:00Z"),
        ],
    );
}

#[test]
fn a_leap_day_of_every_year_is_there_in_leap_years() {
    let with = except(draft("UTC", &ALL, &["00:00-24:00"]), "2024-02-29", true, &[]);
    let open = laid_out(&with);
    let days = |from: &str, to: &str| open.open_between(utc(from), utc(to)) / 86_400_000_000;
    assert_eq!(days("2024-02-28T00:00:00Z", "2024-03-02T00:00:00Z"), 2);
    assert_eq!(days("2025-02-28T00:00:00Z", "2025-03-02T00:00:00Z"), 2);
    assert_eq!(days("2028-02-28T00:00:00Z", "2028-03-02T00:00:00Z"), 2);
}

#[test]
fn real_time_counts_on_the_days_clocks_are_changed() {
    let nights = |zone| laid_out(&draft(zone, &ALL, &["00:00-06:00"]));
    // In spring the night has five hours, in autumn seven.
    reaches(
        &nights("Europe/Berlin"),
        &[
            ("2026-03-28T23:00:00Z", hours(5), "2026-03-29T04:00:00Z"),
            ("2026-10-24T22:00:00Z", hours(7), "2026-10-25T05:00:00Z"),
            ("2026-10-24T22:00:00Z", hours(4), "2026-10-25T02:00:00Z"),
        ],
    );
    reaches(
        &nights("America/New_York"),
        &[
            ("2026-03-08T05:00:00Z", hours(5), "2026-03-08T10:00:00Z"),
            ("2026-11-01T04:00:00Z", hours(7), "2026-11-01T11:00:00Z"),
        ],
    );
    // There clocks are changed by half an hour, at two.
    reaches(
        &nights("Australia/Lord_Howe"),
        &[
            ("2026-10-03T13:30:00Z", minutes(330), "2026-10-03T19:00:00Z"),
            ("2026-04-04T13:00:00Z", minutes(390), "2026-04-04T19:30:00Z"),
        ],
    );
}

#[test]
fn business_hours_stay_where_they_are_on_the_wall() {
    reaches(
        &laid_out(&draft("Europe/Berlin", &ALL, &["09:00-17:00"])),
        &[
            ("2026-03-28T15:00:00Z", hours(2), "2026-03-29T08:00:00Z"),
            ("2026-10-24T14:00:00Z", hours(2), "2026-10-25T09:00:00Z"),
        ],
    );
}

#[test]
fn an_edge_that_clocks_leave_out_is_the_moment_after() {
    let open = |text| laid_out(&draft("Europe/Berlin", &ALL, &[text]));
    let all =
        |text| open(text).openings(utc("2026-03-29T00:00:00Z"), utc("2026-03-29T12:00:00Z"), 9);
    let change = utc("2026-03-29T01:00:00Z");
    assert_eq!(all("02:30-04:00"), [(change, utc("2026-03-29T02:00:00Z"))]);
    assert_eq!(all("01:30-02:30"), [(utc("2026-03-29T00:30:00Z"), change)]);
    assert_eq!(all("02:00-03:00"), []);
    assert_eq!(all("02:15-02:45"), []);
    assert_eq!(all("03:00-03:30"), [(change, utc("2026-03-29T01:30:00Z"))]);
}

#[test]
fn a_time_that_is_shown_twice_opens_first_and_closes_last() {
    let open = |text| laid_out(&draft("Europe/Berlin", &ALL, &[text]));
    let all =
        |text| open(text).openings(utc("2026-10-24T23:00:00Z"), utc("2026-10-25T12:00:00Z"), 9);
    let at = |time: &str| utc(&format!("2026-10-25T{time}:00Z"));
    assert_eq!(all("02:15-02:45"), [(at("00:15"), at("01:45"))]);
    assert_eq!(all("02:30-05:00"), [(at("00:30"), at("04:00"))]);
    assert_eq!(all("01:30-02:30"), [(utc("2026-10-24T23:30:00Z"), at("01:30"))]);
    // At three, once, the second time; at two for the first, because no time before it is shown again.
    assert_eq!(all("03:00-04:00"), [(at("02:00"), at("03:00"))]);
    assert_eq!(all("01:30-02:00"), [(utc("2026-10-24T23:30:00Z"), at("00:00"))]);
}

#[test]
fn a_day_that_an_island_skipped_is_no_day() {
    // Samoa went over the date line: there was no 30 December 2011.
    let open = laid_out(&draft("Pacific/Apia", &ALL, &["09:00-17:00"]));
    let count = |from: &str, to: &str| open.open_between(utc(from), utc(to)) / 3_600_000_000;
    assert_eq!(count("2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z"), 16);
}

#[test]
fn around_the_clock_everything_counts() {
    reaches(
        &Hours::always(),
        &[
            ("2026-12-31T23:00:00Z", hours(2), "2027-01-01T01:00:00Z"),
            ("2026-01-01T00:00:00Z", hours(24 * 365 * 3), "2028-12-31T00:00:00Z"),
        ],
    );
    let holidays = Draft { week: None, ..draft("Europe/Berlin", &[], &[]) };
    reaches(
        &laid_out(&except(holidays, "2026-12-25", true, &[])),
        &[("2026-12-24T22:00:00Z", hours(2), "2026-12-26T00:00:00Z")],
    );
}

#[test]
fn windows_that_meet_are_one() {
    let open = laid_out(&draft("Asia/Tokyo", &ALL, &["00:00-08:00", "08:00-24:00"]));
    let all = open.openings(utc("2026-12-30T00:00:00Z"), utc("2027-01-02T00:00:00Z"), 9);
    assert_eq!(all, [(utc("2026-12-30T00:00:00Z"), utc("2027-01-02T00:00:00Z"))]);
}

#[test]
fn without_hours_it_never_comes_to_an_end() {
    let never = laid_out(&draft("Europe/Berlin", &[], &[]));
    assert_eq!(never.advance(utc("2026-01-01T00:00:00Z"), 1), None);
    assert_eq!(never.open_between(utc("2026-01-01T00:00:00Z"), utc("2036-01-01T00:00:00Z")), 0);
    assert_eq!(never.advance(utc("2026-01-01T00:00:00Z"), 0), Some(utc("2026-01-01T00:00:00Z")));
    assert_eq!(Hours::always().advance(utc("2026-01-01T00:00:00Z"), i64::MAX), None);
}

#[test]
fn moments_far_away_are_closed() {
    let always = Hours::always();
    let (early, late) =
        (chrono::DateTime::<chrono::Utc>::MIN_UTC, chrono::DateTime::<chrono::Utc>::MAX_UTC);
    assert!(always.open_between(early, late) > 0);
    assert_eq!(always.advance(late, 1), None);
    assert_eq!(always.advance(early, 1), Some(utc("1970-01-01T00:00:00.000001Z")));
    assert_eq!(always.open_between(utc("2100-01-01T00:00:00Z"), late), 0);
    assert_eq!(always.openings(early, late, 3).len(), 1);
    assert_eq!(always.openings(late, early, 3).len(), 0);
}

#[test]
fn everything_that_is_wrong_with_a_calendar_is_said_at_once() {
    let mut wrong = draft("Europe/Atlantis", &[Weekday::Mon], &["09:00-12:00", "11:00-13:00"]);
    let week = wrong.week.get_or_insert_default();
    week.push((Weekday::Tue, window("17:00-09:00")));
    week.push((Weekday::Wed, window("24:01-9:00")));
    week.push((Weekday::Thu, window("00:00-24:00")));
    let wrong = except(wrong, "2026-12-25", false, &["10:00-10:00"]);
    let wrong = except(wrong, "2026-12-25", false, &[]);
    let wrong = except(wrong, "2026-12-25", true, &["09:00-12:00", "08:00-10:00"]);
    let faults = Calendar::read(&wrong).unwrap_err();
    let at: Vec<&str> = faults.iter().map(|fault| fault.at.as_str()).collect();
    assert_eq!(
        at,
        [
            "/timeZone",
            "/hours/2/until",
            "/hours/3/from",
            "/hours/3/until",
            "/hours/1",
            "/exceptions/0/windows/0/until",
            "/exceptions/1/date",
            "/exceptions/2/windows/0",
        ]
    );
}

#[test]
fn a_calendar_has_its_limits() {
    let plain = draft("UTC", &ALL, &["09:00-17:00"]);

    let many = (0..=MOST_EXCEPTIONS).fold(plain, |draft, _| except(draft, "2026-12-25", true, &[]));
    let says = format!("must be at most {MOST_EXCEPTIONS}");
    assert_eq!(Calendar::read(&many), Err(vec![Fault { at: "/exceptions".to_owned(), says }]));
    let windows: Vec<String> = (0..25).map(|n| format!("{n:02}:00-{n:02}:30")).collect();
    let windows: Vec<&str> = windows.iter().map(String::as_str).take(24).collect();
    assert!(Calendar::read(&draft("UTC", &ALL, &windows)).is_ok());
    let twice = draft("UTC", &[ALL, ALL].concat(), &windows);
    assert!(Calendar::read(&twice).is_err());
}
