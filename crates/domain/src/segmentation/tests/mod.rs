mod following;

use chrono::TimeDelta;
use rapport_entity::{
    customers::customer,
    log::event::ActorKind,
    rule::Rule,
    segmentation::segment::{self, Kind},
};
use sea_orm::ActiveValue::Set;
use serde_json::{Value as Json, json};

use super::{members::members, preview::preview, segments};
use crate::{
    customers::customers,
    following::{Group, Touched, Watched},
    kernel::{ActorData, Create, Ctx, Error, Expected, Listing, Permissions, Read, Result},
    readers, records,
    sales::orders::orders,
    testing::{from, stores, stores_at},
};
use following::{World, at, events};

/// A line of an order.
fn lines() -> Json {
    json!([{"description": "L", "unitPrice": {"amount": "7", "currency": "EUR"}}])
}

async fn customer(ctx: &Ctx, city: &str, parent: Option<customer::Id>) -> customer::Model {
    let new = json!({"name": "C", "kind": "organization", "city": city, "parentId": parent});
    customers::create(ctx, from(new)).await.unwrap()
}

fn lives_in(city: &str) -> Json {
    json!({"compare": {"field": "city", "eq": city}})
}

async fn segment(ctx: &Ctx, name: &str, rule: Json) -> Result<segment::Model> {
    segments::create(ctx, from(json!({"name": name, "rule": rule}))).await
}

async fn change_rule(ctx: &Ctx, id: segment::Id, rule: Json) -> Result<segment::Model> {
    segments::update(ctx, id, Expected::Any, from(json!({"rule": rule}))).await
}

async fn names(ctx: &Ctx) -> Vec<String> {
    let events = events(ctx).await.into_iter();
    events.map(|event| event.name).filter(|name| name.starts_with("segment.")).collect()
}

#[tokio::test]
async fn a_segments_life() {
    for store in stores().await {
        let ctx = store.workspace().await;
        let bern = customer(&ctx, "Bern", None).await;
        customer(&ctx, "Thun", None).await;
        let made = segment(&ctx, "Bernese", lives_in("Bern")).await.unwrap();
        assert_eq!((made.member_count, made.version), (1, 1));
        assert!(made.evaluated_at.is_some());

        let listing = Listing { count: true, ..Listing::default() };
        let page = members(&ctx, made.id, None, &listing).await.unwrap();
        assert_eq!((page.items, page.total), (vec![bern.clone()], Some(1)));
        let none = Listing { filter: Some(from(lives_in("Thun"))), ..listing.clone() };
        assert!(members(&ctx, made.id, None, &none).await.unwrap().items.is_empty());

        let changed = change_rule(&ctx, made.id, json!({"not": lives_in("Bern")})).await.unwrap();
        assert_eq!((changed.member_count, changed.version), (1, 2));
        let renamed = json!({"name": "Others", "rule": changed.rule});
        let renamed = segments::update(&ctx, made.id, Expected::Version(2), from(renamed)).await;
        assert_eq!(renamed.unwrap().evaluated_at, changed.evaluated_at);

        segments::delete(&ctx, made.id, Expected::Any).await.unwrap();
        let gone = members(&ctx, made.id, None, &listing).await;
        assert!(matches!(gone, Err(Error::NotFound("segment"))));
        World::new(ctx.clone()).follow().await.unwrap();
        assert!(World::new(ctx.clone()).members().await.is_empty());
        let restored = segments::restore(&ctx, made.id).await.unwrap();
        assert_eq!(restored.member_count, 1);
        let told = [
            "created", "entered", "updated", "entered", "left", "updated", "deleted", "left",
            "restored", "entered",
        ];
        let mut names = names(&ctx).await;
        names[3..5].sort();
        assert_eq!(names, told.map(|what| format!("segment.{what}")));
        store.close().await;
    }
}

