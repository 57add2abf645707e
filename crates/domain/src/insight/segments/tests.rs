use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use rapport_entity::{customers::customer, segmentation::segment};
use serde_json::json;

use super::*;
use crate::{
    customers::customers,
    insight::tests::{customer, sees, segment},
    kernel::{Clock, Ctx, Error, Expected, day_of},
    readers,
    testing::{Store, from, stores_at},
};

/// A workspace in Berlin, where it is noon.
async fn worlds(day: &str) -> Vec<(Store, Ctx)> {
    let noon: DateTime<Utc> = format!("{day}T12:00:00+02:00").parse().unwrap();
    let mut worlds = Vec::new();
    for store in stores_at(|| Clock::fixed(noon)).await {
        let ctx = store.workspace_in(from(json!("Europe/Berlin"))).await;
        worlds.push((store, ctx));
    }
    worlds
}

async fn moves(ctx: &Ctx, who: customer::Id, city: &str) {
    customers::update(ctx, who, Expected::Any, from(json!({ "city": city }))).await.unwrap();
    readers::catch_up(ctx.database(), ctx.actor().workspace).await.unwrap();
}

async fn size_since(ctx: &Ctx, id: segment::Id, day: &str) -> Vec<(i64, i64, i64)> {
    let asked = SegmentSizeAsked { from: Some(from(json!(day))), to: None };
    let found = size(ctx, id, &asked).await.unwrap();
    found.days.iter().map(|day| (day.customers, day.entered, day.left)).collect()
}

#[tokio::test]
async fn the_size_of_a_segment_is_told_day_by_day() {
    for (store, ctx) in worlds("2026-10-20").await {
        let clock = ctx.database().clock().clone();
        let (ann, bob) = (customer(&ctx, "Bern").await, customer(&ctx, "Thun").await);
        let bern = segment(&ctx, "Bern", "Bern").await;
        assert_eq!(size_since(&ctx, bern, "2026-10-19").await, [(0, 0, 0), (1, 1, 0)]);
        // One minute to midnight in Berlin, two hours before that of UTC.
        clock.advance(TimeDelta::minutes(11 * 60 + 59));
        moves(&ctx, bob, "Bern").await;
        clock.advance(TimeDelta::minutes(1));
        moves(&ctx, ann, "Thun").await;
        moves(&ctx, bob, "Thun").await;
        clock.advance(TimeDelta::hours(1));
        moves(&ctx, bob, "Bern").await;
        clock.advance(TimeDelta::days(1));
        let found = size_since(&ctx, bern, "2026-10-20").await;
        assert_eq!(found, [(2, 2, 0), (1, 1, 2), (1, 0, 0)]);
        let later = size_since(&ctx, bern, "2026-10-21").await;
        assert_eq!(later, found[1..]);
        assert_eq!(size(&ctx, bern, &SegmentSizeAsked::default()).await.unwrap().days.len(), 90);
        let asked = SegmentSizeAsked {
            from: Some(from(json!("2026-10-20"))),
            to: Some(from(json!("2026-10-20"))),
        };
        assert_eq!(size(&ctx, bern, &asked).await.unwrap().days[0].customers, 2);
        let long = SegmentSizeAsked { from: Some(from(json!("2025-01-01"))), to: None };
        assert!(matches!(size(&ctx, bern, &long).await, Err(Error::Conflict(_))));
        let late = SegmentSizeAsked { from: Some(from(json!("2026-10-23"))), to: None };
        assert!(matches!(size(&ctx, bern, &late).await, Err(Error::Conflict(_))));
        store.close().await;
    }
}

