use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use rapport_entity::{
    customers::{contact, customer},
    log::event::{self, ActorKind},
    rule::Rule,
    sales::order,
    segmentation::{segment, segment_member},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::segments;
use crate::{
    customers::{contacts, customers},
    following::{Group, Touched, Watched},
    kernel::{
        ActorData, Clock, Create, Ctx, Delete, Error, Expected, Listing, Permissions, Read, Result,
        Update, catalogue, compile,
    },
    readers, records,
    sales::orders,
    testing::{from, stores, stores_at},
};

/// Something that happens: what, and three numbers that say to what and how.
type Step = (u8, usize, usize, u64);

/// A workspace in which things happen.
struct World {
    ctx: Ctx,
    customers: Vec<customer::Id>,
    contacts: Vec<contact::Id>,
    orders: Vec<order::Id>,
    segments: Vec<segment::Id>,
}

/// Numbers that follow from a first one.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) as usize % sides.max(1)
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        (!of.is_empty()).then(|| of[self.roll(of.len())])
    }
}

const TOWNS: [&str; 3] = ["Bern", "Thun", "Chur"];
const BIRTHDAYS: [Option<&str>; 8] = [
    None,
    Some("2016-02-29"),
    Some("1980-02-28"),
    Some("1970-12-31"),
    Some("2017-01-01"),
    Some("2017-03-10"),
    Some("2017-06-15"),
    Some("2018-02-01"),
];
const TITLES: [&str; 2] = ["CEO", "Buyer"];

/// A rule on customers, which may name some segments.
fn rule(dice: &mut Dice, depth: usize, named: &[segment::Id]) -> Json {
    if dice.roll(3) == 0 {
        return moving_rule(dice);
    }
    match dice.roll(if depth == 0 { 6 } else { 12 }) {
        0 => json!({"compare": {"field": "city", "eq": TOWNS[dice.roll(3)]}}),
        1 => json!({"compare": {"field": "employees", "gt": dice.roll(10)}}),
        2 => json!({"compare": {"field": "parentId", "exists": dice.roll(2) == 0}}),
        3 => json!({"relation": {"name": "orders", "count": {"gte": dice.roll(3)}}}),
        4 => json!({"relation": {"name": "orders", "sum": {"field": "total", "gt": dice.roll(300)},
            "within": {"from": "2017-03-01", "to": "2017-09-30"}}}),
        5 => match dice.one(named) {
            Some(id) => json!({"segment": {"id": id}}),
            None => json!({"compare": {"field": "kind", "eq": "person"}}),
        },
        6 => json!({"not": rule(dice, depth - 1, named)}),
        7 => json!({"all": [rule(dice, depth - 1, named), rule(dice, depth - 1, named)]}),
        8 => json!({"any": [rule(dice, depth - 1, named), rule(dice, depth - 1, named)]}),
        9 => json!({"relation": {"name": "contacts", "filter": {"any": [
            {"compare": {"field": "jobTitle", "eq": TITLES[dice.roll(2)]}},
            {"relation": {"name": "customer", "filter": rule(dice, depth - 1, named)}}]}}}),
        10 => json!({"relation": {"name": "parent", "filter": rule(dice, depth - 1, named)}}),
        _ => json!({"relation": {"name": "children", "filter": rule(dice, depth - 1, named),
            "count": {"gte": dice.roll(2), "lt": 3}}}),
    }
}

/// How far from now.
fn shift(dice: &mut Dice) -> String {
    let sign = ["-", ""][dice.roll(2)];
    let unit = ["D", "D", "W", "M"][dice.roll(4)];
    format!("{sign}P{}{unit}", dice.roll(9) * if unit == "D" { 10 } else { 1 })
}