#[tokio::test]
async fn a_create_can_be_repeated() {
    for store in stores().await {
        let ctx = store.workspace().await;
        customer(&ctx, "Bern", None).await;
        let new = json!({"id": segment::Id::new(), "name": "B", "rule": lives_in("Bern")});
        let first = segments::create(&ctx, from(new.clone())).await.unwrap();
        assert_eq!(segments::create(&ctx, from(new)).await.unwrap(), first);
        store.close().await;
    }
}

#[tokio::test]
async fn rules_name_only_segments_that_are_there_and_do_not_lead_back() {
    for store in stores().await {
        let ctx = store.workspace().await;
        customer(&ctx, "Bern", None).await;
        let named = |id: segment::Id| json!({"any": [{"segment": {"id": id}}]});
        let one = segment(&ctx, "One", lives_in("Bern")).await.unwrap();
        let two = segment(&ctx, "Two", named(one.id)).await.unwrap();
        assert_eq!(two.member_count, 1);

        let back = change_rule(&ctx, one.id, named(two.id)).await.unwrap_err();
        assert!(matches!(&back, Error::Conflict(faults)
            if faults[0].pointer == "/rule/any/0/segment/id"));
        assert!(change_rule(&ctx, one.id, named(one.id)).await.is_err());
        assert!(segment(&ctx, "Three", named(segment::Id::new())).await.is_err());
        let wrong = json!({"all": [{"compare": {"field": "nope", "eq": 1}},
            {"relation": {"name": "none"}}]});
        let wrong = segment(&ctx, "Wrong", wrong).await.unwrap_err();
        assert_eq!(wrong.faults().len(), 2);

        let refused = segments::delete(&ctx, one.id, Expected::Any).await;
        assert!(matches!(refused, Err(Error::Refused(why)) if why.contains("Two")));
        segments::delete(&ctx, two.id, Expected::Any).await.unwrap();
        segments::delete(&ctx, one.id, Expected::Any).await.unwrap();
        let alone = segments::restore(&ctx, two.id).await;
        assert!(matches!(alone, Err(Error::Conflict(_))));
        segments::restore(&ctx, one.id).await.unwrap();
        assert_eq!(segments::restore(&ctx, two.id).await.unwrap().member_count, 1);
        store.close().await;
    }
}

#[tokio::test]
async fn a_preview_saves_nothing() {
    for store in stores().await {
        let ctx = store.workspace().await;
        for _ in 0..12 {
            customer(&ctx, "Bern", None).await;
        }
        let before = events(&ctx).await.len();
        let seen = preview(&ctx, &from(lives_in("Bern")), None).await.unwrap();
        assert_eq!((seen.selected.count, seen.selected.sample.len()), (12, 10));
        let wrong = from(json!({"compare": {"field": "nope", "eq": 1}}));
        let wrong = preview(&ctx, &wrong, None).await.unwrap_err();
        assert_eq!(wrong.faults()[0].pointer, "/rule/compare/field");
        assert_eq!(events(&ctx).await.len(), before);
        store.close().await;
    }
}

#[tokio::test]
async fn a_segment_that_cannot_be_evaluated_keeps_no_other_from_being_followed() {
    for store in stores().await {
        let ctx = store.workspace().await;
        let world = World::new(ctx.clone());
        world.follow().await.unwrap();
        // A rule that was sound once: the field it speaks of is gone.
        let unsound: Rule = from(json!({"compare": {"field": "gone", "eq": 1}}));
        let row = |name: &str, rule: Rule| segment::ActiveModel {
            name: Set(from(json!(name))),
            rule: Set(rule),
            kind: Set(Kind::Dynamic),
            has_listings: Set(false),
            member_count: Set(0),
            ..Default::default()
        };
        let make = async |row| {
            let tx =
                ctx.tx(async |tx| tx.can::<segment::Entity, Create>()?.insert(None, row).await);
            tx.await.unwrap()
        };
        let bad = make(row("Bad", unsound)).await;
        let good = make(row("Good", from(lives_in("Bern")))).await;
        customer(&ctx, "Bern", None).await;
        world.follow().await.unwrap();
        let segments = ctx.can::<segment::Entity, Read>().unwrap();
        let (bad, good) =
            (segments.one(bad.id).await.unwrap(), segments.one(good.id).await.unwrap());
        assert_eq!((bad.member_count, bad.evaluated_at), (0, None));
        assert_eq!((good.member_count, good.evaluated_at.is_some()), (1, true));
        store.close().await;
    }
}

