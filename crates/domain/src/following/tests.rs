use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::{customers::customer, log::event, rule::Rule};
use sea_orm::prelude::async_trait;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Changes, Due, Group, Known, Reader, Touched, Turn, Watched, run};
use crate::{
    customers::customers,
    kernel::{Clock, Ctx, Error, Result, Tx},
    testing::{from, stores, stores_at},
};

/// A reader that counts, and fails where it is told to.
struct Counts {
    name: &'static str,
    fails: bool,
    events: AtomicUsize,
    passed: AtomicUsize,
}

impl Counts {
    const fn new(name: &'static str, fails: bool) -> Self {
        Self { name, fails, events: AtomicUsize::new(0), passed: AtomicUsize::new(0) }
    }
}

#[async_trait::async_trait]
impl Reader for Counts {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn begin(&self, _: &Tx<'_>, turn: Turn) -> Result<Due> {
        Ok(Some(turn.at + TimeDelta::days(1)))
    }

    async fn follow(&self, _: &Tx<'_>, events: &[event::Model], _: Turn) -> Result<Due> {
        if self.fails {
            return Err(Error::internal("it fails"));
        }
        self.events.fetch_add(events.len(), Ordering::Relaxed);
        Ok(None)
    }

    async fn pass(&self, _: &Tx<'_>, since: DateTime<Utc>, turn: Turn) -> Result<Due> {
        let days = (turn.at - since).abs().num_days() as usize;
        self.passed.fetch_add(days, Ordering::Relaxed);
        Ok(Some(turn.at + TimeDelta::days(1)))
    }
}

async fn customer(ctx: &Ctx, city: &str) -> customer::Model {
    let new = json!({"name": "C", "kind": "person", "city": city});
    customers::create(ctx, from(new)).await.unwrap()
}

#[tokio::test]
async fn a_reader_that_fails_keeps_no_other_from_its_turn() {
    static FAILS: Counts = Counts::new("fails", true);
    static WORKS: Counts = Counts::new("works", false);
    let Some(store) = stores().await.into_iter().next() else { return };
    let ctx = store.workspace().await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let database = store.database.clone();
    let running = tokio::spawn(async move { run(&[&FAILS, &WORKS], database, stopped).await });
    while WORKS.events.load(Ordering::Relaxed) < 3 {
        customer(&ctx, "Bern").await;
        tokio::task::yield_now().await;
    }
    assert_eq!(FAILS.events.load(Ordering::Relaxed), 0);
    stop.send(true).unwrap();
    running.await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn what_time_brings_is_done_once_it_is_due_and_again_where_the_clock_was_set_back() {
    static READERS: [Counts; 2] = [Counts::new("first", false), Counts::new("second", false)];
    let clock = || Clock::fixed("2026-11-22T12:00:00Z".parse().unwrap());
    for (store, reader) in stores_at(clock).await.into_iter().zip(&READERS) {
        let ctx = store.workspace().await;
        let passes = async |by: TimeDelta| {
            store.database.clock().advance(by);
            let readers: [&'static dyn Reader; 1] = [reader];
            super::catch_up(&readers, &store.database, ctx.actor().workspace).await.unwrap();
            reader.passed.load(Ordering::Relaxed)
        };
        customer(&ctx, "Bern").await;
        assert_eq!(passes(TimeDelta::zero()).await, 0);
        assert_eq!(passes(TimeDelta::hours(23)).await, 0);
        assert_eq!(passes(TimeDelta::hours(1)).await, 1);
        assert_eq!(passes(TimeDelta::days(40)).await, 41);
        assert_eq!(passes(-TimeDelta::seconds(30)).await, 41, "nodes' clocks differ a little");
        assert_eq!(passes(-TimeDelta::days(39)).await, 80);
        store.close().await;
    }
}

async fn touched(ctx: &Ctx, rules: &[Json], event: event::Model) -> Vec<usize> {
    let rules: Vec<Rule> = rules.iter().cloned().map(from).collect();
    let watched = Watched::new(rules.iter().enumerate(), ctx.actor());
    let changes = Changes::read(ctx.actor(), [&event]);
    let groups = ctx.tx(async |tx| watched.touched(tx, &changes, &mut Known::default()).await);
    let keys = groups.await.unwrap().into_iter().flat_map(|Group { who, keys }| {
        assert_eq!(who, Touched::These(event.customer_id.iter().map(|id| id.uuid()).collect()));
        keys
    });
    keys.collect()
}

#[tokio::test]
async fn a_change_touches_only_the_rules_that_look_at_what_changed() {
    for store in stores().await {
        let ctx = store.workspace().await;
        let who = customer(&ctx, "Bern").await;
        let rules = [
            json!({"compare": {"field": "city", "eq": "Bern"}}),
            json!({"compare": {"field": "custom.size", "eq": 1}}),
            json!({"relation": {"name": "orders", "sum": {"field": "total", "gt": 1}}}),
            json!({"compare": {"field": "updatedAt", "gt": {"now": "-P1D"}}}),
        ];
        let event = |name: &str, before: Json, after: Json| event::Model {
            seq: 1,
            workspace_id: ctx.actor().workspace,
            id: Uuid::now_v7(),
            name: name.to_owned(),
            subject_id: who.id.uuid(),
            subject_version: 2,
            customer_id: Some(who.id),
            actor_kind: event::ActorKind::User,
            actor_id: None,
            at: ctx.database().clock().now(),
            data: json!({"before": before, "after": after}),
        };
        for (event, expected) in [
            (event("customer.updated", json!({"phone": "+41"}), json!({})), vec![3]),
            (
                event("customer.updated", json!({"city": "Thun"}), json!({"city": "Bern"})),
                vec![0, 3],
            ),
            (
                event(
                    "customer.updated",
                    json!({"custom": {"size": 1, "a": 2}}),
                    json!({"custom": {"a": 2}}),
                ),
                vec![1, 3],
            ),
            (
                event("customer.updated", json!({"custom": {"a": 1}}), json!({"custom": {"a": 2}})),
                vec![3],
            ),
            (event("customer.deleted", json!({}), json!({"deletedAt": "2026"})), vec![0, 1, 2, 3]),
            (event("order.updated", json!({"description": "x"}), json!({})), vec![]),
            (event("order.updated", json!({"total": {"amount": "1"}}), json!({})), vec![2]),
            (event("order.created", json!({}), json!({"total": {"amount": "1"}})), vec![2]),
            (event("task.created", json!({}), json!({"title": "x"})), vec![]),
        ] {
            let name = format!("{event:?}");
            assert_eq!(touched(&ctx, &rules, event).await, expected, "{name}");
        }
        store.close().await;
    }
}
