//! What products are made of, what they cost us, and what they are sold at.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{Client, World, on_both_databases};

fn eur(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

fn at(path: &str, record: &Value) -> String {
    format!("{path}/{}", record["id"].as_str().expect("an id"))
}

async fn product(client: &Client, sku: &str, more: Value) -> Value {
    let mut new = json!({ "sku": sku, "name": sku, "price": eur("100") });
    let members = new.as_object_mut().expect("members");
    members.extend(more.as_object().expect("members").clone());
    client.post("/products", new).await.expect(201)
}

async fn bundle(client: &Client, sku: &str, of: &[&Value]) -> Value {
    product(client, sku, json!({ "kind": "bundle", "components": components(of) })).await
}

fn components(of: &[&Value]) -> Value {
    of.iter().map(|product| json!({ "productId": product["id"], "quantity": "1" })).collect()
}

async fn entry(client: &Client, book: &Value, product: &Value, from: &str, price: Value) -> Value {
    let new = json!({ "priceBookId": book["id"], "productId": product["id"], "minimumQuantity": from, "unitPrice": price });
    client.post("/price-book-entries", new).await.expect(201)
}

/// The same question over both APIs, which give the same answer.
async fn resolved(client: &Client, request: Value) -> Value {
    let rest = client.post("/prices/resolve", request.clone()).await.expect(200);
    let query = "query($input: PriceRequest!) { resolvePrices(input: $input) {
        customerId currency pricedOn lines {
            productId quantity unitPrice { amount currency } listPrice { amount currency } unitCost { amount currency }
            origin priceBookId priceBookEntryId minimumQuantity discountLimit taxRate reason
        } } }";
    let mut graphql =
        client.graphql(query, json!({ "input": request })).await["resolvePrices"].clone();
    for line in graphql["lines"].as_array_mut().expect("lines") {
        if let Some(origin) = line["origin"].as_str() {
            line["origin"] = origin.to_lowercase().into();
        }
    }
    assert_eq!(rest, graphql);
    rest
}

async fn imported(world: &World, client: &Client, file: &str) -> Value {
    let new =
        client.upload("/imports?kind=products", "text/csv", file.to_owned()).await.expect(201);
    world.work().await;
    client.get(&at("/imports", &new)).await.expect(200)
}

