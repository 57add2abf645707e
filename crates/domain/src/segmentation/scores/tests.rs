use std::{
    collections::{BTreeMap, HashMap},
    io::Read as _,
};

use chrono::{DateTime, TimeDelta, Utc};
use flate2::read::GzDecoder;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use rapport_entity::{
    customers::customer,
    identity::workspace,
    log::event::{self, ActorKind},
    sales::order,
    segmentation::{customer_score, score},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{distribution, evaluation::evaluate, facts::Source, preview, preview_change, scores};
use crate::{
    customers::{custom_fields, customers},
    facts,
    kernel::{ActorData, Clock, Create, Ctx, Error, Expected, Permissions, Read, Result},
    readers, records,
    sales::orders::orders,
    testing::{Store, from, stores_at},
};

/// `rfm_data_orders` of the package `rfm` for R; origin and licence stand in the demo's NOTICE.md.
const ORDERS: &[u8] = include_bytes!("../../../../rapport/demo/retail_orders.csv.gz");

const NOON: &str = "2026-11-22T12:00:00Z";

async fn worlds() -> Vec<(Store, Ctx, Clock)> {
    let noon: DateTime<Utc> = NOON.parse().unwrap();
    let mut worlds = Vec::new();
    for store in stores_at(|| Clock::fixed(noon)).await {
        let ctx = store.workspace().await;
        let clock = ctx.database().clock().clone();
        worlds.push((store, ctx, clock));
    }
    worlds
}

/// The same, where what depends on everybody is reckoned anew with each change.
fn at_once(ctx: &Ctx) -> Ctx {
    Ctx::new(ctx.database().clone().with_pace(TimeDelta::zero()), ctx.actor().clone())
}

async fn follow(ctx: &Ctx) {
    readers::catch_up(ctx.database(), ctx.actor().workspace).await.unwrap();
}

async fn score(ctx: &Ctx, key: &str, definition: Json) -> Result<score::Model> {
    let new = json!({"name": format!("Score {key}"), "key": key, "definition": definition});
    scores::create(ctx, from(new)).await
}

async fn customer(ctx: &Ctx, name: &str) -> customer::Id {
    customers::create(ctx, from(json!({"kind": "person", "name": name}))).await.unwrap().id
}

async fn buys(ctx: &Ctx, who: customer::Id, day: &str, amount: &str) -> order::Id {
    let line = json!({"description": "L", "unitPrice": {"amount": amount, "currency": "EUR"}});
    let new = json!({"customerId": who, "orderedOn": day, "lines": [line]});
    orders::create(ctx, from(new)).await.unwrap().order.id
}

/// What everybody has of a score, by customer.
async fn rows(ctx: &Ctx, id: score::Id) -> BTreeMap<Uuid, customer_score::Model> {
    let of = customer_score::Entity::find().filter(customer_score::Column::ScoreId.eq(id));
    let rows = ctx.rows().all(of).await.unwrap();
    rows.into_iter().map(|row| (row.customer_id.uuid(), row)).collect()
}

async fn tier(ctx: &Ctx, id: score::Id, who: customer::Id) -> Option<String> {
    let rows = rows(ctx, id).await;
    rows.get(&who.uuid())?.tier.as_ref().map(|tier| tier.as_str().to_owned())
}

/// The orders of the package, of customers by name.
async fn fill(ctx: &Ctx) -> HashMap<Uuid, String> {
    let mut text = String::new();
    GzDecoder::new(ORDERS).read_to_string(&mut text).unwrap();
    let mut lines = csv::Reader::from_reader(text.as_bytes());
    let mut ids: BTreeMap<String, customer::Id> = BTreeMap::new();
    let (mut people, mut bought) = (Vec::new(), Vec::new());
    let made = ctx.tx(async |tx| {
        let (customers, orders) =
            (tx.can::<customer::Entity, Create>()?, tx.can::<order::Entity, Create>()?);
        for (n, line) in lines.records().enumerate() {
            let line = line.unwrap();
            let (name, day, amount) = (&line[0], &line[1], line[2].parse::<i64>().unwrap());
            if !ids.contains_key(name) {
                let row = customer::ActiveModel {
                    kind: Set(customer::Kind::Person),
                    name: Set(from(json!(name))),
                    ..Default::default()
                };
                let row = customers.complete(None, row)?;
                ids.insert(name.to_owned(), row.id);
                people.push(row);
            }
            let row = order::ActiveModel {
                number: Set(format!("O-{n}")),
                customer_id: Set(ids[name]),
                status: Set(order::Status::Completed),
                delivery_status: Set(order::DeliveryStatus::None),
                payment_status: Set(order::PaymentStatus::None),
                ordered_on: Set(from(json!(day))),
                currency: Set(ctx.actor().currency.clone()),
                total_minor: Set(amount * 100),
                ..Default::default()
            };
            bought.push(orders.complete(None, row)?);
        }
        customers.insert_many(&people).await?;
        orders.insert_many(&bought).await
    });
    made.await.unwrap();
    ids.into_iter().map(|(name, id)| (id.uuid(), name)).collect()
}

/// The table of the vignette "RFM - Introduction" and of the reference page `rfm_segment_summary` (package `rfm` 0.3.0,
/// <https://rfm.rsquaredacademy.com/reference/rfm_segment_summary>): segment, customers, orders, revenue.
const PUBLISHED: [(&str, i64, i64, i64); 10] = [
    ("About To Sleep", 102, 283, 23449),
    ("At Risk", 28, 216, 22227),
    ("Can't Lose Them", 47, 274, 32446),
    ("Champions", 35, 316, 31646),
    ("Lost", 148, 393, 35324),
    ("Loyal Customers", 170, 799, 76562),
    ("Need Attention", 10, 57, 4562),
    ("New Customers", 104, 329, 28837),
    ("Potential Loyalist", 342, 2211, 204856),
    ("Promising", 9, 28, 4249),
];

/// The first rows of `rfm_table_order(rfm_data_orders, …)`, as the package's front page has them
/// (<https://rfm.rsquaredacademy.com>, README of 0.3.0) and its vignette of 2018 for those whose name is still the same:
/// customer, recency in days, orders, amount, and the three scores.
const FIRST: [(&str, i64, i32, i64, [i32; 3]); 7] = [
    ("Abbey O'Reilly", 205, 6, 472, [3, 4, 3]),
    ("Add Senger", 140, 3, 340, [4, 1, 2]),
    ("Aden Lesch", 194, 4, 405, [3, 2, 3]),
    ("Aden Murphy", 98, 7, 596, [5, 4, 4]),
    ("Admiral Senger", 132, 5, 448, [4, 3, 3]),
    ("Agness O'Keefe", 90, 9, 843, [5, 5, 5]),
    ("Alannah Borer", 619, 4, 196, [1, 2, 1]),
];

fn summary(of: &distribution::Distribution) -> BTreeMap<String, (i64, i64, i64)> {
    let tiers = of.tiers.iter().map(|tier| {
        let name = tier.tier.as_ref().map_or("", |name| name.as_str()).to_owned();
        let units = tier.revenue.as_ref().map_or(0, |money| money.minor().unwrap() / 100);
        (name, (tier.customers, tier.orders.unwrap_or(0), units))
    });
    tiers.filter(|(_, (customers, _, _))| *customers > 0).collect()
}

#[tokio::test]
async fn the_published_table_of_the_package_for_r_comes_out() {
    for (store, ctx, _) in worlds().await {
        let names = fill(&ctx).await;
        let rfm = json!({"rfm": {"orders": {"asOf": "2006-12-31"}}});
        let made = score(&ctx, "rfm", rfm.clone()).await.unwrap();
        follow(&ctx).await;
        let made = records::get::<score::Entity>(&ctx, made.id).await.unwrap();
        assert_eq!(made.customer_count, 995);
        let thresholds = made.thresholds.unwrap();
        // quantile(…, type 7) + 1 of recency_days, transaction_count and amount.
        let near = |bounds: &[f64], expected: [f64; 4]| {
            assert_eq!(bounds.len(), 4);
            let close = |(one, other): (&f64, f64)| (one - other).abs() < 1e-9;
            assert!(bounds.iter().zip(expected).all(close), "{bounds:?} {expected:?}");
        };
        near(&thresholds.recency, [115.0, 181.0, 297.4, 482.0]);
        near(&thresholds.frequency, [4.0, 5.0, 6.0, 8.0]);
        near(&thresholds.monetary, [255.8, 382.0, 506.4, 666.0]);

        let published: BTreeMap<String, (i64, i64, i64)> = PUBLISHED
            .iter()
            .map(|(name, customers, orders, sum)| ((*name).to_owned(), (*customers, *orders, *sum)))
            .collect();
        let saved = distribution::distribution(&ctx, made.id).await.unwrap();
        assert_eq!(summary(&saved), published);
        assert_eq!(saved.customers, 995);
        let tried = preview(&ctx, &from(rfm)).await.unwrap();
        let alike = |one: &distribution::TierSummary, other: &distribution::TierSummary| {
            (&one.tier, one.customers, one.orders, &one.revenue)
                == (&other.tier, other.customers, other.orders, &other.revenue)
        };
        let pairs = saved.tiers.iter().zip(&tried.distribution.tiers);
        assert!(pairs.clone().all(|(one, other)| alike(one, other)), "{saved:?} {tried:?}");

        let rows = rows(&ctx, made.id).await;
        let by_name: HashMap<&str, &customer_score::Model> =
            rows.iter().map(|(id, row)| (names[id].as_str(), row)).collect();
        for (name, days, orders, amount, scores) in FIRST {
            let row = by_name[name];
            let last = row.last_ordered_on.unwrap().day();
            let analysed = "2006-12-31".parse().unwrap();
            assert_eq!(last + TimeDelta::days(days), analysed, "{name}");
            assert_eq!((row.order_count, row.revenue_minor), (Some(orders), Some(amount * 100)));
            let given = [row.recency_score, row.frequency_score, row.monetary_score];
            assert_eq!(given, scores.map(Some), "{name}");
            let [r, f, m] = scores;
            assert_eq!(row.value, f64::from(100 * r + 10 * f + m));
        }
        store.close().await;
    }
}

/// The segments of the vignettes up to version 0.2.2, whose ranges overlap
/// (<https://blog.rsquaredacademy.com/rfm-0-2-2/>).
fn former_groups() -> Json {
    let group = |name: &str, [r, f, m]: [(i32, i32); 3]| {
        let range = |(from, to): (i32, i32)| json!({"from": from, "to": to});
        json!({"name": name, "recency": range(r), "frequency": range(f), "monetary": range(m)})
    };
    json!([
        group("Champions", [(4, 5), (4, 5), (4, 5)]),
        group("Loyal Customers", [(2, 5), (3, 5), (3, 5)]),
        group("Potential Loyalist", [(3, 5), (1, 3), (1, 3)]),
        group("New Customers", [(4, 5), (1, 1), (1, 1)]),
        group("Promising", [(3, 4), (1, 1), (1, 1)]),
        group("Need Attention", [(2, 3), (2, 3), (2, 3)]),
        group("About To Sleep", [(2, 3), (1, 2), (1, 2)]),
        group("At Risk", [(1, 2), (2, 5), (2, 5)]),
        group("Can't Lose Them", [(1, 1), (4, 5), (4, 5)]),
        group("Lost", [(1, 2), (1, 2), (1, 2)]),
    ])
}

#[tokio::test]
async fn groups_and_bounds_of_ones_own_give_the_packages_former_table() {
    for (store, ctx, _) in worlds().await {
        fill(&ctx).await;
        let definition = json!({"rfm": {
            "orders": {"asOf": "2006-12-31"},
            "groups": former_groups(),
            // What the quintiles are, rounded as the package's example of thresholds of one's own has them.
            "recencyBounds": [115, 181, 297, 482],
            "frequencyBounds": [4, 5, 6, 8],
            "monetaryBounds": ["256", "382", "506", "666"],
        }});
        let quintiles = json!({"rfm": {
            "orders": {"asOf": "2006-12-31"},
            "groups": former_groups(),
        }});
        let preview_of = async |definition: Json| {
            summary(&preview(&ctx, &from(definition)).await.unwrap().distribution)
        };
        let counts: BTreeMap<String, i64> = preview_of(quintiles)
            .await
            .into_iter()
            .map(|(name, (customers, _, _))| (name, customers))
            .collect();
        let published = [
            ("About To Sleep", 50),
            ("At Risk", 86),
            ("Champions", 158),
            ("Lost", 111),
            ("Loyal Customers", 278),
            ("Need Attention", 35),
            ("Others", 48),
            ("Potential Loyalist", 229),
        ];
        assert_eq!(counts, published.map(|(name, n)| (name.to_owned(), n)).into());
        let by_hand = preview_of(definition).await;
        assert_eq!(by_hand.values().map(|(customers, _, _)| customers).sum::<i64>(), 995);
        store.close().await;
    }
}

#[tokio::test]
async fn orders_that_are_called_off_written_elsewhere_or_of_other_days_do_not_count() {
    for (store, ctx, _) in worlds().await {
        let ctx = at_once(&ctx);
        let ann = customer(&ctx, "Ann").await;
        buys(&ctx, ann, "2026-11-22", "10").await;
        buys(&ctx, ann, "2026-11-13", "20").await;
        buys(&ctx, ann, "2026-11-12", "40").await;
        buys(&ctx, ann, "2026-11-23", "80").await;
        for (status, currency) in [("cancelled", "EUR"), ("draft", "EUR"), ("placed", "USD")] {
            let price = json!({"amount": "160", "currency": currency});
            let line = json!({"description": "L", "unitPrice": price});
            let new = json!({"customerId": ann, "orderedOn": "2026-11-20", "status": status,
                "currency": currency, "lines": [line]});
            orders::create(&ctx, from(new)).await.unwrap();
        }
        let ten_days = json!({"valueTier": {"orders": {"window": "P10D"}}});
        let tried = preview(&ctx, &from(ten_days.clone())).await.unwrap();
        assert_eq!(tried.orders_in_other_currencies, 1);
        let made = score(&ctx, "value", ten_days).await.unwrap();
        follow(&ctx).await;
        let row = rows(&ctx, made.id).await.remove(&ann.uuid()).unwrap();
        assert_eq!((row.order_count, row.revenue_minor, row.value), (Some(2), Some(3000), 30.0));
        assert_eq!(row.last_ordered_on.unwrap().to_string(), "2026-11-22");
        assert_eq!(tier(&ctx, made.id, ann).await.as_deref(), Some("A"));
        store.close().await;
    }
}

#[tokio::test]
async fn a_formula_is_reckoned_of_what_the_customer_has() {
    for (store, ctx, _) in worlds().await {
        let ctx = at_once(&ctx);
        let big = json!({"kind": "organization", "name": "Big", "employees": 100});
        let big = customers::create(&ctx, from(big)).await.unwrap().id;
        let small = customer(&ctx, "Small").await;
        buys(&ctx, big, "2026-11-12", "150.50").await;
        buys(&ctx, big, "2026-11-02", "49.50").await;
        let value = json!({"valueTier": {}});
        score(&ctx, "value", value).await.unwrap();
        let bands = json!([{"name": "high", "from": 10}, {"name": "low", "from": 0}]);
        let of = |expression: &str, bands: &Json| json!({"formula": {"expression": expression, "tiers": bands}});
        let sum = "coalesce(employees, 0) / 10 + orders.count + orders.sum / 100 + coalesce(orders.lastDays, 0) / 10";
        let sum = score(&ctx, "sum", of(sum, &bands)).await.unwrap();
        let of_another = score(&ctx, "twice", of("2 * scores.value", &Json::Null)).await.unwrap();
        let average = score(&ctx, "average", of("orders.average", &Json::Null)).await.unwrap();
        follow(&ctx).await;
        let value = async |of: &score::Model, who: customer::Id| {
            rows(&ctx, of.id).await.get(&who.uuid()).map(|row| row.value)
        };
        assert_eq!((value(&sum, big).await, value(&sum, small).await), (Some(15.0), Some(0.0)));
        assert_eq!(value(&of_another, big).await, Some(400.0));
        assert_eq!(value(&of_another, small).await, None);
        assert_eq!((value(&average, big).await, value(&average, small).await), (Some(100.0), None));
        assert_eq!(tier(&ctx, sum.id, big).await.as_deref(), Some("high"));
        assert_eq!(tier(&ctx, sum.id, small).await.as_deref(), Some("low"));

        let patch = json!({"employees": 40});
        customers::update(&ctx, big, Expected::Any, from(patch)).await.unwrap();
        follow(&ctx).await;
        assert_eq!(tier(&ctx, sum.id, big).await.as_deref(), Some("low"));
        buys(&ctx, big, "2026-11-22", "100").await;
        follow(&ctx).await;
        assert_eq!(value(&of_another, big).await, Some(600.0));
        store.close().await;
    }
}

#[tokio::test]
async fn a_formula_may_be_made_of_custom_fields() {
    for (store, ctx, _) in worlds().await {
        let field =
            json!({"resource": "customer", "key": "seats", "label": "Seats", "kind": "number"});
        custom_fields::create(&ctx, from(field)).await.unwrap();
        let ctx = renewed(&ctx).await;
        let new = json!({"kind": "organization", "name": "Inn", "custom": {"seats": 12.5}});
        let inn = customers::create(&ctx, from(new)).await.unwrap().id;
        customer(&ctx, "Ann").await;
        let twice = json!({"formula": {"expression": "2 * custom.seats"}});
        let twice = score(&ctx, "twice", twice).await.unwrap();
        let none = json!({"formula": {"expression": "custom.legs"}});
        assert!(matches!(score(&ctx, "none", none).await, Err(Error::Conflict(_))));
        follow(&ctx).await;
        let found = rows(&ctx, twice.id).await;
        assert_eq!(found.values().map(|row| row.value).collect::<Vec<_>>(), [25.0]);
        let patch = json!({"custom": {"seats": 20}});
        customers::update(&ctx, inn, Expected::Any, from(patch)).await.unwrap();
        follow(&ctx).await;
        assert_eq!(rows(&ctx, twice.id).await[&inn.uuid()].value, 40.0);
        store.close().await;
    }
}

/// The same, who knows the fields that the workspace has defined since.
async fn renewed(ctx: &Ctx) -> Ctx {
    let id = sea_orm::ColumnTrait::eq(&workspace::Column::Id, ctx.actor().workspace);
    let row = ctx.database().workspace(id).await.unwrap().unwrap();
    facts::system(ctx.database(), &row, ActorKind::System).await.unwrap()
}

#[tokio::test]
async fn what_depends_on_everybody_is_reckoned_at_most_once_a_minute() {
    for (store, ctx, clock) in worlds().await {
        let (ann, bob) = (customer(&ctx, "Ann").await, customer(&ctx, "Bob").await);
        buys(&ctx, ann, "2026-11-20", "100").await;
        let value = score(&ctx, "value", json!({"valueTier": {}})).await.unwrap();
        let plain =
            score(&ctx, "sum", json!({"formula": {"expression": "orders.sum"}})).await.unwrap();
        follow(&ctx).await;
        buys(&ctx, bob, "2026-11-20", "900").await;
        follow(&ctx).await;
        assert_eq!(rows(&ctx, plain.id).await[&bob.uuid()].value, 900.0);
        assert_eq!(tier(&ctx, value.id, bob).await, None);
        clock.advance(TimeDelta::seconds(59));
        follow(&ctx).await;
        assert_eq!(tier(&ctx, value.id, bob).await, None);
        clock.advance(TimeDelta::seconds(1));
        follow(&ctx).await;
        assert_eq!(tier(&ctx, value.id, bob).await.as_deref(), Some("A"));
        assert_eq!(tier(&ctx, value.id, ann).await.as_deref(), Some("B"));
        store.close().await;
    }
}

#[tokio::test]
async fn what_depends_on_the_day_follows_at_midnight() {
    for (store, ctx, clock) in worlds().await {
        let ann = customer(&ctx, "Ann").await;
        buys(&ctx, ann, "2026-11-22", "100").await;
        buys(&ctx, ann, "2026-11-24", "100").await;
        let days = score(&ctx, "days", json!({"formula": {"expression": "orders.lastDays"}})).await;
        let fixed =
            json!({"formula": {"expression": "orders.lastDays", "orders": {"asOf": "2026-11-23"}}});
        let (days, fixed) = (days.unwrap(), score(&ctx, "fixed", fixed).await.unwrap());
        let value = async |of: &score::Model| {
            follow(&ctx).await;
            rows(&ctx, of.id).await.get(&ann.uuid()).map(|row| row.value)
        };
        assert_eq!((value(&days).await, value(&fixed).await), (Some(0.0), Some(1.0)));
        clock.advance(TimeDelta::hours(12) - TimeDelta::seconds(1));
        assert_eq!(value(&days).await, Some(0.0));
        clock.advance(TimeDelta::seconds(1));
        assert_eq!((value(&days).await, value(&fixed).await), (Some(1.0), Some(1.0)));
        // The order of the day after tomorrow counts from that day on.
        clock.advance(TimeDelta::days(1));
        assert_eq!(value(&days).await, Some(0.0));
        clock.advance(TimeDelta::days(40));
        assert_eq!((value(&days).await, value(&fixed).await), (Some(40.0), Some(1.0)));
        store.close().await;
    }
}

#[tokio::test]
async fn definitions_are_checked_as_a_whole() {
    for (store, ctx, _) in worlds().await {
        let wrong = json!({"rfm": {
            "recencyBounds": [3, 2, 1, 0],
            "groups": [{"name": "A", "recency": {"from": 4, "to": 3}}, {"name": "A"}],
        }});
        let err = score(&ctx, "a", wrong).await.unwrap_err();
        let at: Vec<&str> = err.faults().iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(
            at,
            [
                "/definition/rfm/recencyBounds",
                "/definition/rfm/groups/1/name",
                "/definition/rfm/groups/0/recency",
            ]
        );
        for (wrong, why) in [
            (
                json!({"valueTier": {"tiers": [{"name": "A", "upTo": 90}, {"name": "B", "upTo": 80}]}}),
                "after",
            ),
            (json!({"valueTier": {"tiers": [{"name": "A", "upTo": 90}]}}), "100"),
            (json!({"valueTier": {"tiers": []}}), "from 1"),
            (json!({"rfm": {"frequencyBounds": [1]}}), "4 members"),
            (json!({"formula": {"expression": "1 +"}}), "at character 4"),
            (json!({"formula": {"expression": "shoes + 1"}}), "shoes"),
            (json!({"formula": {"expression": "scores.none"}}), "no score"),
            (json!({"formula": {"expression": "scores.a"}}), "made of this score"),
            (
                json!({"formula": {"expression": "1", "tiers": [{"name": "A", "from": 1}, {"name": "B", "from": 1}]}}),
                "below",
            ),
        ] {
            let err = score(&ctx, "a", wrong.clone()).await.unwrap_err();
            assert!(err.faults().iter().any(|fault| fault.detail.contains(why)), "{wrong} {err:?}");
        }
        store.close().await;
    }
}

#[tokio::test]
async fn scores_are_made_of_others_that_are_there_and_do_not_lead_back() {
    for (store, ctx, _) in worlds().await {
        let of = |expression: &str| json!({"formula": {"expression": expression}});
        let one = score(&ctx, "one", of("employees")).await.unwrap();
        let two = score(&ctx, "two", of("scores.one + 1")).await.unwrap();
        let back = json!({"definition": of("scores.two")});
        let back = scores::update(&ctx, one.id, Expected::Any, from(back)).await;
        assert!(matches!(back, Err(Error::Conflict(_))), "{back:?}");
        let tried = preview_change(&ctx, one.id, Some(from(of("scores.two")))).await;
        assert!(matches!(tried, Err(Error::Conflict(_))), "{tried:?}");
        let refused = scores::delete(&ctx, one.id, Expected::Any).await;
        assert!(matches!(refused, Err(Error::Refused(why)) if why.contains("Score two")));
        scores::delete(&ctx, two.id, Expected::Any).await.unwrap();
        scores::delete(&ctx, one.id, Expected::Any).await.unwrap();
        let alone = scores::restore(&ctx, two.id).await;
        assert!(matches!(alone, Err(Error::Conflict(_))), "{alone:?}");
        scores::restore(&ctx, one.id).await.unwrap();
        scores::restore(&ctx, two.id).await.unwrap();
        store.close().await;
    }
}

#[tokio::test]
async fn nobody_learns_from_a_score_what_they_may_not_read() {
    for (store, ctx, _) in worlds().await {
        let grants = json!([
            {"resource": "customer", "verb": "read", "scope": "all"},
            {"resource": "order", "verb": "read", "scope": "own"},
            {"resource": "score", "verb": "read", "scope": "all"},
            {"resource": "score", "verb": "create", "scope": "all"},
        ]);
        let actor = ctx.actor();
        let data = ActorData {
            workspace: actor.workspace,
            kind: ActorKind::User,
            user: Some(rapport_entity::identity::user::Id::new()),
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
        let few = Ctx::new(ctx.database().clone(), data.into());
        let forbidden = |err: Error| matches!(err, Error::Forbidden { resource: "order", .. });
        let value = json!({"valueTier": {}});
        assert!(forbidden(score(&few, "value", value.clone()).await.unwrap_err()));
        assert!(forbidden(preview(&few, &from(value)).await.unwrap_err()));
        let of_customers = json!({"formula": {"expression": "employees"}});
        score(&few, "size", of_customers).await.unwrap();
        store.close().await;
    }
}

/// Numbers that follow from a first one.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) as usize % sides.max(1)
    }
}