#[tokio::test]
async fn cohorts_of_a_segment_are_those_of_the_first_entry() {
    for (store, ctx) in worlds("2026-03-31").await {
        let clock = ctx.database().clock().clone();
        let (ann, bob) = (customer(&ctx, "Bern").await, customer(&ctx, "Bern").await);
        let eve = customer(&ctx, "Thun").await;
        let bern = segment(&ctx, "Bern", "Bern").await;
        clock.advance(TimeDelta::days(1));
        moves(&ctx, bob, "Thun").await;
        moves(&ctx, eve, "Bern").await;
        clock.advance(TimeDelta::days(31));
        moves(&ctx, bob, "Bern").await;
        clock.advance(TimeDelta::hours(1));
        moves(&ctx, ann, "Thun").await;
        moves(&ctx, eve, "Thun").await;
        let asked =
            SegmentRetentionAsked { from: Some(from(json!("2026-03"))), ..Default::default() };
        let found = retention(&ctx, bern, &asked).await.unwrap();
        let shown: Vec<_> = found
            .cohorts
            .iter()
            .map(|cohort| (cohort.month.as_str(), cohort.customers, cohort.staying.as_slice()))
            .collect();
        let expected: [(&str, i64, &[i64]); 3] =
            [("2026-03", 2, &[2, 1, 1]), ("2026-04", 1, &[1, 0]), ("2026-05", 0, &[0])];
        assert_eq!(shown, expected);
        assert_eq!(found.cohorts[0].retention, [1.0, 0.5, 0.5]);
        assert!(found.cohorts[2].retention.is_empty());
        // Whoever came before the first cohort is in none, even if they come again.
        let asked =
            SegmentRetentionAsked { from: Some(from(json!("2026-04"))), ..Default::default() };
        let found = retention(&ctx, bern, &asked).await.unwrap();
        assert_eq!(found.cohorts[0].customers, 1);
        assert_eq!(found.cohorts[1].customers, 0);
        store.close().await;
    }
}

#[tokio::test]
async fn nobody_learns_from_a_segment_what_they_may_not_read() {
    for (store, ctx) in worlds("2026-10-20").await {
        customer(&ctx, "Bern").await;
        let bern = segment(&ctx, "Bern", "Bern").await;
        let read = |resource: &str, scope: &str| json!({"resource": resource, "verb": "read", "scope": scope});
        let own = json!([read("customer", "own"), read("segment", "all")]);
        let own = sees(&ctx, rapport_entity::identity::user::Id::new(), own).await;
        assert_eq!(size_since(&own, bern, "2026-10-20").await, [(0, 0, 0)]);
        let kept = retention(&own, bern, &SegmentRetentionAsked::default()).await.unwrap();
        assert!(kept.cohorts.iter().all(|cohort| cohort.customers == 0));
        assert_eq!(overlap(&own, bern).await.unwrap().customers, 0);
        let refused = |outcome: Error| match outcome {
            Error::Forbidden { resource, .. } => resource,
            other => panic!("{other}"),
        };
        assert_eq!(refused(revenue(&own, bern, None).await.unwrap_err()), "order");
        assert_eq!(refused(stages(&own, bern).await.unwrap_err()), "lifecycle_stage");
        let none =
            sees(&ctx, rapport_entity::identity::user::Id::new(), json!([read("customer", "all")]))
                .await;
        let asked = SegmentSizeAsked::default();
        assert_eq!(refused(size(&none, bern, &asked).await.unwrap_err()), "segment");
        store.close().await;
    }
}

/// Days of which one has 25 hours, with people who come and go at any time: the size of each is that which was counted
/// when it ended.
#[test]
fn the_size_of_each_day_is_what_it_was() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.unwrap();
    for (store, world) in runtime.block_on(worlds("2026-10-23")) {
        let steps = prop::collection::vec((0..3_usize, 1_i64..40), 1..14);
        let config = Config { cases: 8, failure_persistence: None, ..Config::default() };
        let clock = world.database().clock().clone();
        let outcome = TestRunner::new(config).run(&steps, |steps| {
            runtime.block_on(async {
                let begun = clock.now();
                let ctx = store.workspace_in(from(json!("Europe/Berlin"))).await;
                let first = day_of(begun, ctx.actor());
                let mut people = Vec::new();
                for _ in 0..3 {
                    people.push((customer(&ctx, "Thun").await, false));
                }
                let bern = segment(&ctx, "Bern", "Bern").await;
                let mut counted: Vec<(NaiveDate, i64)> = vec![(first, 0)];
                for (n, hours) in steps {
                    clock.advance(TimeDelta::hours(hours));
                    let (who, within) = &mut people[n];
                    *within = !*within;
                    moves(&ctx, *who, if *within { "Bern" } else { "Thun" }).await;
                    let size = people.iter().filter(|(_, within)| *within).count() as i64;
                    counted.push((day_of(clock.now(), ctx.actor()), size));
                }
                let asked = SegmentSizeAsked { from: Some(first.try_into().unwrap()), to: None };
                for day in size(&ctx, bern, &asked).await.unwrap().days {
                    let last = counted.iter().rfind(|(of, _)| *of <= day.day.day()).unwrap();
                    assert_eq!(day.customers, last.1, "{}", day.day);
                }
                clock.advance(begun - clock.now());
            });
            Ok(())
        });
        outcome.unwrap();
        runtime.block_on(store.close());
    }
}
