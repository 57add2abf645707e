use chrono::{DateTime, TimeDelta, Utc};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use rapport_entity::{
    customers::customer, identity::user, log::event::ActorKind, segmentation::segment,
};
use serde_json::{Value as Json, json};

use super::{
    retention,
    revenue::{self, RevenueAnalysis},
    segments, tenure,
};
use crate::{
    customers::customers,
    kernel::{ActorData, Clock, Ctx, Error, Permissions},
    readers,
    sales::orders::orders,
    segmentation::segments::create as create_segment,
    testing::{Store, from, stores_at},
};

async fn worlds() -> Vec<(Store, Ctx)> {
    let noon: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
    let mut worlds = Vec::new();
    for store in stores_at(|| Clock::fixed(noon)).await {
        let ctx = store.workspace().await;
        worlds.push((store, ctx));
    }
    worlds
}

pub(super) async fn customer(ctx: &Ctx, city: &str) -> customer::Id {
    let new = json!({"kind": "person", "name": "C", "city": city});
    customers::create(ctx, from(new)).await.unwrap().id
}

async fn buys(ctx: &Ctx, who: customer::Id, day: &str, amount: &str) {
    let line = json!({"description": "L", "unitPrice": {"amount": amount, "currency": "EUR"}});
    let new = json!({"customerId": who, "orderedOn": day, "lines": [line]});
    orders::create(ctx, from(new)).await.unwrap();
}

pub(super) async fn segment(ctx: &Ctx, name: &str, city: &str) -> segment::Id {
    let rule = json!({"compare": {"field": "city", "eq": city}});
    let made = create_segment(ctx, from(json!({"name": name, "rule": rule}))).await.unwrap();
    readers::catch_up(ctx.database(), ctx.actor().workspace).await.unwrap();
    made.id
}

fn minor(money: &rapport_entity::Money) -> i64 {
    money.minor().unwrap()
}

fn parts(of: &RevenueAnalysis) -> [i64; 3] {
    let change = &of.change;
    [&change.customers, &change.orders_per_customer, &change.revenue_per_order].map(minor)
}

#[tokio::test]
async fn revenue_is_customers_times_orders_times_value() {
    for (store, ctx) in worlds().await {
        let (ann, bob) = (customer(&ctx, "Bern").await, customer(&ctx, "Thun").await);
        for (who, day, amount) in [
            (ann, "2025-03-01", "100"),
            (ann, "2025-04-01", "50"),
            (ann, "2026-03-01", "80"),
            (bob, "2026-03-02", "40.01"),
            (bob, "2026-11-22", "1"),
            (bob, "2026-11-23", "1000"),
        ] {
            buys(&ctx, who, day, amount).await;
        }
        let found = revenue::analyse(&ctx, &revenue::Asked::default()).await.unwrap();
        assert_eq!(
            (found.after.from.to_string(), found.after.to.to_string()),
            ("2025-11-23".into(), "2026-11-22".into())
        );
        assert_eq!(found.before.to.to_string(), "2025-11-22");
        assert_eq!(
            (found.before.customers, found.before.orders, minor(&found.before.revenue)),
            (1, 2, 15_000)
        );
        assert_eq!(
            (found.after.customers, found.after.orders, minor(&found.after.revenue)),
            (2, 3, 12_101)
        );
        assert_eq!(found.after.orders_per_customer, Some(1.5));
        assert_eq!(minor(found.after.revenue_per_order.as_ref().unwrap()), 4_034);
        assert_eq!(parts(&found).iter().sum::<i64>(), -2_899);
        let thun = segment(&ctx, "Thun", "Thun").await;
        let asked = revenue::Asked { segment_id: Some(thun), ..Default::default() };
        let found = revenue::analyse(&ctx, &asked).await.unwrap();
        assert_eq!((found.before.orders, parts(&found)), (0, [4_101, 0, 0]));
        let wrong = revenue::Asked { from: Some(from(json!("2027-01-01"))), ..Default::default() };
        assert!(matches!(revenue::analyse(&ctx, &wrong).await, Err(Error::Conflict(_))));
        let none = revenue::Asked { segment_id: Some(segment::Id::new()), ..Default::default() };
        assert!(matches!(revenue::analyse(&ctx, &none).await, Err(Error::Conflict(_))));
        store.close().await;
    }
}