/// A workspace in which things happen.
struct World {
    ctx: Ctx,
    clock: Clock,
    customers: Vec<customer::Id>,
    orders: Vec<order::Id>,
    scores: Vec<score::Id>,
}

impl World {
    async fn happen(&mut self, (what, a, seed): (u8, usize, u64)) {
        let mut dice = Dice(seed);
        let outcome = match what % 12 {
            0 | 1 => self.create_customer(&mut dice).await,
            2 => self.patch_customer(&mut dice, a).await,
            3 => self.remove::<customer::Entity>(self.customers.get(a).copied(), &mut dice).await,
            4..=6 => self.create_order(&mut dice, a).await,
            7 => self.remove::<order::Entity>(self.orders.get(a).copied(), &mut dice).await,
            8 => self.create_score(&mut dice).await,
            9 => self.change_score(&mut dice, a).await,
            10 => {
                self.clock.advance(TimeDelta::hours(dice.roll(40) as i64));
                Ok(())
            }
            _ => {
                follow(&self.ctx).await;
                Ok(())
            }
        };
        if let Err(err @ (Error::Internal(_) | Error::Unavailable(_) | Error::Malformed(_))) =
            outcome
        {
            panic!("{err:?}")
        }
    }

    async fn create_customer(&mut self, dice: &mut Dice) -> Result<()> {
        let new = json!({"name": "C", "kind": "organization", "employees": dice.roll(5)});
        self.customers.push(customers::create(&self.ctx, from(new)).await?.id);
        Ok(())
    }

