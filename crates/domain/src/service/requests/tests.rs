//! The promise of the course: no sequence of moves reaches a status by a way that is not allowed, and how a request stands
//! always follows from its status.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use rapport_entity::service::{
    service_request,
    service_status::{self, Category, StatusKeys},
};
use serde_json::json;

use super::{
    course::{Statuses, come_into, happened},
    inputs::NewServiceRequest,
    messages, moves, requests,
};
use crate::{
    kernel::{Ctx, Error, Expected, Part},
    testing::{from, stores},
};

const CATEGORIES: [Category; 6] = [
    Category::New,
    Category::Open,
    Category::WaitingForCustomer,
    Category::WaitingForThirdParty,
    Category::Resolved,
    Category::Closed,
];

/// A status: its category, which may come next (none: any), whether it is active.
fn statuses() -> impl Strategy<Value = Vec<service_status::Model>> {
    let one =
        (0..6_usize, proptest::option::of(prop::collection::vec(0..8_usize, 0..5)), any::<bool>());
    prop::collection::vec(one, 1..8).prop_map(|all| {
        let status = |(n, (category, next, active)): (usize, (usize, Option<Vec<usize>>, bool))| {
            let keys = next.map(|next| StatusKeys(next.iter().map(|n| key(*n)).collect()));
            service_status::Model {
                id: service_status::Id::new(),
                workspace_id: rapport_entity::identity::workspace::Id::new(),
                key: key(n),
                name: from(json!(format!("Status {n}"))),
                sort_name: String::new(),
                category: CATEGORIES[category],
                position: from(json!(n)),
                next: keys,
                active,
                version: 1,
                created_at: DateTime::default(),
                updated_at: DateTime::default(),
                deleted_at: None,
            }
        };
        all.into_iter().enumerate().map(status).collect()
    })
}

fn key(n: usize) -> rapport_entity::StatusKey {
    from(json!(format!("s{n}")))
}

/// Whether how a request stands follows from its status.
fn follows(row: &service_request::Model) -> bool {
    let category = row.status_category;
    row.is_open == category.is_open()
        && row.resolved_at.is_some() != category.is_open()
        && row.closed_at.is_some() == (category == Category::Closed)
}

proptest! {
    #[test]
    fn no_sequence_of_moves_reaches_a_status_that_may_not_come_next(
        all in statuses(), moves in prop::collection::vec((any::<bool>(), 0..9_usize), 0..40)
    ) {
        let all = Statuses(all);
        let mut row = come_into(&request(), &all.0[0], DateTime::default());
        let mut reopened = row.reopen_count;
        for (n, (by_category, to)) in moves.into_iter().enumerate() {
            let to = match by_category {
                true => all.to_category(&row.status, CATEGORIES[to % 6]),
                false => all.to(&row.status, &key(to)),
            };
            let Ok(to) = to else { continue };
            let next = all.find(&row.status).and_then(|from| from.next.clone());
            prop_assert!(to.active && to.key != row.status);
            prop_assert!(next.is_none_or(|next| next.0.contains(&to.key)));
            let after = come_into(&row, to, DateTime::<Utc>::default() + TimeDelta::seconds(n as i64));
            prop_assert!(follows(&after), "{after:?}");
            let what = happened(row.status_category, after.status_category);
            reopened += i32::from(what == "reopened");
            prop_assert_eq!(after.reopen_count, reopened);
            row = after;
        }
    }
}

/// A status of a category, from which any may come next.
pub(super) fn status_of(key: &str, category: Category) -> service_status::Model {
    service_status::Model {
        id: service_status::Id::new(),
        workspace_id: rapport_entity::identity::workspace::Id::new(),
        key: from(json!(key)),
        name: from(json!(key)),
        sort_name: String::new(),
        category,
        position: from(json!(1)),
        next: None,
        active: true,
        version: 1,
        created_at: DateTime::default(),
        updated_at: DateTime::default(),
        deleted_at: None,
    }
}