#[tokio::test]
async fn cohorts_are_those_of_the_first_purchase() {
    for (store, ctx) in worlds().await {
        let (ann, bob, eve) = (
            customer(&ctx, "Bern").await,
            customer(&ctx, "Bern").await,
            customer(&ctx, "Thun").await,
        );
        for (who, day) in [
            (ann, "2026-08-31"),
            (ann, "2026-09-01"),
            (ann, "2026-11-05"),
            (bob, "2026-08-01"),
            (bob, "2026-08-02"),
            (eve, "2026-10-31"),
            (eve, "2026-11-30"),
        ] {
            buys(&ctx, who, day, "1").await;
        }
        let asked = retention::Asked { from: Some(from(json!("2026-08"))), ..Default::default() };
        let found = retention::analyse(&ctx, &asked).await.unwrap();
        let cohorts: Vec<(String, Vec<i64>)> = found
            .cohorts
            .iter()
            .map(|cohort| (cohort.month.to_string(), cohort.active.clone()))
            .collect();
        assert_eq!(
            cohorts,
            [
                ("2026-08".to_owned(), vec![2, 1, 0, 1]),
                ("2026-09".to_owned(), vec![0, 0, 0]),
                ("2026-10".to_owned(), vec![1, 0]),
                ("2026-11".to_owned(), vec![0]),
            ]
        );
        assert_eq!(found.cohorts[0].retention, [1.0, 0.5, 0.0, 0.5]);
        assert!(found.cohorts[1].retention.is_empty());
        let bern = segment(&ctx, "Bern", "Bern").await;
        let asked = retention::Asked { segment_id: Some(bern), months: Some(1), ..asked };
        let found = retention::analyse(&ctx, &asked).await.unwrap();
        assert_eq!(found.cohorts[0].active, [2, 1]);
        assert_eq!(found.cohorts[2].customers, 0);
        let far = retention::Asked { from: Some(from(json!("2000-01"))), ..Default::default() };
        assert!(matches!(retention::analyse(&ctx, &far).await, Err(Error::Conflict(_))));
        store.close().await;
    }
}

#[tokio::test]
async fn tenure_is_counted_from_the_first_purchase() {
    for (store, ctx) in worlds().await {
        customer(&ctx, "Nobody").await;
        let none = tenure::analyse(&ctx, None, None).await.unwrap();
        assert_eq!((none.customers, none.median_days), (0, None));
        for (day, again) in [
            ("2026-11-22", "2026-11-22"),
            ("2026-11-12", "2026-11-20"),
            ("2025-11-22", "2026-01-01"),
        ] {
            let who = customer(&ctx, "Bern").await;
            buys(&ctx, who, day, "1").await;
            buys(&ctx, who, again, "1").await;
        }
        let found = tenure::analyse(&ctx, None, None).await.unwrap();
        assert_eq!((found.customers, found.median_days), (3, Some(10.0)));
        assert_eq!(found.mean_days, Some(125.0));
        assert_eq!(found.bins.iter().map(|bin| bin.customers).sum::<i64>(), 3);
        assert_eq!((found.bins[0].customers, found.bins[5].customers), (2, 0));
        assert_eq!((found.bins[4].from_months, found.bins[4].customers), (12, 1));
        let before = tenure::analyse(&ctx, Some(from(json!("2026-11-21"))), None).await.unwrap();
        assert_eq!((before.customers, before.median_days), (2, Some((9.0 + 364.0) / 2.0)));
        store.close().await;
    }
}

#[tokio::test]
async fn segments_overlap_and_earn() {
    for (store, ctx) in worlds().await {
        let (ann, bob) = (customer(&ctx, "Bern").await, customer(&ctx, "Bern").await);
        let eve = customer(&ctx, "Thun").await;
        buys(&ctx, ann, "2026-11-01", "10").await;
        buys(&ctx, bob, "2025-12-31", "5.50").await;
        buys(&ctx, bob, "2025-11-30", "100").await;
        buys(&ctx, eve, "2026-11-01", "1000").await;
        let bern = segment(&ctx, "Bern", "Bern").await;
        segment(&ctx, "Thun", "Thun").await;
        let all = json!({"name": "All", "rule": {"all": []}});
        create_segment(&ctx, from(all)).await.unwrap();
        readers::catch_up(ctx.database(), ctx.actor().workspace).await.unwrap();
        let found = segments::overlap(&ctx, bern).await.unwrap();
        assert_eq!((found.customers, found.others.len()), (2, 1));
        let other = &found.others[0];
        assert_eq!((other.name.as_str(), other.customers, other.common), ("All", 3, 2));
        assert_eq!((other.share, other.jaccard), (1.0, 2.0 / 3.0));
        let earned = segments::revenue(&ctx, bern, None).await.unwrap();
        assert_eq!(minor(&earned.revenue), 1_550);
        assert_eq!(earned.months.len(), 12);
        assert_eq!(earned.months[0].month.as_str(), "2025-12");
        assert_eq!((earned.months[0].orders, minor(&earned.months[11].revenue)), (1, 1_000));
        let stages = segments::stages(&ctx, bern).await.unwrap();
        assert_eq!(stages.customers, 2);
        assert_eq!(stages.stages.iter().map(|stage| stage.customers).sum::<i64>(), 2);
        let gone = segments::overlap(&ctx, segment::Id::new()).await;
        assert!(matches!(gone, Err(Error::NotFound("segment"))));
        store.close().await;
    }
}