    async fn patch_customer(&mut self, dice: &mut Dice, a: usize) -> Result<()> {
        let Some(id) = self.customers.get(a) else { return Ok(()) };
        let employees = [json!(dice.roll(5)), Json::Null];
        let patch = json!({"employees": employees[dice.roll(2)]});
        customers::update(&self.ctx, *id, Expected::Any, from(patch)).await.map(|_| ())
    }

    async fn create_order(&mut self, dice: &mut Dice, a: usize) -> Result<()> {
        let Some(id) = self.customers.get(a) else { return Ok(()) };
        let day = self.clock.now().date_naive() - TimeDelta::days(dice.roll(60) as i64 - 2);
        let amount = dice.roll(500).to_string();
        let line = json!({"description": "L", "unitPrice": {"amount": amount, "currency": "EUR"}});
        let status = ["placed", "completed", "completed", "cancelled"][dice.roll(4)];
        let new = json!({"customerId": id, "orderedOn": day.to_string(), "lines": [line],
            "status": status});
        self.orders.push(orders::create(&self.ctx, from(new)).await?.order.id);
        Ok(())
    }

    async fn remove<E>(&self, id: Option<rapport_entity::Id<E>>, dice: &mut Dice) -> Result<()>
    where
        E: crate::kernel::Described,
        E::ActiveModel: sea_orm::TryIntoModel<E::Model>,
    {
        let Some(id) = id else { return Ok(()) };
        match dice.roll(2) {
            0 => records::delete::<E>(&self.ctx, id, Expected::Any).await.map(|_| ()),
            _ => records::restore::<E>(&self.ctx, id).await.map(|_| ()),
        }
    }