on_both_databases! {
    async fn a_price_is_told_with_where_it_comes_from_and_what_may_be_given_away(world) {
        let ada = world.ada().await;
        let pump = product(&ada, "PUMP", json!({ "taxRate": "8.1", "discountLimit": "20", "unit": "piece" })).await;
        assert_eq!((&pump["kind"], &pump["components"]), (&json!("goods"), &json!([])));
        let acme = json!({ "kind": "organization", "name": "Acme", "city": "Bern" });
        let acme = ada.post("/customers", acme).await.expect(201);
        let rule = json!({ "compare": { "field": "city", "eq": "Bern" } });
        let bern = ada.post("/segments", json!({ "name": "Bern", "rule": rule })).await.expect(201);
        world.catch_up().await;
        let book = json!({ "name": "Gold", "currency": "EUR", "segmentId": bern["id"], "discountLimit": "5", "validFrom": "2026-01-01" });
        let book = ada.post("/price-books", book).await.expect(201);
        entry(&ada, &book, &pump, "1", eur("95")).await;
        let ten = entry(&ada, &book, &pump, "10", eur("90")).await;
        let cost = json!({ "productId": pump["id"], "cost": eur("60"), "validFrom": "2026-01-01" });
        ada.post("/product-costs", cost).await.expect(201);
        let lines = json!([
            { "productId": pump["id"], "quantity": "12.5" },
            { "productId": pump["id"], "quantity": "0.5" },
        ]);
        let found = resolved(&ada, json!({ "customerId": acme["id"], "currency": "EUR", "lines": lines })).await;
        assert_eq!((&found["currency"], &found["pricedOn"]), (&json!("EUR"), &json!("2026-11-21")));
        assert_eq!(found["lines"][0], json!({
            "productId": pump["id"], "quantity": "12.5",
            "unitPrice": eur("90.00"), "listPrice": eur("100.00"), "unitCost": eur("60.00"),
            "origin": "segment_price_book", "priceBookId": book["id"], "priceBookEntryId": ten["id"], "minimumQuantity": "10",
            "discountLimit": "5", "taxRate": "8.1",
            "reason": "the price book \"Gold\" for a segment that the customer is in, from 10 on",
        }));
        let half = &found["lines"][1];
        assert_eq!((&half["origin"], &half["discountLimit"]), (&json!("list_price"), &json!("20")));
        let dollars = json!({ "currency": "USD", "lines": [{ "productId": pump["id"] }] });
        let none = resolved(&ada, dollars).await["lines"][0].clone();
        assert_eq!((&none["unitPrice"], &none["reason"]), (&Value::Null, &json!("there is no price in USD")));
    }

    async fn everything_wrong_with_a_question_is_named(world) {
        let ada = world.ada().await;
        let pump = product(&ada, "PUMP", json!({})).await;
        let gone = product(&ada, "GONE", json!({})).await;
        ada.delete(&at("/products", &gone)).await.expect(204);
        let lines = json!([{ "productId": pump["id"] }, { "productId": gone["id"] }]);
        let refused = ada.post("/prices/resolve", json!({ "customerId": gone["id"], "lines": lines })).await;
        assert_eq!(refused.status, 409);
        assert_eq!(refused.pointers(), ["/customerId", "/lines/1/productId"]);
        ada.post("/prices/resolve", json!({ "lines": [] })).await.expect(422);
        let many: Value = (0..201).map(|_| json!({ "productId": pump["id"] })).collect();
        ada.post("/prices/resolve", json!({ "lines": many })).await.expect(422);
    }

    async fn what_products_cost_is_hidden_from_those_who_sell(world) {
        let ada = world.ada().await;
        let pump = product(&ada, "PUMP", json!({})).await;
        let cost = json!({ "productId": pump["id"], "cost": eur("60"), "validFrom": "2026-01-01" });
        let cost = ada.post("/product-costs", cost.clone()).await.expect(201);
        ada.post("/product-costs", json!({ "productId": pump["id"], "cost": eur("61"), "validFrom": "2026-01-01" })).await.expect(409);
        let request = json!({ "currency": "EUR", "lines": [{ "productId": pump["id"] }] });
        for (role, reads, sets_prices) in [
            ("manager", true, true), ("integration", true, true), ("rep", false, false), ("agent", false, false),
            ("marketer", false, false), ("viewer", false, false),
        ] {
            let (client, _) = world.join(role, role).await;
            let told = resolved(&client, request.clone()).await["lines"][0]["unitCost"].clone();
            assert_eq!(told, if reads { eur("60.00") } else { Value::Null }, "{role}");
            let status = if reads { 200 } else { 403 };
            client.get("/product-costs").await.expect(status);
            client.get(&at("/product-costs", &cost)).await.expect(status);
            let query = "query($id: UUID!) { productCost(id: $id) { cost { amount } product { sku } } }";
            let codes = client.graphql_codes(query, json!({ "id": cost["id"] })).await;
            assert_eq!(codes.is_empty(), reads, "{role}: {codes:?}");
            let new = json!({ "name": format!("By {role}"), "currency": "EUR" });
            client.post("/price-books", new).await.expect(if sets_prices { 201 } else { 403 });
            client.get("/price-books").await.expect(200);
        }
        // What the feed tells of costs it tells those who may read them.
        let (rep, _) = world.join("rep2", "rep").await;
        ada.events("types=rapport.product_cost.*", 1).await;
        let told = rep.get("/events?types=rapport.product_cost.*").await.expect(200);
        assert_eq!(told["items"], json!([]));
    }

    async fn a_bundle_has_components_and_never_itself(world) {
        let ada = world.ada().await;
        let (pump, hose) = (product(&ada, "PUMP", json!({})).await, product(&ada, "HOSE", json!({})).await);
        let set = json!([{ "productId": hose["id"], "quantity": "2.5" }, { "productId": pump["id"], "quantity": "1" }]);
        let set = product(&ada, "SET", json!({ "kind": "bundle", "components": set })).await;
        let path = at("/products", &set);
        let query = "query($id: UUID!) { product(id: $id) { kind components { quantity product { sku } } } }";
        let told = ada.graphql(query, json!({ "id": set["id"] })).await["product"].clone();
        assert_eq!(told, json!({ "kind": "BUNDLE", "components": [
            { "quantity": "2.5", "product": { "sku": "HOSE" } }, { "quantity": "1", "product": { "sku": "PUMP" } },
        ] }));
        let listed = ada.get("/products?kind=bundle").await.expect(200);
        assert_eq!(listed["items"], json!([set]));

        let big = bundle(&ada, "BIG", &[&set]).await;
        let circle = ada.patch(&path, json!({ "components": components(&[&pump, &big, &set, &pump, &json!({ "id": ada_id(&ada).await })]) })).await;
        assert_eq!(circle.status, 409);
        let pointers = [1, 2, 3, 4].map(|n| format!("/components/{n}/productId"));
        assert_eq!(circle.pointers(), pointers);
        let none = json!({ "components": [{ "productId": pump["id"], "quantity": "0" }] });
        assert_eq!(ada.patch(&path, none).await.pointers(), ["/components/0/quantity"]);
        let other = ada.patch(&path, json!({ "kind": "goods" })).await;
        assert_eq!((other.status.as_u16(), other.pointers()), (409, vec!["/kind".to_owned()]));
        let of_goods = ada.patch(&at("/products", &pump), json!({ "components": components(&[&hose]) })).await;
        assert_eq!(of_goods.pointers(), ["/components"]);

        let changed = ada.patch(&path, json!({ "components": components(&[&pump]) })).await.expect(200);
        assert_eq!((&changed["version"], &changed["components"]), (&json!(2), &components(&[&pump])));
        ada.patch(&path, json!({ "components": components(&[&pump]) })).await.expect(200);
        let told = ada.events("types=rapport.product.updated.v1", 1).await;
        assert_eq!(told["items"].as_array().map(Vec::len), Some(1), "{told}");
        assert_eq!(told["items"][0]["data"]["after"], json!({ "components": components(&[&pump]) }));
        // A product that is no longer sold stays where it is, and comes into no other bundle.
        ada.delete(&at("/products", &pump)).await.expect(204);
        ada.patch(&path, json!({ "name": "Set", "components": components(&[&pump, &hose]) })).await.expect(200);
        let refused = ada.patch(&at("/products", &big), json!({ "components": components(&[&pump]) })).await;
        assert_eq!(refused.pointers(), ["/components/0/productId"]);
        let freed = json!({ "kind": "service", "components": [] });
        assert_eq!(ada.patch(&path, freed).await.expect(200)["kind"], "service");
    }

    async fn bundles_of_bundles_are_at_most_five_levels_deep(world) {
        let ada = world.ada().await;
        let mut levels = vec![product(&ada, "L0", json!({})).await];
        for n in 1..=5 {
            levels.push(bundle(&ada, &format!("L{n}"), &[&levels[n - 1]]).await);
        }
        let sixth = json!({ "sku": "L6", "name": "L6", "price": eur("1"), "kind": "bundle", "components": components(&[&levels[5]]) });
        let refused = ada.post("/products", sixth).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (409, vec!["/components".to_owned()]));
        // Below as well as above.
        let inner = bundle(&ada, "INNER", &[&levels[0]]).await;
        let refused = ada.patch(&at("/products", &levels[1]), json!({ "components": components(&[&inner]) })).await;
        assert_eq!(refused.pointers(), ["/components"]);
    }

    async fn a_price_book_is_for_one_of_them_and_its_prices_in_its_currency(world) {
        let ada = world.ada().await;
        let pump = product(&ada, "PUMP", json!({})).await;
        let acme = ada.post("/customers", json!({ "kind": "organization", "name": "Acme" })).await.expect(201);
        let vip = ada.post("/segments", json!({ "name": "VIP", "kind": "static" })).await.expect(201);
        let both = json!({ "name": "Both", "customerId": acme["id"], "segmentId": vip["id"], "validFrom": "2026-02-01", "validTo": "2026-01-31" });
        let refused = ada.post("/price-books", both).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (409, vec!["/validTo".to_owned(), "/segmentId".to_owned()]));
        let book = json!({ "name": "Acme", "customerId": acme["id"], "currency": "EUR" });
        let book = ada.post("/price-books", book).await.expect(201);
        ada.post("/price-books", json!({ "name": "Acme" })).await.expect(409);
        let path = at("/price-books", &book);
        assert_eq!(ada.patch(&path, json!({ "segmentId": vip["id"] })).await.pointers(), ["/segmentId"]);
        ada.patch(&path, json!({ "currency": "USD" })).await.expect(422);
        let dollars = json!({ "amount": "1", "currency": "USD" });
        let wrong = json!({ "priceBookId": book["id"], "productId": acme["id"], "unitPrice": dollars, "minimumQuantity": "0" });
        let refused = ada.post("/price-book-entries", wrong).await;
        assert_eq!(refused.pointers(), ["/minimumQuantity", "/productId", "/unitPrice"]);
        let ten = entry(&ada, &book, &pump, "10", eur("90")).await;
        let again = json!({ "priceBookId": book["id"], "productId": pump["id"], "minimumQuantity": "10.000", "unitPrice": eur("1") });
        let refused = ada.post("/price-book-entries", again.clone()).await;
        assert_eq!(refused.json()["detail"], "the price book has a price for so many of this product already");
        // Deleted prices make room, and hold no more.
        ada.delete(&at("/price-book-entries", &ten)).await.expect(204);
        ada.post("/price-book-entries", again).await.expect(201);
        ada.post(&format!("{}/restore", at("/price-book-entries", &ten)), json!({})).await.expect(409);
        let ask = json!({ "customerId": acme["id"], "currency": "EUR", "lines": [{ "productId": pump["id"], "quantity": "10" }] });
        assert_eq!(resolved(&ada, ask.clone()).await["lines"][0]["unitPrice"], eur("1.00"));
        ada.delete(&path).await.expect(204);
        assert_eq!(resolved(&ada, ask).await["lines"][0]["origin"], "list_price");
    }

    async fn prices_are_written_in_batches_and_found_by_what_they_are(world) {
        let ada = world.ada().await;
        let pump = product(&ada, "PUMP", json!({ "taxRate": "8.1" })).await;
        product(&ada, "BOOK", json!({ "taxRate": "2.6" })).await;
        product(&ada, "FREE", json!({})).await;
        let book = ada.post("/price-books", json!({ "name": "All", "currency": "EUR" })).await.expect(201);
        ada.post("/price-books", json!({ "name": "Dollars", "currency": "USD" })).await.expect(201);
        let operations: Value = ["1", "2.5", "10", "100"].iter().map(|from| json!({ "create": {
            "priceBookId": book["id"], "productId": pump["id"], "minimumQuantity": from, "unitPrice": eur("9"),
        } })).collect();
        let batch = json!({ "atomic": true, "operations": operations });
        let done = ada.post("/price-book-entries/batch", batch.clone()).await.expect(200);
        assert_eq!(done["results"].as_array().map(Vec::len), Some(4));
        let refused = ada.post("/price-book-entries/batch", batch).await;
        assert_eq!((refused.status.as_u16(), refused.pointers().len()), (409, 4));

        let found = async |query: &str| -> Vec<String> {
            let page = ada.get(&format!("/price-book-entries{query}")).await.expect(200);
            let items = page["items"].as_array().expect("items").iter();
            items.map(|item| item["minimumQuantity"].as_str().expect("a text").to_owned()).collect()
        };
        assert_eq!(found("?sort=-minimumQuantity").await, ["100", "10", "2.5", "1"]);
        assert_eq!(found("?minimumQuantity=2.5").await, ["2.5"]);
        let rule = |rule: Value| format!("?sort=minimumQuantity&filter={rule}");
        let few = json!({ "compare": { "field": "minimumQuantity", "gt": "1", "lte": 10 } });
        assert_eq!(found(&rule(few)).await, ["2.5", "10"]);
        let dollars = json!({ "compare": { "field": "currency", "eq": "USD" } });
        let of_dollars = json!({ "relation": { "name": "priceBook", "filter": dollars } });
        assert_eq!(found(&rule(of_dollars)).await, Vec::<String>::new());
        let taxed = json!({ "compare": { "field": "taxRate", "gte": "8" } });
        let of_taxed = json!({ "relation": { "name": "product", "filter": taxed } });
        assert_eq!(found(&rule(of_taxed)).await.len(), 4);
        let page = ada.get("/price-book-entries?sort=minimumQuantity&limit=2").await.expect(200);
        let next = page["nextCursor"].as_str().expect("a cursor");
        assert_eq!(found(&format!("?sort=minimumQuantity&limit=2&cursor={next}")).await, ["10", "100"]);
        let books = ada.get("/price-books?currency=USD").await.expect(200);
        assert_eq!(books["items"][0]["name"], "Dollars");
        let average = json!({ "relation": { "name": "entries", "avg": { "field": "minimumQuantity", "gte": "28.375" },
            "sum": { "field": "minimumQuantity", "eq": "113.5" } } });
        let books = ada.get(&format!("/price-books?filter={average}")).await.expect(200);
        assert_eq!(books["items"][0]["name"], "All");
        for wrong in [json!("1.2345"), json!(1.5), json!("x"), json!(true)] {
            let rule = json!({ "compare": { "field": "taxRate", "eq": wrong } });
            ada.get(&format!("/products?filter={rule}")).await.expect(422);
        }
    }

    async fn files_of_products_have_the_new_columns_and_can_be_undone(world) {
        let ada = world.ada().await;
        let pump = product(&ada, "PUMP", json!({ "taxRate": "8.1", "unit": "piece" })).await;
        let set = bundle(&ada, "SET", &[&pump]).await;
        // What is undone must have been done after.
        world.advance(TimeDelta::seconds(1));
        let file = "sku,name,kind,price,currency,unit,taxRate,discountLimit\n\
            PUMP,Pump,service,120,EUR,hour,2.6,\n\
            CARE,Care,Service,50,EUR,,100,12.5\n\
            SET,Set,goods,1,EUR,,,\n\
            BAD,Bad,thing,1,EUR,,101,\n";
        let done = imported(&world, &ada, file).await;
        assert_eq!((&done["imported"], &done["updated"], &done["failed"]), (&json!(1), &json!(1), &json!(2)), "{done}");
        let care = ada.get("/products?sku=CARE").await.expect(200)["items"][0].clone();
        assert_eq!(
            [&care["kind"], &care["unit"], &care["taxRate"], &care["discountLimit"]],
            [&json!("service"), &Value::Null, &json!("100"), &json!("12.5")]
        );
        let changed = ada.get(&at("/products", &pump)).await.expect(200);
        assert_eq!([&changed["kind"], &changed["unit"], &changed["taxRate"]], ["service", "hour", "2.6"]);
        assert_eq!(ada.get(&at("/products", &set)).await.expect(200), set);
        let errors = ada.get(&format!("{}/errors", at("/imports", &done))).await;
        for reason in ["must stay bundle: the product has components", "must be goods, service, bundle"] {
            assert!(errors.text.contains(reason), "{}", errors.text);
        }
        ada.post(&format!("{}/undo", at("/imports", &done)), json!({})).await.expect(200);
        world.work().await;
        let back = ada.get(&at("/products", &pump)).await.expect(200);
        assert_eq!([&back["kind"], &back["unit"], &back["taxRate"], &back["name"]], ["goods", "piece", "8.1", "PUMP"]);
        let care = ada.get("/products?sku=CARE").await.expect(200);
        assert_eq!(care["items"], json!([]));
    }

    async fn a_patch_of_a_product_reaches_its_own_fields_and_tags(world) {
        let ada = world.ada().await;
        let field = json!({ "resource": "product", "key": "colour", "label": "Colour", "kind": "text" });
        ada.post("/custom-fields", field).await.expect(201);
        let pump = product(&ada, "PUMP", json!({ "custom": { "colour": "red" }, "tags": ["new"] })).await;
        let patch = json!({ "custom": { "colour": "blue" }, "tags": ["old"] });
        let changed = ada.patch(&at("/products", &pump), patch).await.expect(200);
        assert_eq!((&changed["custom"]["colour"], &changed["tags"]), (&json!("blue"), &json!(["old"])));
    }
}

/// The id of somebody, which is no product's.
async fn ada_id(client: &Client) -> Value {
    client.get("/me").await.expect(200)["user"]["id"].clone()
}
