//! What another system says has happened to a request becomes its steps: pure, and whatever order it is told in. What
//! comes first need not be an opening, what is closed may be opened again, and what is told twice changes nothing.

use chrono::{DateTime, Utc};
use rapport_entity::{
    identity::{user, workspace},
    log::event::ActorKind,
    service::{
        queue,
        service_request::{Model, Priority},
        service_status, service_step,
    },
};
use uuid::Uuid;

use super::course::{come_into, stand};
use crate::kernel::Tx;

/// What has become of a request at a moment; what is left out stays as it was.
#[derive(Clone, Debug)]
pub struct Change<'s> {
    /// When.
    pub at: DateTime<Utc>,
    /// The status that it came into.
    pub status: Option<&'s service_status::Model>,
    /// What came first.
    pub priority: Option<Priority>,
    /// Where it waited.
    pub queue: Option<Option<queue::Id>>,
    /// Who had it.
    pub owner: Option<Option<user::Id>>,
}

/// Through what a past comes, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct By {
    /// The workspace.
    pub workspace: workspace::Id,
    /// Through what.
    pub kind: ActorKind,
    /// By whom.
    pub caller: Option<Uuid>,
}

impl By {
    /// Through what is written now, and by whom.
    pub fn of(tx: &Tx<'_>) -> Self {
        let actor = tx.actor();
        Self { workspace: actor.workspace, kind: actor.kind, caller: actor.caller() }
    }
}

/// A request as it began in a status.
pub fn began_in(row: &Model, status: &service_status::Model) -> Model {
    come_into(row, status, row.opened_at)
}

/// The steps of a request that began as `row` is, in the first status, when it was opened; and how it stands after them.
/// Changes of one moment are in the order in which they are told.
pub fn steps(
    row: &Model,
    mut changes: Vec<Change<'_>>,
    by: By,
) -> (Model, Vec<service_step::Model>) {
    changes.sort_by_key(|change| change.at);
    let mut row = row.clone();
    let mut steps = Vec::with_capacity(changes.len() + 1);
    let mut begun = false;
    for change in changes {
        let at = change.at.max(row.opened_at);
        if at > row.opened_at && steps.is_empty() {
            steps.push(step(&row, row.opened_at, 1, by));
        }
        let opening = steps.is_empty() && (!begun || change.status.is_none());
        begun |= change.status.is_some();
        let after = changed(&row, &change, at);
        if !opening && differs(&row, &after) {
            if steps.is_empty() {
                steps.push(step(&row, row.opened_at, 1, by));
            }
            steps.push(step(&after, at, steps.len() + 1, by));
        }
        row = after;
    }
    if steps.is_empty() {
        steps.push(step(&row, row.opened_at, 1, by));
    }
    row.version = i32::try_from(steps.len()).unwrap_or(i32::MAX);
    (row, steps)
}

fn changed(row: &Model, change: &Change<'_>, at: DateTime<Utc>) -> Model {
    let mut after = match change.status {
        Some(status) if status.key != row.status => come_into(row, status, at),
        _ => row.clone(),
    };
    if let Some(priority) = change.priority {
        (after.priority, after.priority_rank) = (priority, priority.rank());
        after.priority_by_hand = true;
    }
    after.queue_id = change.queue.unwrap_or(after.queue_id);
    after.owner_id = change.owner.unwrap_or(after.owner_id);
    after
}

fn differs(before: &Model, after: &Model) -> bool {
    let stands = |row: &Model| (row.priority, row.queue_id, row.owner_id);
    before.status != after.status || stands(before) != stands(after)
}

fn step(row: &Model, at: DateTime<Utc>, seq: usize, by: By) -> service_step::Model {
    service_step::Model {
        workspace_id: by.workspace,
        request_id: row.id,
        seq: i32::try_from(seq).unwrap_or(i32::MAX),
        at,
        status: row.status.clone(),
        category: row.status_category,
        priority: row.priority,
        queue_id: row.queue_id,
        owner_id: row.owner_id,
        actor_kind: by.kind,
        actor_id: by.caller,
    }
}

/// The steps that are not among those that are there, numbered from `last` on. What happens twice in one moment is there
/// twice.
pub fn further(
    there: &[service_step::Model],
    wanted: Vec<service_step::Model>,
    last: i32,
) -> Vec<service_step::Model> {
    let says = |one: &service_step::Model, step: &service_step::Model| {
        let of = |step: &service_step::Model| {
            (step.at, step.status.clone(), step.priority, step.queue_id, step.owner_id)
        };
        of(one) == of(step)
    };
    let mut known: Vec<&service_step::Model> = there.iter().collect();
    let is_new = |step: &service_step::Model| {
        let place = known.iter().position(|one| says(one, step));
        place.map(|place| known.swap_remove(place)).is_none()
    };
    let new = wanted.into_iter().filter(is_new);
    new.zip(1..).map(|(step, n)| service_step::Model { seq: last + n, ..step }).collect()
}