/// A user who sees only their own of some kinds of records.
pub(super) async fn sees(ctx: &Ctx, user: user::Id, grants: Json) -> Ctx {
    let actor = ctx.actor();
    let data = ActorData {
        workspace: actor.workspace,
        kind: ActorKind::User,
        user: Some(user),
        session: None,
        key: None,
        teams: Vec::new(),
        permissions: Permissions::of(None, &from(grants)),
        at_leisure: false,
        time_zone: actor.time_zone.clone(),
        currency: actor.currency.clone(),
        fiscal_year_start: Default::default(),
        custom: actor.custom.clone(),
    };
    Ctx::new(ctx.database().clone(), data.into())
}

#[tokio::test]
async fn nobody_learns_from_an_analysis_what_they_may_not_read() {
    for (store, ctx) in worlds().await {
        let ann = customer(&ctx, "Bern").await;
        buys(&ctx, ann, "2026-11-01", "10").await;
        let read = |resource: &str, scope: &str| json!({"resource": resource, "verb": "read", "scope": scope});
        let own = json!([read("customer", "all"), read("order", "own")]);
        let own = sees(&ctx, user::Id::new(), own).await;
        let found = revenue::analyse(&own, &revenue::Asked::default()).await.unwrap();
        assert_eq!(found.after.orders, 0);
        assert_eq!(tenure::analyse(&own, None, None).await.unwrap().customers, 0);
        let theirs = json!([read("customer", "own"), read("order", "all")]);
        let theirs = sees(&ctx, user::Id::new(), theirs).await;
        let found = revenue::analyse(&theirs, &revenue::Asked::default()).await.unwrap();
        assert_eq!(found.after.orders, 0);
        let none = sees(&ctx, user::Id::new(), json!([read("customer", "all")])).await;
        let refused = revenue::analyse(&none, &revenue::Asked::default()).await;
        assert!(matches!(refused, Err(Error::Forbidden { resource: "order", .. })));
        store.close().await;
    }
}

/// Whatever was bought, the parts of a change add up to it, and each period is what it is in the other's place.
#[test]
fn a_change_is_the_sum_of_its_parts() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.unwrap();
    for (store, _) in runtime.block_on(worlds()) {
        let order = (0..4_usize, 0_i64..60, 1_u32..100_000);
        let bought = prop::collection::vec(order, 0..12);
        let config = Config { cases: 12, failure_persistence: None, ..Config::default() };
        let outcome = TestRunner::new(config).run(&bought, |bought| {
            runtime.block_on(async {
                let ctx = store.workspace().await;
                let mut people = Vec::new();
                for _ in 0..4 {
                    people.push(customer(&ctx, "Bern").await);
                }
                let first: chrono::NaiveDate = "2026-01-01".parse().unwrap();
                for (who, day, cents) in bought {
                    let day = (first + TimeDelta::days(day)).to_string();
                    let amount = format!("{}.{:02}", cents / 100, cents % 100);
                    buys(&ctx, people[who], &day, &amount).await;
                }
                let asked = |from_day: &str, to: &str, compare: [&str; 2]| revenue::Asked {
                    from: Some(from(json!(from_day))),
                    to: Some(from(json!(to))),
                    compare_from: Some(from(json!(compare[0]))),
                    compare_to: Some(from(json!(compare[1]))),
                    ..Default::default()
                };
                let there = asked("2026-01-31", "2026-03-01", ["2026-01-01", "2026-01-30"]);
                let back = asked("2026-01-01", "2026-01-30", ["2026-01-31", "2026-03-01"]);
                let there = revenue::analyse(&ctx, &there).await.unwrap();
                let back = revenue::analyse(&ctx, &back).await.unwrap();
                let whole = minor(&there.after.revenue) - minor(&there.before.revenue);
                assert_eq!(parts(&there).iter().sum::<i64>(), whole);
                assert_eq!(minor(&there.change.revenue), whole);
                assert_eq!(parts(&back), parts(&there).map(|part| -part));
                assert_eq!((&back.after, &back.before), (&there.before, &there.after));
            });
            Ok(())
        });
        outcome.unwrap();
        runtime.block_on(store.close());
    }
}