#[tokio::test]
async fn a_follower_that_runs_needs_no_telling() {
    for store in stores().await {
        let ctx = store.workspace().await;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let running = tokio::spawn(readers::run(store.database.clone(), stopped));
        let made = segment(&ctx, "Bernese", lives_in("Bern")).await.unwrap();
        customer(&ctx, "Bern", None).await;
        let mut committed = store.database.log().subscribe();
        while World::new(ctx.clone()).members().await.is_empty() {
            let _ = tokio::time::timeout(std::time::Duration::from_secs(10), committed.recv())
                .await
                .unwrap();
        }
        let row = records::get::<segment::Entity>(&ctx, made.id).await.unwrap();
        assert_eq!(row.member_count, 1);
        stop.send(true).unwrap();
        running.await.unwrap();
        store.close().await;
    }
}

#[tokio::test]
async fn who_has_a_condition_of_all_is_everybody() {
    for store in stores().await {
        let ctx = store.workspace().await;
        let gone = customer(&ctx, "Bern", None).await;
        let all = segment(&ctx, "All", json!({"all": []})).await.unwrap();
        assert_eq!(all.member_count, 1);
        records::delete::<customer::Entity>(&ctx, gone.id, Expected::Any).await.unwrap();
        let world = World { segments: vec![all.id], ..World::new(ctx) };
        world.check().await;
        assert!(world.members().await.is_empty());
        store.close().await;
    }
}