/// A rule of which time alone changes whether it holds.
fn moving_rule(dice: &mut Dice) -> Json {
    let operator = ["lt", "lte", "gt", "gte", "eq", "ne"][dice.roll(6)];
    let field = ["birthday", "createdAt"][dice.roll(2)];
    let span = format!("P{}D", dice.roll(60));
    let orders = |with: Json| {
        let mut with = with;
        with["name"] = json!("orders");
        json!({"relation": with})
    };
    let placed = json!({"compare": {"field": "status", "eq": "placed"}});
    match dice.roll(10) {
        0 | 1 => json!({"compare": {"field": field, (operator): {"now": shift(dice)}}}),
        2 => {
            let from = dice.roll(20) as i64 - 10;
            let to = from + dice.roll(40) as i64;
            let days = json!({"from": format!("{}P{}D", if from < 0 { "-" } else { "" }, from.abs()),
                "to": format!("{}P{}D", if to < 0 { "-" } else { "" }, to.abs())});
            json!({"compare": {"field": "birthday", "anniversary": days}})
        }
        3 => orders(json!({"within": {"last": span}})),
        4 => orders(json!({"within": {"last": span}, "filter": placed})),
        5 => orders(json!({"within": {"next": span}, "count": {"lt": 2}})),
        6 => orders(json!({"within": {"from": {"now": shift(dice)}, "to": {"now": shift(dice)}}})),
        7 => orders(
            json!({"max": {"field": "orderedOn", (operator.replace("ne", "eq")): {"now": shift(dice)}},
            "filter": placed}),
        ),
        8 => orders(
            json!({"min": {"field": "orderedOn", (operator.replace("ne", "eq")): {"now": shift(dice)}},
            "within": {"from": "2017-03-05"}}),
        ),
        _ => json!({"relation": {"name": (["children", "parent", "contacts"][dice.roll(3)]),
            "filter": {"compare": {"field": "createdAt", (operator): {"now": format!("-PT{}H", dice.roll(2_000))}}}}}),
    }
}

impl World {
    fn new(ctx: Ctx) -> Self {
        let (customers, contacts, orders, segments) = Default::default();
        Self { ctx, customers, contacts, orders, segments }
    }

    async fn happen(&mut self, (what, a, b, seed): Step) {
        let mut dice = Dice(seed ^ (a as u64) << 32);
        let outcome = match what % 19 {
            0..=2 => self.create_customer(&mut dice, b).await,
            3 => self.patch_customer(&mut dice, a, b).await,
            4 => self.remove::<customer::Entity>(self.customers.get(a).copied(), b).await,
            5 => self.create_contact(&mut dice, a).await,
            6 => self.patch_contact(&mut dice, a, b).await,
            7 => self.remove::<contact::Entity>(self.contacts.get(a).copied(), b).await,
            8 | 9 => self.create_order(&mut dice, a).await,
            10 => self.patch_order(&mut dice, a, b).await,
            11 => self.remove::<order::Entity>(self.orders.get(a).copied(), b).await,
            12 => self.create_segment(&mut dice).await,
            13 => self.patch_segment(&mut dice, a).await,
            14 => self.remove::<segment::Entity>(self.segments.get(a).copied(), b).await,
            15 | 16 => self.time_passes(&mut dice),
            _ => self.follow().await,
        };
        if let Err(err @ (Error::Internal(_) | Error::Unavailable(_) | Error::Malformed(_))) =
            outcome
        {
            panic!("{err:?}")
        }
    }

    /// A moment, a day or weeks.
    fn time_passes(&self, dice: &mut Dice) -> Result<()> {
        let most = [90, 60 * 24, 60 * 24 * 45][dice.roll(3)];
        let minutes = TimeDelta::minutes(dice.roll(most) as i64);
        self.ctx.database().clock().advance(minutes);
        Ok(())
    }

    async fn create_customer(&mut self, dice: &mut Dice, b: usize) -> Result<()> {
        let kind = ["person", "organization"][dice.roll(2)];
        let new = json!({
            "name": format!("C{}", self.customers.len()), "kind": kind,
            "city": dice.one(&TOWNS), "employees": dice.roll(12), "parentId": self.customers.get(b),
            "birthday": (BIRTHDAYS[dice.roll(BIRTHDAYS.len())]),
        });
        self.customers.push(customers::create(&self.ctx, from(new)).await?.id);
        Ok(())
    }

    async fn patch_customer(&mut self, dice: &mut Dice, a: usize, b: usize) -> Result<()> {
        let Some(id) = self.customers.get(a) else { return Ok(()) };
        let patch = match dice.roll(5) {
            0 => json!({"city": TOWNS[dice.roll(3)]}),
            4 => json!({"birthday": (BIRTHDAYS[dice.roll(BIRTHDAYS.len())])}),
            1 => json!({"employees": dice.roll(12), "city": null}),
            _ => json!({"parentId": self.customers.get(b)}),
        };
        customers::update(&self.ctx, *id, Expected::Any, from(patch)).await.map(|_| ())
    }

    async fn create_contact(&mut self, dice: &mut Dice, a: usize) -> Result<()> {
        let Some(customer) = self.customers.get(a) else { return Ok(()) };
        let new = json!({"customerId": customer, "name": "P", "jobTitle": dice.one(&TITLES)});
        self.contacts.push(contacts::create(&self.ctx, from(new)).await?.id);
        Ok(())
    }

