use chrono::{DateTime, Utc};
use proptest::{prelude::*, sample::subsequence};
use rapport_entity::{
    Quantity,
    customers::customer,
    identity::{role::BuiltIn, workspace},
    sales::{price_book, price_book_entry, product},
    segmentation::segment,
};
use serde_json::{Value as Json, json};

use super::{Basis, PriceOrigin, ResolvedPrice, choice::Books, prices_for, resolve};
use crate::{
    customers::customers,
    kernel::{ActorData, Clock, Ctx, Permissions},
    readers,
    sales::{price_book_entries, price_books, product_costs, products},
    segmentation::segments,
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

fn eur(amount: &str) -> Json {
    json!({ "amount": amount, "currency": "EUR" })
}

async fn product(ctx: &Ctx, sku: &str, price: &str) -> product::Id {
    let new = json!({ "sku": sku, "name": sku, "price": eur(price) });
    products::create(ctx, from(new)).await.unwrap().product.id
}

async fn book(ctx: &Ctx, new: Json) -> price_book::Id {
    price_books::create(ctx, from(new)).await.unwrap().id
}

/// A price from so many on, in the currency of the book.
async fn tier(ctx: &Ctx, book: price_book::Id, of: product::Id, from_on: &str, price: Json) {
    let new = json!({ "priceBookId": book, "productId": of, "minimumQuantity": from_on, "unitPrice": price });
    price_book_entries::create(ctx, from(new)).await.unwrap();
}

async fn customer_in(ctx: &Ctx, city: &str) -> customer::Id {
    let new = json!({ "kind": "organization", "name": "Acme", "city": city });
    customers::create(ctx, from(new)).await.unwrap().id
}

async fn asked(ctx: &Ctx, request: Json) -> Vec<ResolvedPrice> {
    resolve(ctx, &from(request)).await.unwrap().lines
}

/// What one costs, and where that comes from.
async fn price(ctx: &Ctx, request: Json) -> (Option<String>, Option<PriceOrigin>) {
    let line = asked(ctx, request).await.remove(0);
    (line.unit_price.map(|price| price.amount.to_string()), line.origin)
}

fn is(amount: &str, origin: PriceOrigin) -> (Option<String>, Option<PriceOrigin>) {
    (Some(amount.to_owned()), Some(origin))
}

#[tokio::test]
async fn a_customers_book_comes_before_a_segments_and_that_before_everybodys() {
    for (store, ctx) in worlds().await {
        let pump = product(&ctx, "P", "100").await;
        let (acme, other) = (customer_in(&ctx, "Bern").await, customer_in(&ctx, "Thun").await);
        let rule = json!({ "compare": { "field": "city", "eq": "Bern" } });
        let bern = json!({ "name": "Bern", "rule": rule });
        let bern = segments::create(&ctx, from(bern)).await.unwrap().id;
        readers::catch_up(ctx.database(), ctx.actor().workspace).await.unwrap();
        let for_acme = json!({ "customerId": acme, "lines": [{ "productId": pump }] });
        let for_other = json!({ "customerId": other, "lines": [{ "productId": pump }] });
        let for_nobody = json!({ "lines": [{ "productId": pump }] });
        assert_eq!(price(&ctx, for_acme.clone()).await, is("100.00", PriceOrigin::ListPrice));

        let all = book(&ctx, json!({ "name": "All", "priority": 1000 })).await;
        tier(&ctx, all, pump, "1", eur("90")).await;
        assert_eq!(price(&ctx, for_acme.clone()).await, is("90.00", PriceOrigin::PriceBook));
        let gold = book(&ctx, json!({ "name": "Gold", "segmentId": bern, "priority": 7 })).await;
        tier(&ctx, gold, pump, "1", eur("95")).await;
        assert_eq!(price(&ctx, for_acme.clone()).await, is("95.00", PriceOrigin::SegmentPriceBook));
        let theirs = book(&ctx, json!({ "name": "Acme", "customerId": acme })).await;
        tier(&ctx, theirs, pump, "1", eur("99")).await;
        assert_eq!(price(&ctx, for_acme).await, is("99.00", PriceOrigin::CustomerPriceBook));
        assert_eq!(price(&ctx, for_other).await, is("90.00", PriceOrigin::PriceBook));
        assert_eq!(price(&ctx, for_nobody).await, is("90.00", PriceOrigin::PriceBook));
        store.close().await;
    }
}

#[tokio::test]
async fn a_book_holds_from_its_first_day_to_its_last_while_it_is_active() {
    for (store, ctx) in worlds().await {
        let pump = product(&ctx, "P", "100").await;
        let spring =
            json!({ "name": "Spring", "validFrom": "2026-03-01", "validTo": "2026-05-31" });
        let spring = book(&ctx, spring).await;
        tier(&ctx, spring, pump, "1", eur("80")).await;
        let on = |day: &str| json!({ "pricedOn": day, "lines": [{ "productId": pump }] });
        let (reduced, usual) =
            (is("80.00", PriceOrigin::PriceBook), is("100.00", PriceOrigin::ListPrice));
        for (day, expected) in [
            ("2026-02-28", &usual),
            ("2026-03-01", &reduced),
            ("2026-05-31", &reduced),
            ("2026-06-01", &usual),
        ] {
            assert_eq!(price(&ctx, on(day)).await, *expected, "{day}");
        }
        let off = from(json!({ "active": false }));
        price_books::update(&ctx, spring, Default::default(), off).await.unwrap();
        assert_eq!(price(&ctx, on("2026-04-01")).await, usual);
        store.close().await;
    }
}

#[tokio::test]
async fn a_price_is_of_the_quantity_and_of_the_currency() {
    for (store, ctx) in worlds().await {
        let pump = product(&ctx, "P", "100").await;
        let all = book(&ctx, json!({ "name": "All" })).await;
        for (from_on, amount) in [("10", "90"), ("100", "70"), ("99.5", "80")] {
            tier(&ctx, all, pump, from_on, eur(amount)).await;
        }
        let dollars = book(&ctx, json!({ "name": "Dollars", "currency": "USD" })).await;
        let price_in_dollars = json!({ "amount": "50", "currency": "USD" });
        tier(&ctx, dollars, pump, "2", price_in_dollars).await;
        let lines: Vec<Json> = ["9.999", "10", "99.499", "99.5", "100", "5000"]
            .iter()
            .map(|quantity| json!({ "productId": pump, "quantity": quantity }))
            .collect();
        let found = asked(&ctx, json!({ "lines": lines })).await;
        let amounts: Vec<String> =
            found.iter().map(|line| line.unit_price.as_ref().unwrap().amount.to_string()).collect();
        assert_eq!(amounts, ["100.00", "90.00", "90.00", "80.00", "70.00", "70.00"]);
        let (list, tenth) = (&found[0], &found[1]);
        assert_eq!(list.reason, "the product's own price");
        assert_eq!(tenth.reason, "the price book \"All\" for everybody, from 10 on");
        assert_eq!(tenth.list_price.as_ref().unwrap().amount.to_string(), "100.00");

        let one = json!({ "productId": pump });
        let two = json!({ "productId": pump, "quantity": "2" });
        let found = asked(&ctx, json!({ "currency": "USD", "lines": [one, two] })).await;
        assert_eq!((&found[0].unit_price, &found[0].list_price), (&None, &None));
        assert_eq!(found[0].reason, "there is no price in USD");
        assert_eq!(found[1].unit_price.as_ref().unwrap().amount.to_string(), "50.00");
        store.close().await;
    }
}

#[tokio::test]
async fn the_limit_of_a_discount_is_the_one_nearest_to_the_price() {
    for (store, ctx) in worlds().await {
        let pump = product(&ctx, "P", "100").await;
        let limit = async |ctx: &Ctx| {
            let line = asked(ctx, json!({ "lines": [{ "productId": pump }] })).await.remove(0);
            line.discount_limit.map(String::from)
        };
        assert_eq!(limit(&ctx).await, None);
        let patch = from(json!({ "discountLimit": "20", "taxRate": "7.7" }));
        products::update(&ctx, pump, Default::default(), patch).await.unwrap();
        let all = book(&ctx, json!({ "name": "All" })).await;
        let entry = json!({ "priceBookId": all, "productId": pump, "unitPrice": eur("1") });
        let entry = price_book_entries::create(&ctx, from(entry)).await.unwrap().id;
        assert_eq!(limit(&ctx).await.as_deref(), Some("20"));
        let patch = from(json!({ "discountLimit": "10" }));
        price_books::update(&ctx, all, Default::default(), patch).await.unwrap();
        assert_eq!(limit(&ctx).await.as_deref(), Some("10"));
        let patch = from(json!({ "discountLimit": "0" }));
        price_book_entries::update(&ctx, entry, Default::default(), patch).await.unwrap();
        assert_eq!(limit(&ctx).await.as_deref(), Some("0"));
        let line = asked(&ctx, json!({ "lines": [{ "productId": pump }] })).await.remove(0);
        assert_eq!(line.tax_rate.map(String::from).as_deref(), Some("7.7"));
        store.close().await;
    }
}

#[tokio::test]
async fn the_cost_is_the_one_of_the_day_for_whoever_may_know_it() {
    for (store, ctx) in worlds().await {
        let pump = product(&ctx, "P", "100").await;
        for (day, cost) in [("2026-01-01", "40"), ("2026-06-01", "45.5"), ("2027-01-01", "50")] {
            let new = json!({ "productId": pump, "cost": eur(cost), "validFrom": day });
            product_costs::create(&ctx, from(new)).await.unwrap();
        }
        let cost = async |ctx: &Ctx, day: &str| {
            let line = json!({ "productId": pump });
            let found = asked(ctx, json!({ "pricedOn": day, "lines": [line] })).await.remove(0);
            found.unit_cost.map(|cost| cost.amount.to_string())
        };
        assert_eq!(cost(&ctx, "2025-12-31").await, None);
        assert_eq!(cost(&ctx, "2026-05-31").await.as_deref(), Some("40.00"));
        assert_eq!(cost(&ctx, "2026-06-01").await.as_deref(), Some("45.50"));
        assert_eq!(cost(&ctx, "2030-01-01").await.as_deref(), Some("50.00"));
        for (role, may) in
            [(BuiltIn::Manager, true), (BuiltIn::Rep, false), (BuiltIn::Viewer, false)]
        {
            let permissions = Permissions::built_in(role);
            let actor = ActorData { permissions, ..(**ctx.actor()).clone() };
            let theirs = Ctx::new(ctx.database().clone(), actor.into());
            assert_eq!(cost(&theirs, "2026-11-22").await.is_some(), may, "{role:?}");
        }
        store.close().await;
    }
}

#[tokio::test]
async fn two_hundred_lines_take_as_many_queries_as_one() {
    for (store, ctx) in worlds().await {
        let acme = customer_in(&ctx, "Bern").await;
        let theirs = book(&ctx, json!({ "name": "Acme", "customerId": acme })).await;
        let mut lines = Vec::new();
        for n in 0..20 {
            let of = product(&ctx, &format!("P{n}"), "100").await;
            tier(&ctx, theirs, of, "1", eur("90")).await;
            lines.extend((1..=10).map(|m| json!({ "productId": of, "quantity": format!("{m}") })));
        }
        let queries = async |lines: &[Json]| {
            let before = ctx.database().checkouts();
            let request = json!({ "customerId": acme, "lines": lines });
            assert_eq!(asked(&ctx, request).await.len(), lines.len());
            ctx.database().checkouts() - before
        };
        // The customer, the products, the customer's segments, the books, their prices, the costs.
        assert_eq!((queries(&lines[..1]).await, queries(&lines).await), (6, 6));
        store.close().await;
    }
}

#[tokio::test]
async fn a_transaction_sees_the_prices_that_it_has_written() {
    for (store, ctx) in worlds().await {
        let pump = product(&ctx, "P", "100").await;
        let pump = products::get(&ctx, pump).await.unwrap().product.id;
        let row = crate::records::get::<product::Entity>(&ctx, pump).await.unwrap();
        let basis =
            Basis { customer: None, currency: from(json!("EUR")), day: from(json!("2026-11-22")) };
        let found = ctx
            .together(async |ctx| {
                let all = book(ctx, json!({ "name": "All" })).await;
                tier(ctx, all, pump, "1", eur("90")).await;
                ctx.tx(async |tx| prices_for(tx, &basis, &[(&row, Quantity::ONE)]).await).await
            })
            .await
            .unwrap();
        assert_eq!(found[0].origin, Some(PriceOrigin::PriceBook));
        store.close().await;
    }
}

/// A book of one of three audiences, with tiers of one product.
#[derive(Clone, Debug)]
struct Made {
    book: price_book::Model,
    tiers: Vec<price_book_entry::Model>,
}

fn made(pump: product::Id) -> impl Strategy<Value = Made> {
    let all: Vec<u32> = (1..=8).collect();
    (0..3_u8, 0..3_i64, prop::option::of(1..4_u8), subsequence(all, 0..=4)).prop_map(
        move |(audience, priority, valid_from, minimums)| {
            let now = DateTime::<Utc>::UNIX_EPOCH;
            let id = price_book::Id::new();
            let book = price_book::Model {
                id,
                workspace_id: workspace::Id::new(),
                name: from(json!("B")),
                sort_name: String::new(),
                description: None,
                currency: from(json!("EUR")),
                valid_from: valid_from.map(|day| from(json!(format!("2026-01-0{day}")))),
                valid_to: None,
                active: true,
                priority: priority.try_into().unwrap(),
                customer_id: (audience == 0).then(customer::Id::new),
                segment_id: (audience == 1).then(segment::Id::new),
                audience_id: price_book::EVERYBODY,
                discount_limit: None,
                version: 1,
                created_at: now,
                updated_at: now,
                deleted_at: None,
            };
            let tier = |minimum: u32| price_book_entry::Model {
                id: price_book_entry::Id::new(),
                workspace_id: book.workspace_id,
                price_book_id: id,
                product_id: pump,
                minimum_quantity: quantity(minimum),
                unit_price_minor: 100,
                currency: book.currency.clone(),
                discount_limit: None,
                version: 1,
                created_at: now,
                updated_at: now,
                deleted_at: None,
            };
            let tiers = minimums.into_iter().map(tier).collect();
            Made { book, tiers }
        },
    )
}

fn quantity(number: u32) -> Quantity {
    from(json!(number.to_string()))
}

fn chosen(made: &[Made], pump: product::Id, wanted: u32) -> Option<price_book_entry::Model> {
    let books = made.iter().map(|made| made.book.clone()).collect();
    let tiers = made.iter().flat_map(|made| made.tiers.clone());
    Books::new(books, tiers).price(pump, quantity(wanted)).map(|(_, tier)| tier.clone())
}

/// What comes first, written another way than in the code.
fn comes_first(a: &price_book::Model, b: &price_book::Model) -> bool {
    let rank = |of: &price_book::Model| match (of.customer_id, of.segment_id) {
        (Some(_), _) => 0,
        (_, Some(_)) => 1,
        _ => 2,
    };
    if rank(a) != rank(b) {
        return rank(a) < rank(b);
    }
    if a.priority != b.priority {
        return a.priority > b.priority;
    }
    match (a.valid_from, b.valid_from) {
        (Some(a), Some(b)) if a != b => a > b,
        (Some(_), None) => true,
        (None, Some(_)) => false,
        _ => a.id < b.id,
    }
}

proptest! {
    #[test]
    fn the_tier_is_the_greatest_that_fits_of_the_first_book_that_has_one(
        (made, shuffled, wanted) in (Just(()), 0..10_u32).prop_flat_map(|((), wanted)| {
            let pump = product::Id::from(uuid::Uuid::nil());
            (prop::collection::vec(made(pump), 0..6), Just(wanted)).prop_flat_map(|(made, wanted)| {
                (Just(made.clone()), Just(made).prop_shuffle(), Just(wanted))
            })
        })
    ) {
        let pump = product::Id::from(uuid::Uuid::nil());
        let found = chosen(&made, pump, wanted);
        prop_assert_eq!(&found, &chosen(&shuffled, pump, wanted));
        let fits = |made: &Made| {
            let fit = made.tiers.iter().map(|tier| tier.minimum_quantity);
            fit.filter(|minimum| *minimum <= quantity(wanted)).max()
        };
        let first = made.iter().filter(|made| fits(made).is_some()).reduce(|first, next| {
            if comes_first(&next.book, &first.book) { next } else { first }
        });
        prop_assert_eq!(
            found.map(|tier| (tier.price_book_id, tier.minimum_quantity)),
            first.and_then(|made| Some((made.book.id, fits(made)?)))
        );
    }
}