/// A user with a role of their own, who sees all customers, but only their own orders.
async fn sees_few_orders(ctx: &Ctx) -> Ctx {
    let grants = json!([
        {"resource": "customer", "verb": "read", "scope": "all"},
        {"resource": "order", "verb": "read", "scope": "own"},
        {"resource": "segment", "verb": "create", "scope": "all"},
        {"resource": "segment", "verb": "read", "scope": "all"},
        {"resource": "segment", "verb": "update", "scope": "all"},
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
        custom: std::sync::Arc::default(),
    };
    Ctx::new(ctx.database().clone(), data.into())
}

#[tokio::test]
async fn nobody_learns_from_a_segment_what_they_may_not_read() {
    for store in stores().await {
        let ctx = sees_few_orders(&store.workspace().await).await;
        let has_orders = json!({"relation": {"name": "orders", "count": {"gte": 1}}});
        let refused = segment(&ctx, "Buyers", json!({"not": has_orders})).await;
        let forbidden = |done: &Result<segment::Model>| {
            matches!(done, Err(Error::Forbidden { resource: "order", .. }))
        };
        assert!(forbidden(&refused), "{refused:?}");
        let bern = segment(&ctx, "Bern", lives_in("Bern")).await.expect("of customers they may");
        let changed = change_rule(&ctx, bern.id, has_orders).await;
        assert!(forbidden(&changed), "{changed:?}");
        store.close().await;
    }
}

#[tokio::test]
async fn who_bought_leaves_the_last_90_days_on_the_91st_day_without_any_change() {
    for store in stores_at(|| at("2026-03-01T12:00:00Z")).await {
        let ctx = store.workspace_in("Europe/Berlin".parse().unwrap()).await;
        let who = customer(&ctx, "Bern", None).await;
        let order = json!({"customerId": who.id, "lines": lines()});
        orders::create(&ctx, from(order)).await.unwrap();
        let rule = json!({"relation": {"name": "orders", "within": {"last": "P90D"}}});
        let made = segment(&ctx, "Bought lately", rule).await.unwrap();
        let world = World { segments: vec![made.id], ..World::new(ctx.clone()) };
        let days = |days: i64| store.database.clock().advance(TimeDelta::days(days));
        world.check().await;
        days(90);
        world.check().await;
        assert_eq!(world.members().await.len(), 1, "on the 90th day");
        // Days begin in Berlin, where it is summer by now: two hours before it is midnight in UTC.
        store.database.clock().advance(TimeDelta::hours(9) + TimeDelta::minutes(59));
        world.follow().await.unwrap();
        assert_eq!(world.members().await.len(), 1, "a minute before the 91st day");
        store.database.clock().advance(TimeDelta::minutes(1));
        world.follow().await.unwrap();
        assert!(world.members().await.is_empty());
        let told = events(&ctx).await.pop().unwrap();
        assert_eq!((told.name.as_str(), &told.data["cause"]), ("segment.left", &json!("time")));
        store.close().await;
    }
}

#[tokio::test]
async fn who_was_born_on_29_february_has_a_birthday_every_year() {
    for store in stores_at(|| at("2027-02-20T12:00:00Z")).await {
        let ctx = store.workspace().await;
        let new = json!({"name": "L", "kind": "person", "birthday": "2000-02-29"});
        customers::create(&ctx, from(new)).await.unwrap();
        let days = json!({"to": "P7D"});
        let rule = json!({"compare": {"field": "birthday", "anniversary": days}});
        let made = segment(&ctx, "Birthday", rule).await.unwrap();
        let world = World { segments: vec![made.id], ..World::new(ctx.clone()) };
        let mut days = Vec::new();
        for _ in 0..800 {
            world.follow().await.unwrap();
            if !world.members().await.is_empty() {
                days.push(store.database.clock().now().date_naive().to_string());
            }
            store.database.clock().advance(TimeDelta::days(1));
        }
        let [first, last] = [days.first(), days.last()].map(|day| day.unwrap().as_str());
        assert_eq!((first, last, days.len()), ("2027-02-21", "2029-02-28", 8 + 8 + 8));
        assert!(days.contains(&"2028-02-22".to_owned()) && days.contains(&"2028-02-29".to_owned()));
        store.close().await;
    }
}

#[tokio::test]
async fn time_that_passes_touches_nobody_for_whom_it_makes_no_difference() {
    for store in stores_at(|| at("2026-06-01T12:00:00Z")).await {
        let ctx = store.workspace().await;
        let order = async |who: customer::Id, day: &str| {
            let new = json!({"customerId": who, "orderedOn": day, "lines": lines()});
            orders::create(&ctx, from(new)).await.unwrap();
        };
        let (leaves, stays) =
            (customer(&ctx, "Bern", None).await, customer(&ctx, "Thun", None).await);
        order(leaves.id, "2026-03-03").await;
        order(stays.id, "2026-03-03").await;
        order(stays.id, "2026-05-01").await;
        order(customer(&ctx, "Chur", None).await.id, "2026-05-02").await;
        for rule in [
            json!({"within": {"last": "P90D"}}),
            json!({"max": {"field": "orderedOn", "lt": {"now": "-P90D"}}}),
        ] {
            let mut rule = rule;
            rule["name"] = json!("orders");
            let rule: Rule = from(json!({"relation": rule}));
            let watched = Watched::new([(1, &rule)], ctx.actor());
            let touched = ctx.tx(async |tx| {
                let day = |day: &str| format!("{day}T12:00:00Z").parse().unwrap();
                let passed =
                    async |from, to| watched.passed(tx, &(day(from)..day(to))).await.unwrap();
                assert_eq!(passed("2026-05-30", "2026-05-31").await, []);
                assert_eq!(passed("2026-06-01", "2026-06-01").await, []);
                Ok(passed("2026-06-01", "2026-06-02").await)
            });
            let who = Touched::These([leaves.id.uuid()].into());
            assert_eq!(touched.await.unwrap(), [Group { who, keys: vec![1] }]);
        }
        store.close().await;
    }
}