    async fn patch_contact(&mut self, dice: &mut Dice, a: usize, b: usize) -> Result<()> {
        let Some(id) = self.contacts.get(a) else { return Ok(()) };
        let mut patch = json!({"jobTitle": dice.one(&TITLES)});
        if let Some(customer) = self.customers.get(b) {
            patch["customerId"] = json!(customer);
        }
        contacts::update(&self.ctx, *id, Expected::Any, from(patch)).await.map(|_| ())
    }

    async fn create_order(&mut self, dice: &mut Dice, a: usize) -> Result<()> {
        let Some(customer) = self.customers.get(a) else { return Ok(()) };
        let new = json!({
            "customerId": customer, "orderedOn": format!("2017-{:02}-10", 1 + dice.roll(12)),
            "lines": lines(dice),
        });
        let made = orders::create(&self.ctx, from(new)).await?;
        self.orders.push(made.order.id);
        Ok(())
    }

    async fn patch_order(&mut self, dice: &mut Dice, a: usize, b: usize) -> Result<()> {
        let Some(id) = self.orders.get(a) else { return Ok(()) };
        let patch = match (dice.roll(4), self.customers.get(b)) {
            (0, Some(customer)) => json!({"customerId": customer}),
            (1, _) => json!({"lines": lines(dice)}),
            (2, _) => json!({"status": (["placed", "cancelled"][dice.roll(2)])}),
            _ => json!({"orderedOn": format!("2017-{:02}-20", 1 + dice.roll(12))}),
        };
        orders::update(&self.ctx, *id, Expected::Any, from(patch)).await.map(|_| ())
    }

    /// Straight through the kernel, so that following is left to the steps that are it.
    async fn create_segment(&mut self, dice: &mut Dice) -> Result<()> {
        let row = segment::ActiveModel {
            name: Set(from(json!(format!("S{}", self.segments.len())))),
            rule: Set(from(rule(dice, 2, &self.segments))),
            member_count: Set(0),
            ..Default::default()
        };
        let made = self
            .ctx
            .tx(async |tx| tx.can::<segment::Entity, Create>()?.insert(None, row).await)
            .await?;
        self.segments.push(made.id);
        Ok(())
    }

    async fn patch_segment(&mut self, dice: &mut Dice, a: usize) -> Result<()> {
        let Some(id) = self.segments.get(a).copied() else { return Ok(()) };
        let new = match dice.roll(3) {
            0 => NotSet,
            _ => Set(from(rule(dice, 2, &self.segments[..a]))),
        };
        let row = segment::ActiveModel {
            description: Set(Some(from(json!(format!("{}", dice.roll(9)))))),
            rule: new,
            ..Default::default()
        };
        let update = self.ctx.tx(async |tx| {
            tx.can::<segment::Entity, Update>()?.update(id, Expected::Any, row).await
        });
        update.await.map(|_| ())
    }

    /// Deletes, or restores.
    async fn remove<E>(&self, id: Option<rapport_entity::Id<E>>, b: usize) -> Result<()>
    where
        E: crate::kernel::Described,
        E::ActiveModel: sea_orm::TryIntoModel<E::Model>,
    {
        let Some(id) = id else { return Ok(()) };
        let work = self.ctx.tx(async |tx| {
            let access = tx.can::<E, Delete>()?;
            match b % 2 {
                0 => access.delete(id, Expected::Any).await,
                _ => access.restore(id).await,
            }
        });
        work.await.map(|_| ())
    }

    async fn follow(&self) -> Result<()> {
        let (database, workspace) = (self.ctx.database().clone(), self.ctx.actor().workspace);
        readers::catch_up(&database, workspace).await.map(|_| ())
    }

    /// Who is in each segment.
    async fn members(&self) -> BTreeMap<Uuid, BTreeSet<Uuid>> {
        let rows = self.ctx.rows().all(segment_member::Entity::find()).await.unwrap();
        let mut members: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
        for row in rows {
            members.entry(row.segment_id.uuid()).or_default().insert(row.customer_id.uuid());
        }
        members
    }

    /// Who has entered and not left, as the log tells it.
    async fn replayed(&self) -> BTreeMap<Uuid, BTreeSet<Uuid>> {
        let mut members: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
        for event in events(&self.ctx).await {
            let Some(customer) = event.customer_id.map(|id| id.uuid()) else { continue };
            let side = match event.name.as_str() {
                "segment.entered" => "after",
                "segment.left" => "before",
                _ => continue,
            };
            assert_eq!(event.data[side]["customerId"], json!(customer));
            assert_eq!(event.data[side]["segmentId"], json!(event.subject_id));
            let of = members.entry(event.subject_id).or_default();
            let moved = if side == "after" { of.insert(customer) } else { of.remove(&customer) };
            assert!(moved, "{event:?} tells of nothing new");
        }
        members.retain(|_, of| !of.is_empty());
        members
    }