    fn definition(&self, dice: &mut Dice) -> Json {
        let orders = [json!({}), json!({"window": "P30D"}), json!({"asOf": "2026-11-20"})];
        let orders = &orders[dice.roll(3)];
        let bands = json!([{"name": "high", "from": 3}, {"name": "low", "from": 1}]);
        match dice.roll(6) {
            0 => json!({"rfm": {"orders": orders}}),
            1 => json!({"rfm": {"orders": orders, "recencyBounds": [3, 9, 20, 40],
                "frequencyBounds": [2, 3, 4, 5], "monetaryBounds": ["100", "200", "300", "400"]}}),
            2 => json!({"valueTier": {"orders": orders}}),
            3 => json!({"formula": {"orders": orders, "tiers": bands,
                "expression": "orders.sum / orders.count / 100 + employees"}}),
            4 => json!({"formula": {"orders": orders, "tiers": bands,
                "expression": "orders.lastDays / employees"}}),
            _ => json!({"formula": {"tiers": bands,
                "expression": format!("log(1 + scores.s{})", dice.roll(self.scores.len().max(1)))}}),
        }
    }

    async fn create_score(&mut self, dice: &mut Dice) -> Result<()> {
        let key = format!("s{}", self.scores.len());
        let definition = self.definition(dice);
        self.scores.push(score(&self.ctx, &key, definition).await?.id);
        Ok(())
    }

