//! What follows from an attempt.

use chrono::{DateTime, TimeDelta, Utc};
use hyper::StatusCode;
use rapport_entity::integration::webhook_delivery::{Attempt, Model, Status};

use super::schedule;
use crate::kernel::outbound::{Answer, Failure};

/// So many attempts are kept of a delivery.
const KEPT: usize = 30;

/// How an attempt went.
#[derive(Clone, Debug)]
pub struct Attempted {
    /// When it began.
    pub at: DateTime<Utc>,
    /// How long it took.
    pub took: std::time::Duration,
    /// What came of it.
    pub answer: Result<Answer, Failure>,
}

/// What it means for the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It got through.
    Delivered,
    /// It did not; where the endpoint said so, it is to be left alone until then.
    Failed(Option<DateTime<Utc>>),
    /// The endpoint said that it is gone for good.
    Gone,
}

/// Writes down an attempt, and when the next is due. `spread` is random ([`schedule::spread`]).
pub fn judge(row: &mut Model, attempted: Attempted, now: DateTime<Utc>, spread: i64) -> Verdict {
    let verdict = verdict(&attempted, now);
    let wait = match &attempted.answer {
        Ok(answer) => answer.retry_after.as_ref().and_then(|at| schedule::retry_after(at, now)),
        Err(_) => None,
    };
    row.tried_since.get_or_insert(attempted.at);
    row.tries += 1;
    note(row, attempted);
    let again = match verdict {
        Verdict::Failed(_) if row.event_seq.is_some() => {
            schedule::next(now, row.tries, spread, wait)
        }
        _ => None,
    };
    row.next_attempt_at = again;
    row.status = match (verdict, again) {
        (Verdict::Delivered, _) => Status::Delivered,
        (_, Some(_)) => Status::Pending,
        (_, None) => Status::Dead,
    };
    verdict
}

fn verdict(attempted: &Attempted, now: DateTime<Utc>) -> Verdict {
    let Ok(answer) = &attempted.answer else { return Verdict::Failed(None) };
    match answer.status {
        status if status.is_success() => Verdict::Delivered,
        StatusCode::GONE => Verdict::Gone,
        // These two speak of the endpoint, not of the one event.
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            let wait = answer.retry_after.as_ref().and_then(|at| schedule::retry_after(at, now));
            Verdict::Failed(wait.map(|wait: TimeDelta| now + wait))
        }
        _ => Verdict::Failed(None),
    }
}

fn note(row: &mut Model, attempted: Attempted) {
    let (status, body, error) = match attempted.answer {
        Ok(answer) => (Some(i32::from(answer.status.as_u16())), text(&answer.body), None),
        Err(failure) => (None, None, Some(failure.to_string().chars().take(500).collect())),
    };
    row.attempt_count += 1;
    row.response_status = status;
    row.version += 1;
    row.updated_at = attempted.at;
    let attempts = &mut row.attempts.0;
    if attempts.len() >= KEPT {
        attempts.remove(0);
    }
    attempts.push(Attempt {
        at: attempted.at,
        duration_ms: i32::try_from(attempted.took.as_millis()).unwrap_or(i32::MAX),
        response_status: status,
        response_body: body,
        error,
    });
}

/// The bytes as text that both databases keep.
fn text(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}");
    (!text.is_empty()).then_some(text)
}