    async fn evaluated_afresh(&self, row: &segment::Model) -> BTreeSet<Uuid> {
        let of = catalogue::<customer::Entity>();
        let condition = compile(&row.rule, of, &of.table, self.ctx.filter_scope(), "").unwrap();
        let customers = self.ctx.can::<customer::Entity, Read>().unwrap();
        let found = customers.filtered(condition, 10_000).await.unwrap();
        found.into_iter().map(|row| row.id.uuid()).collect()
    }

    /// Membership is what the rules say, the log tells the same, and the numbers are right.
    async fn check(&self) {
        self.follow().await.unwrap();
        let members = self.members().await;
        assert_eq!(self.replayed().await, members);
        for id in &self.segments {
            let segments = self.ctx.can::<segment::Entity, Read>().unwrap();
            let row = segments.one_even_deleted(*id).await.unwrap();
            let is = members.get(&id.uuid()).cloned().unwrap_or_default();
            assert_eq!(row.member_count as usize, is.len(), "{row:?}");
            assert_eq!(row.evaluated_at.is_some(), row.deleted_at.is_none(), "{row:?}");
            match row.deleted_at {
                Some(_) => assert!(is.is_empty(), "{row:?}"),
                None => assert_eq!(is, self.evaluated_afresh(&row).await, "{row:?}"),
            }
        }
    }
}

fn lines(dice: &mut Dice) -> Json {
    json!([{"description": "L", "unitPrice": {"amount": (dice.roll(300)).to_string(), "currency": "EUR"}}])
}

/// All that was committed, also what the log's readers are not shown yet while other tests' transactions are under way.
async fn events(ctx: &Ctx) -> Vec<event::Model> {
    let db = ctx.reader().await.unwrap();
    let here = event::Column::WorkspaceId.eq(ctx.actor().workspace);
    let all = event::Entity::find().filter(here).order_by_asc(event::Column::Seq).all(&db);
    all.await.unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn at(time: &str) -> Clock {
    Clock::fixed(time.parse().unwrap())
}

/// The promise of segments: whatever happens, in whatever order, membership is the rule evaluated afresh.
#[test]
fn membership_kept_by_the_log_equals_the_rule_evaluated_afresh() {
    let runtime = runtime();
    for store in runtime.block_on(stores_at(|| at("2017-02-20T10:17:00Z"))) {
        let step = (any::<u8>(), 0..12_usize, 0..12_usize, any::<u64>());
        let steps = prop::collection::vec(step, 10..90);
        let config = Config {
            cases: 40,
            max_shrink_iters: 100,
            failure_persistence: None,
            ..Config::default()
        };
        let outcome = TestRunner::new(config).run(&steps, |steps| {
            runtime.block_on(async {
                let berlin = "Europe/Berlin".parse().unwrap();
                let mut world = World::new(store.workspace_in(berlin).await);
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
        let page = segments::members(&ctx, made.id, &listing).await.unwrap();
        assert_eq!((page.items, page.total), (vec![bern.clone()], Some(1)));
        let none = Listing { filter: Some(from(lives_in("Thun"))), ..listing.clone() };
        assert!(segments::members(&ctx, made.id, &none).await.unwrap().items.is_empty());

        let changed = change_rule(&ctx, made.id, json!({"not": lives_in("Bern")})).await.unwrap();
        assert_eq!((changed.member_count, changed.version), (1, 2));
        let renamed = json!({"name": "Others", "rule": changed.rule});
        let renamed = segments::update(&ctx, made.id, Expected::Version(2), from(renamed)).await;
        assert_eq!(renamed.unwrap().evaluated_at, changed.evaluated_at);

        segments::delete(&ctx, made.id, Expected::Any).await.unwrap();
        let gone = segments::members(&ctx, made.id, &listing).await;
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
        let preview = segments::preview(&ctx, &from(lives_in("Bern"))).await.unwrap();
        assert_eq!((preview.count, preview.sample.len()), (12, 10));
        let wrong = from(json!({"compare": {"field": "nope", "eq": 1}}));
        let wrong = segments::preview(&ctx, &wrong).await.unwrap_err();
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
        let order = json!({"customerId": who.id, "lines": lines(&mut Dice(1))});
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
            let new = json!({"customerId": who, "orderedOn": day, "lines": lines(&mut Dice(1))});
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