    async fn change_score(&mut self, dice: &mut Dice, a: usize) -> Result<()> {
        let Some(id) = self.scores.get(a).copied() else { return Ok(()) };
        let patch = json!({"definition": self.definition(dice)});
        match dice.roll(4) {
            0 => scores::delete(&self.ctx, id, Expected::Any).await.map(|_| ()),
            1 => scores::restore(&self.ctx, id).await.map(|_| ()),
            _ => scores::update(&self.ctx, id, Expected::Any, from(patch)).await.map(|_| ()),
        }
    }

    /// What customers have is what the definition gives, and the log tells the same.
    async fn check(&self) {
        follow(&self.ctx).await;
        let live = self.ctx.can::<score::Entity, Read>().unwrap();
        let live = live.filtered(sea_orm::Condition::all(), 1_000).await.unwrap();
        let keys = live.iter().map(|row| (row.key.as_str().to_owned(), row.id.uuid())).collect();
        let mut told = self.replayed().await;
        for id in &self.scores {
            let is = rows(&self.ctx, *id).await;
            let tiers: BTreeMap<Uuid, String> = is
                .iter()
                .filter_map(|(who, row)| Some((*who, row.tier.as_ref()?.as_str().to_owned())))
                .collect();
            assert_eq!(told.remove(&id.uuid()).unwrap_or_default(), tiers);
            let Some(score) = live.iter().find(|row| row.id == *id) else {
                assert!(is.is_empty());
                continue;
            };
            assert!(score.evaluated_at.is_some(), "{score:?}");
            assert_eq!(score.customer_count as usize, is.len(), "{score:?}");
            let db = self.ctx.reader().await.unwrap();
            let now = self.clock.now();
            let source = Source { db: &db, actor: self.ctx.actor(), now, who: None };
            let found = evaluate(&source, &score.definition, &keys).await.unwrap();
            drop(db);
            let anew = found.outcomes.iter().map(|of| found.row(of, score, now));
            let at = |row: &customer_score::Model| {
                is.get(&row.customer_id.uuid()).map(|is| is.scored_at)
            };
            let anew =
                anew.map(|row| customer_score::Model { scored_at: at(&row).unwrap_or(now), ..row });
            let anew: BTreeMap<Uuid, _> = anew.map(|row| (row.customer_id.uuid(), row)).collect();
            assert_eq!(is, anew, "{score:?}");
        }
    }