pub(super) fn request() -> service_request::Model {
    let now = DateTime::default();
    service_request::Model {
        id: service_request::Id::new(),
        workspace_id: rapport_entity::identity::workspace::Id::new(),
        number: "SR-1001".to_owned(),
        subject: from(json!("It does not work")),
        description: None,
        kind: service_request::Kind::Fault,
        impact: service_request::Level::Medium,
        urgency: service_request::Level::Medium,
        priority: service_request::Priority::Normal,
        priority_rank: 2,
        priority_by_hand: false,
        status: key(0),
        status_category: Category::New,
        status_since: now,
        is_open: true,
        channel: service_request::Channel::Phone,
        customer_id: None,
        contact_id: None,
        product_id: None,
        order_id: None,
        order_line: None,
        asset_id: None,
        site_id: None,
        entitlement_id: None,
        policy_id: None,
        due_at: None,
        promised_at: None,
        parent_id: None,
        merged_into_id: None,
        queue_id: None,
        owner_id: None,
        needed_skills: Default::default(),
        needed_language: None,
        escalation_level: 0,
        escalated_at: None,
        opened_at: now,
        first_responded_at: None,
        last_customer_message_at: None,
        last_reply_at: None,
        resolved_at: None,
        closed_at: None,
        reopen_count: 0,
        resolution: None,
        source: None,
        external_id: None,
        search_text: String::new(),
        custom: Default::default(),
        comparable: Default::default(),
        tags: Default::default(),
        version: 1,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    }
}

/// A call on one of the requests: which, and how.
type Call = (u8, u8);

async fn call(ctx: &Ctx, id: service_request::Id, (which, how): Call) -> Result<(), Error> {
    let keys = [
        "new",
        "open",
        "reopened",
        "waiting_for_customer",
        "waiting_for_third_party",
        "resolved",
        "closed",
    ];
    match which % 6 {
        0 | 1 => {
            let to = json!({ "status": keys[usize::from(how) % 7] });
            moves::move_to(ctx, id, Expected::Any, from(to)).await.map(drop)
        }
        2 => moves::resolve(ctx, id, Expected::Any, Default::default()).await.map(drop),
        3 => moves::close(ctx, id, Expected::Any).await.map(drop),
        4 => moves::reopen(ctx, id, Expected::Any).await.map(drop),
        _ => {
            let kind = ["customer", "reply", "note"][usize::from(how) % 3];
            let new = json!({ "kind": kind, "body": "Hello" });
            messages::create(ctx, id, from(new)).await.map(drop)
        }
    }
}

#[test]
fn no_sequence_of_calls_brings_a_request_where_it_must_not_be() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = runtime.block_on(async { stores().await.swap_remove(0) });
    let ctx = runtime.block_on(async {
        let ctx = store.workspace().await;
        ctx.tx(async |tx| crate::service::defaults::create(tx).await).await.unwrap();
        ctx
    });
    let config = proptest::test_runner::Config { cases: 12, ..Default::default() };
    let calls = prop::collection::vec(any::<Call>(), 1..30);
    let run = |calls: Vec<Call>| {
        runtime.block_on(async {
            let new: NewServiceRequest = from(json!({ "subject": "It does not work" }));
            let id = requests::create(&ctx, new).await.unwrap().id;
            for one in calls {
                match call(&ctx, id, one).await {
                    Ok(()) | Err(Error::Conflict(_)) => {}
                    other => panic!("{one:?}: {other:?}"),
                }
                check(&ctx, id).await;
            }
        });
        Ok(())
    };
    proptest::test_runner::TestRunner::new(config).run(&calls, run).unwrap();
    runtime.block_on(store.close());
}

/// How the request stands follows from its status, is what its last step says, and came there step by step as is allowed.
async fn check(ctx: &Ctx, id: service_request::Id) {
    let row = crate::records::get::<service_request::Entity>(ctx, id).await.unwrap();
    assert!(follows(&row), "{row:?}");
    let part = Part { cursor: None, limit: 200 };
    let steps = super::history::list(ctx, id, &part).await.unwrap().items;
    assert_eq!((&steps[0].status, steps[0].at), (&row.status, row.status_since));
    let all = ctx.tx(async |tx| Statuses::of(tx).await).await.unwrap();
    for pair in steps.windows(2) {
        let (after, before) = (&pair[0], &pair[1]);
        assert!(all.to(&before.status, &after.status).is_ok(), "{before:?} {after:?}");
    }
    let reopened =
        steps.windows(2).filter(|pair| pair[0].category.is_open() && !pair[1].category.is_open());
    assert_eq!(row.reopen_count as usize, reopened.count());
}
