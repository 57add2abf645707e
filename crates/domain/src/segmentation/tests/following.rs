//! The promise of segments: whatever happens, in whatever order, membership is the rule evaluated afresh, at every time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use rapport_entity::{
    customers::{contact, customer},
    log::event::{self},
    sales::{order, product},
    segmentation::{
        segment::{self, Kind},
        segment_listing::Listing as Listed,
        segment_member, segment_stay,
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::super::{kinds::effective, listings};
use crate::{
    customers::{contacts, customers},
    kernel::{
        Clock, Create, Ctx, Delete, Error, Expected, Read, Result, Update, catalogue, compile,
    },
    readers,
    sales::{orders::orders, products},
    testing::{from, stores_at},
};

/// Something that happens: what, and three numbers that say to what and how.
type Step = (u8, usize, usize, u64);

/// A workspace in which things happen.
pub struct World {
    pub ctx: Ctx,
    pub customers: Vec<customer::Id>,
    pub contacts: Vec<contact::Id>,
    pub products: Vec<product::Id>,
    pub orders: Vec<order::Id>,
    pub segments: Vec<segment::Id>,
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
    match dice.roll(9) {
        0..=2 => return moving_rule(dice),
        3 => return rule_on_lines(dice),
        _ => {}
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

const CATEGORIES: [&str; 2] = ["Tools", "Toys"];

/// A rule on what was bought, or on a part of everybody.
fn rule_on_lines(dice: &mut Dice) -> Json {
    let category = json!({"compare": {"field": "category", "eq": CATEGORIES[dice.roll(2)]}});
    let lines = |with: Json| {
        let mut with = with;
        with["name"] = json!("orderLines");
        json!({"relation": with})
    };
    match dice.roll(6) {
        0 => lines(json!({"filter": category})),
        1 => lines(json!({"distinct": {"field": "productId", "gte": dice.roll(3)}})),
        2 => lines(json!({"within": {"last": format!("P{}D", dice.roll(90))}, "filter": category})),
        3 => lines(json!({"avg": {"field": "amount", "gt": dice.roll(200)}})),
        4 => json!({"relation": {"name": "orders", "filter": {"relation":
            {"name": "lines", "filter": category, "sum": {"field": "quantity", "gte": dice.roll(3)}}}}}),
        _ => json!({"sample": {"seed": "s", "from": dice.roll(50), "to": 50 + dice.roll(50)}}),
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
    pub fn new(ctx: Ctx) -> Self {
        let (customers, contacts, products, orders, segments) = Default::default();
        Self { ctx, customers, contacts, products, orders, segments }
    }

    async fn happen(&mut self, (what, a, b, seed): Step) {
        let mut dice = Dice(seed ^ (a as u64) << 32);
        let outcome = match what % 23 {
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
            17 => self.create_product(&mut dice).await,
            18 => self.patch_product(&mut dice, a).await,
            19 | 20 => self.list(&mut dice, a, b).await,
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
            "lines": self.lines(dice),
        });
        let made = orders::create(&self.ctx, from(new)).await?;
        self.orders.push(made.order.id);
        Ok(())
    }

    async fn patch_order(&mut self, dice: &mut Dice, a: usize, b: usize) -> Result<()> {
        let Some(id) = self.orders.get(a) else { return Ok(()) };
        let patch = match (dice.roll(4), self.customers.get(b)) {
            (0, Some(customer)) => json!({"customerId": customer}),
            (1, _) => json!({"lines": self.lines(dice)}),
            (2, _) => json!({"status": (["draft", "cancelled"][dice.roll(2)])}),
            _ => json!({"orderedOn": format!("2017-{:02}-20", 1 + dice.roll(12))}),
        };
        orders::update(&self.ctx, *id, Expected::Any, from(patch)).await.map(|_| ())
    }

    async fn create_product(&mut self, dice: &mut Dice) -> Result<()> {
        let price = json!({"amount": "5", "currency": "EUR"});
        let new = json!({"sku": format!("P{}", self.products.len()), "name": "P", "price": price,
            "category": dice.one(&CATEGORIES)});
        self.products.push(products::create(&self.ctx, from(new)).await?.product.id);
        Ok(())
    }

    async fn patch_product(&mut self, dice: &mut Dice, a: usize) -> Result<()> {
        let Some(id) = self.products.get(a) else { return Ok(()) };
        let patch = json!({"category": CATEGORIES[dice.roll(2)]});
        products::update(&self.ctx, *id, Expected::Any, from(patch)).await.map(|_| ())
    }

    fn lines(&self, dice: &mut Dice) -> Json {
        let mut line = |_| {
            let amount = dice.roll(300).to_string();
            json!({"description": "L", "quantity": (1 + dice.roll(3)).to_string(),
                "productId": dice.one(&self.products),
                "unitPrice": {"amount": amount, "currency": "EUR"}})
        };
        (0..2).map(&mut line).collect()
    }

    /// Somebody is put into a segment by hand, kept out of it, or left to the rule.
    async fn list(&self, dice: &mut Dice, a: usize, b: usize) -> Result<()> {
        let (Some(segment), Some(customer)) = (self.segments.get(a), self.customers.get(b)) else {
            return Ok(());
        };
        let who = [*customer];
        let listed = match dice.roll(3) {
            0 => listings::list_only(&self.ctx, *segment, &who, Some(Listed::Included)).await,
            1 => listings::list_only(&self.ctx, *segment, &who, Some(Listed::Excluded)).await,
            _ => listings::list_only(&self.ctx, *segment, &who, None).await,
        };
        listed.map(|_| ())
    }

    /// Straight through the kernel, so that following is left to the steps that are it.
    async fn create_segment(&mut self, dice: &mut Dice) -> Result<()> {
        let kind = [Kind::Dynamic, Kind::Dynamic, Kind::Dynamic, Kind::Static, Kind::Snapshot]
            [dice.roll(5)];
        let row = segment::ActiveModel {
            name: Set(from(json!(format!("S{}", self.segments.len())))),
            rule: Set(from(rule(dice, 2, &self.segments))),
            kind: Set(kind),
            has_listings: Set(false),
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
            taken_at: if new.is_set() { Set(None) } else { NotSet },
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

    pub async fn follow(&self) -> Result<()> {
        let (database, workspace) = (self.ctx.database().clone(), self.ctx.actor().workspace);
        readers::catch_up(&database, workspace).await.map(|_| ())
    }

    /// Who is in each segment.
    pub async fn members(&self) -> BTreeMap<Uuid, BTreeSet<Uuid>> {
        let rows = self.ctx.rows().all(segment_member::Entity::find()).await.unwrap();
        let mut members: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
        for row in rows {
            members.entry(row.segment_id.uuid()).or_default().insert(row.customer_id.uuid());
        }
        members
    }

    /// Who has entered and not left, as the log tells it.
    pub async fn replayed(&self) -> BTreeMap<Uuid, BTreeSet<Uuid>> {
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

    /// Who was in each segment at a moment, as the log tells it, and as it is kept.
    async fn check_at(&self, events: &[event::Model], at: DateTime<Utc>) {
        let mut told: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
        for event in events.iter().filter(|event| event.at <= at) {
            let Some(customer) = event.customer_id.map(|id| id.uuid()) else { continue };
            let of = told.entry(event.subject_id).or_default();
            match event.name.as_str() {
                "segment.entered" => of.insert(customer),
                "segment.left" => of.remove(&customer),
                _ => false,
            };
        }
        told.retain(|_, of| !of.is_empty());
        let mut kept: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
        let now = segment_member::Entity::find().filter(segment_member::Column::EnteredAt.lte(at));
        for row in self.ctx.rows().all(now).await.unwrap() {
            let row: segment_member::Model = row;
            kept.entry(row.segment_id.uuid()).or_default().insert(row.customer_id.uuid());
        }
        let then = segment_stay::Entity::find()
            .filter(segment_stay::Column::EnteredAt.lte(at))
            .filter(segment_stay::Column::LeftAt.gt(at));
        for row in self.ctx.rows().all(then).await.unwrap() {
            let row: segment_stay::Model = row;
            let is_new =
                kept.entry(row.segment_id.uuid()).or_default().insert(row.customer_id.uuid());
            assert!(is_new, "{row:?} is a stay within another");
        }
        assert_eq!(kept, told, "at {at}");
    }

    pub async fn evaluated_afresh(&self, row: &segment::Model) -> BTreeSet<Uuid> {
        let of = catalogue::<customer::Entity>();
        let condition =
            compile(&effective(row), of, &of.table, self.ctx.filter_scope(), "").unwrap();
        let customers = self.ctx.can::<customer::Entity, Read>().unwrap();
        let found = customers.filtered(condition, 10_000).await.unwrap();
        found.into_iter().map(|row| row.id.uuid()).collect()
    }

    /// Membership is what the rules say, the log tells the same, and the numbers are right.
    pub async fn check(&self) {
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
        let events = events(&self.ctx).await;
        let moments: BTreeSet<DateTime<Utc>> = events.iter().map(|event| event.at).collect();
        for at in moments {
            self.check_at(&events, at).await;
            self.check_at(&events, at - TimeDelta::seconds(1)).await;
        }
    }
}

/// All that was committed, also what the log's readers are not shown yet while other tests' transactions are under way.
pub async fn events(ctx: &Ctx) -> Vec<event::Model> {
    let db = ctx.reader().await.unwrap();
    let here = event::Column::WorkspaceId.eq(ctx.actor().workspace);
    let all = event::Entity::find().filter(here).order_by_asc(event::Column::Seq).all(&db);
    all.await.unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

pub fn at(time: &str) -> Clock {
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