    /// Who is in which tier of which score, as the log tells it.
    async fn replayed(&self) -> BTreeMap<Uuid, BTreeMap<Uuid, String>> {
        let db = self.ctx.reader().await.unwrap();
        let here = event::Column::WorkspaceId.eq(self.ctx.actor().workspace);
        let scored = event::Column::Name.eq("customer.scored");
        let events = event::Entity::find().filter(here).filter(scored);
        let events = events.order_by_asc(event::Column::Seq).all(&*db).await.unwrap();
        let mut tiers: BTreeMap<Uuid, BTreeMap<Uuid, String>> = BTreeMap::new();
        for event in events {
            let side = |name: &str| {
                let side = &event.data[name];
                let id = side["scoreId"].as_str()?.parse::<Uuid>().unwrap();
                Some((id, side["tier"].as_str().map(str::to_owned)))
            };
            let (before, after) = (side("before"), side("after"));
            let id = before.as_ref().or(after.as_ref()).unwrap().0;
            let of = tiers.entry(id).or_default();
            let was = of.remove(&event.subject_id);
            assert_eq!(was, before.and_then(|(_, tier)| tier), "{event:?}");
            let is = after.and_then(|(_, tier)| tier);
            assert_ne!(was, is, "{event:?} tells of nothing new");
            of.extend(is.map(|tier| (event.subject_id, tier)));
        }
        tiers
    }
}

/// The promise of scores: whatever happens, in whatever order, what customers have is the definition evaluated afresh.
#[test]
fn scores_kept_by_the_log_equal_the_definition_evaluated_afresh() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.unwrap();
    for (store, _, clock) in runtime.block_on(worlds()) {
        let steps = prop::collection::vec((any::<u8>(), 0..8_usize, any::<u64>()), 10..60);
        let config = Config {
            cases: 30,
            max_shrink_iters: 100,
            failure_persistence: None,
            ..Config::default()
        };
        let outcome = TestRunner::new(config).run(&steps, |steps| {
            runtime.block_on(async {
                let ctx = at_once(&store.workspace().await);
                let (customers, orders, scores) = Default::default();
                let mut world = World { ctx, clock: clock.clone(), customers, orders, scores };
                for step in steps {
                    world.happen(step).await;
                }
                world.check().await;
            });
            Ok(())
        });
        outcome.unwrap();
        runtime.block_on(store.close());
    }
}