/// A request as it stands after all of its steps, some of which were not known before.
pub fn standing(row: &Model, steps: &[service_step::Model]) -> Model {
    let mut sorted: Vec<&service_step::Model> = steps.iter().collect();
    sorted.sort_by_key(|step| (step.at, step.seq));
    let Some(first) = sorted.first() else { return row.clone() };
    let nothing_yet = Model { resolved_at: None, closed_at: None, reopen_count: 0, ..row.clone() };
    let begun = Model { status_category: service_status::Category::New, ..nothing_yet };
    let mut after = stand(&begun, &first.status, first.category, first.at);
    for step in sorted {
        if step.status != after.status {
            after = stand(&after, &step.status, step.category, step.at);
        }
        (after.priority, after.priority_rank) = (step.priority, step.priority.rank());
        (after.queue_id, after.owner_id) = (step.queue_id, step.owner_id);
    }
    after
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use rapport_entity::service::service_status::Category::{self, Closed, New, Open, Resolved};
    use serde_json::json;

    use super::{
        super::tests::{request, status_of},
        *,
    };
    use crate::testing::from;

    const BY: fn() -> By =
        || By { workspace: workspace::Id::default(), kind: ActorKind::Import, caller: None };

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::<Utc>::default() + TimeDelta::minutes(minute)
    }

    fn past(told: &[(i64, &service_status::Model)]) -> (Model, Vec<service_step::Model>) {
        let of = |(minute, status): &(i64, _)| Change {
            at: at(*minute),
            status: Some(*status),
            priority: None,
            queue: None,
            owner: None,
        };
        let row = come_into(&request(), &status_of("new", New), at(0));
        steps(&row, told.iter().map(of).collect(), BY())
    }

    fn told(steps: &[service_step::Model]) -> Vec<(i64, Category)> {
        let minute = |step: &service_step::Model| (step.at - at(0)).num_minutes();
        steps.iter().map(|step| (minute(step), step.category)).collect()
    }

    #[test]
    fn what_comes_out_of_order_is_put_in_order_and_may_be_anything() {
        let (open, resolved, closed) =
            (status_of("open", Open), status_of("resolved", Resolved), status_of("closed", Closed));
        let (row, steps) = past(&[(30, &open), (10, &resolved), (20, &open), (40, &closed)]);
        assert_eq!(told(&steps), [(0, New), (10, Resolved), (20, Open), (40, Closed)]);
        assert_eq!((row.reopen_count, row.closed_at, row.version), (1, Some(at(40)), 4));
        let (row, steps) = past(&[(0, &closed), (5, &closed), (7, &open)]);
        assert_eq!(told(&steps), [(0, Closed), (7, Open)], "closed from the first");
        assert_eq!((row.reopen_count, row.closed_at), (1, None));
        let (row, steps) = past(&[(9, &open), (9, &resolved), (9, &open)]);
        assert_eq!(told(&steps), [(0, New), (9, Open), (9, Resolved), (9, Open)]);
        assert!(row.is_open, "{row:?}");
        assert_eq!(told(&past(&[]).1), [(0, New)]);
    }

    #[test]
    fn what_happens_twice_in_one_moment_is_known_as_often_as_it_was_told() {
        let (open, resolved) = (status_of("open", Open), status_of("resolved", Resolved));
        let (row, steps) = past(&[(9, &open), (9, &resolved), (9, &open)]);
        let more = further(&steps[..2], steps.clone(), row.version);
        assert_eq!(told(&more), [(9, Resolved), (9, Open)]);
        assert_eq!(further(&steps, steps.clone(), row.version), []);
    }

    proptest! {
        #[test]
        fn a_request_stands_as_its_steps_say_and_what_is_told_again_is_nothing_new(
            told in prop::collection::vec((0..50_i64, 0..3_usize), 0..20)
        ) {
            let all = [("open", Open), ("resolved", Resolved), ("closed", Closed)]
                .map(|(key, category)| status_of(key, category));
            let told: Vec<_> = told.iter().map(|(minute, n)| (*minute, &all[*n])).collect();
            let (row, steps) = past(&told);
            prop_assert!(steps.is_sorted_by_key(|step| step.at));
            prop_assert!(steps.iter().map(|step| step.seq).eq(1..=row.version));
            let last = &steps[steps.len() - 1];
            prop_assert_eq!((&row.status, row.status_category), (&last.status, last.category));
            prop_assert_eq!(row.is_open, last.category.is_open());
            prop_assert_eq!(further(&steps, steps.clone(), row.version), Vec::new());
            let (half, _) = steps.split_at(steps.len() / 2);
            let more = further(half, steps.clone(), row.version);
            prop_assert_eq!(more.len(), steps.len() - half.len());
            let stands = standing(&request(), &steps);
            prop_assert_eq!(&stands.status, &row.status);
            prop_assert_eq!(
                (stands.resolved_at, stands.closed_at, stands.reopen_count),
                (row.resolved_at, row.closed_at, row.reopen_count)
            );
        }
    }

    #[test]
    fn whoever_has_it_first_has_it_from_the_beginning_only_where_that_is_said() {
        let owner: user::Id = from(json!("01890a5d-ac96-774b-bcce-b302099a8057"));
        let change = |minute, owner| Change {
            at: at(minute),
            status: None,
            priority: Some(Priority::High),
            queue: None,
            owner: Some(owner),
        };
        let row = request();
        let (_, first) = steps(&row, vec![change(0, Some(owner)), change(5, None)], BY());
        assert_eq!(first.iter().map(|step| step.owner_id).collect::<Vec<_>>(), [Some(owner), None]);
        let (after, later) = steps(&row, vec![change(5, Some(owner))], BY());
        let owners: Vec<_> = later.iter().map(|step| (step.owner_id, step.priority)).collect();
        assert_eq!(owners, [(None, Priority::Normal), (Some(owner), Priority::High)]);
        assert!(after.priority_by_hand);
    }
}
