//! When what failed is tried again.

use aws_lc_rs::rand;
use chrono::{DateTime, TimeDelta, Utc};
use hyper::header::HeaderValue;

/// How many seconds lie between one attempt and the next: thirteen attempts in just under three days.
const STEPS: [i64; 12] = [
    5,
    30,
    2 * 60,
    10 * 60,
    30 * 60,
    3600,
    2 * 3600,
    4 * 3600,
    8 * 3600,
    12 * 3600,
    18 * 3600,
    24 * 3600,
];

/// How much earlier or later a step may be, in thousandths: so little that each is longer than the one before.
const JITTER: i64 = 100;

/// A receiver that wants to be left alone for longer than this is asked sooner.
const LONGEST: TimeDelta = TimeDelta::days(1);

/// A random number that spreads attempts: from -1,000 to 1,000.
pub fn spread() -> i64 {
    let mut bytes = [0_u8; 2];
    // Without random numbers attempts are not spread, which is no reason to make none.
    let _ = rand::fill(&mut bytes);
    i64::from(u16::from_ne_bytes(bytes)) % 2001 - 1000
}

/// When to try again what was tried so many times; `None` where it is given up.
pub fn next(
    now: DateTime<Utc>,
    tries: i32,
    spread: i64,
    retry_after: Option<TimeDelta>,
) -> Option<DateTime<Utc>> {
    let step = usize::try_from(tries).ok()?.checked_sub(1).and_then(|n| STEPS.get(n))?;
    let step = TimeDelta::milliseconds(step * (1000 + spread * JITTER / 1000));
    Some(now + step.max(retry_after.unwrap_or_default()))
}

/// How long the header `Retry-After` says to wait: seconds, or a date (RFC 9110, 10.2.3).
pub fn retry_after(value: &HeaderValue, now: DateTime<Utc>) -> Option<TimeDelta> {
    let text = value.to_str().ok()?.trim();
    let wait = match text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        true => text.parse().ok().and_then(TimeDelta::try_seconds).unwrap_or(LONGEST),
        false => DateTime::<Utc>::from(httpdate::parse_http_date(text).ok()?) - now,
    };
    (wait > TimeDelta::zero()).then_some(wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::Clock;

    fn noon() -> DateTime<Utc> {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn thirteen_attempts_are_made_in_just_under_three_days() {
        let clock = Clock::fixed(noon());
        let mut tries = 1;
        let mut waits = Vec::new();
        while let Some(due) = next(clock.now(), tries, 0, None) {
            waits.push(due - clock.now());
            clock.advance(due - clock.now());
            tries += 1;
        }
        assert_eq!(tries, 13);
        assert_eq!(waits[0], TimeDelta::seconds(5));
        let took = clock.now() - noon();
        assert!(took > TimeDelta::hours(60) && took < TimeDelta::days(3), "{took}");
    }

    proptest! {
        #[test]
        fn each_wait_is_longer_than_the_one_before_whatever_the_jitter(
            tries in 1..12_i32, one in -1000..=1000_i64, other in -1000..=1000_i64,
        ) {
            let first = next(noon(), tries, one, None).unwrap();
            let second = next(noon(), tries + 1, other, None).unwrap();
            prop_assert!(second > first);
        }

        #[test]
        fn what_a_header_says_never_breaks_anything(text in "[ -~]{0,40}", tries in i32::MIN..i32::MAX) {
            let value = HeaderValue::from_str(&text).unwrap();
            let wait = retry_after(&value, noon());
            prop_assert!(wait.is_none_or(|wait| wait <= LONGEST && wait > TimeDelta::zero()));
            let due = next(noon(), tries, 0, wait);
            prop_assert!(due.is_none_or(|due| due > noon()));
        }
    }

    #[test]
    fn a_receiver_says_when_to_come_again_in_seconds_or_as_a_date_within_bounds() {
        let wait = |text: &'static str| retry_after(&HeaderValue::from_static(text), noon());
        assert_eq!(wait("120"), Some(TimeDelta::seconds(120)));
        assert_eq!(wait("Sat, 21 Nov 2026 12:01:00 GMT"), Some(TimeDelta::minutes(1)));
        assert_eq!(wait("99999999999999999999"), Some(LONGEST));
        for nothing in ["0", "-1", "soon", "", "Sat, 21 Nov 2026 11:00:00 GMT"] {
            assert_eq!(wait(nothing), None, "{nothing}");
        }
        // Later than it says is no harm, sooner would be.
        assert_eq!(next(noon(), 1, 0, wait("120")), Some(noon() + TimeDelta::minutes(2)));
        assert_eq!(next(noon(), 4, 0, wait("120")), Some(noon() + TimeDelta::minutes(10)));
    }

    #[test]
    fn jitter_goes_both_ways() {
        let some: Vec<i64> = (0..200).map(|_| spread()).collect();
        assert!(some.iter().all(|n| (-1000..=1000).contains(n)));
        assert!(some.iter().any(|n| *n < -300) && some.iter().any(|n| *n > 300));
    }
}
