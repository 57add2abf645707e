//! What becomes of orders: deliveries and returns, payments and refunds, and what they keep an order from.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, on_both_databases};

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

fn usd(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

async fn customer(client: &Client) -> Value {
    let new = json!({ "kind": "organization", "name": "Acme" });
    client.post("/customers", new).await.expect(201)
}

/// Five machines at 100 and one installation at 50, all with a tax of 10 %: 605 together.
fn order_of(customer: &Value) -> Value {
    json!({ "customerId": customer["id"], "lines": [
        { "description": "Machine", "quantity": "5", "unitPrice": usd("100.00"), "taxRate": "10" },
        { "description": "Installation", "unitPrice": usd("50.00"), "taxRate": "10" },
    ] })
}

async fn order(client: &Client) -> Value {
    let new = order_of(&customer(client).await);
    client.post("/orders", new).await.expect(201)
}

async fn deliver(client: &Client, order: &Value, more: Value) -> Answer {
    let mut new = more;
    new["orderId"] = order["id"].clone();
    client.post("/deliveries", new).await
}

async fn pay(client: &Client, order: &Value, amount: &str, more: Value) -> Answer {
    let mut new = more;
    new["orderId"] = order["id"].clone();
    new["amount"] = usd(amount);
    client.post("/payments", new).await
}

async fn stands(client: &Client, order: &Value) -> (String, String, String, Value) {
    let row = client.get(&at("/orders/{id}", order)).await.expect(200);
    let text = |name: &str| row[name].as_str().expect(name).to_owned();
    (text("status"), text("deliveryStatus"), text("paymentStatus"), row["paid"]["amount"].clone())
}

fn details(answer: &Answer) -> Vec<String> {
    let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().filter_map(|error| Some(error["detail"].as_str()?.to_owned())).collect()
}

fn refused(answer: &Answer, pointers: &[&str]) {
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert_eq!(answer.pointers(), pointers, "{}", answer.text);
}

on_both_databases! {
    async fn an_order_follows_its_deliveries_and_returns(world) {
        let ada = world.ada().await;
        let order = order(&ada).await;
        assert_eq!((&order["deliveryStatus"], &order["next"]), (&json!("none"), &json!(["draft", "completed", "cancelled"])));
        let two = deliver(&ada, &order, json!({ "lines": [{ "line": 1, "quantity": "2" }], "carrier": "DHL" })).await.expect(201);
        assert_eq!((&two["number"], &two["status"], &two["next"]), (&json!("D-1"), &json!("planned"), &json!(["shipped", "delivered", "cancelled"])));
        assert_eq!(stands(&ada, &order).await.1, "planned");
        let much = deliver(&ada, &order, json!({ "lines": [{ "line": 1, "quantity": "4" }, { "line": 3 }, { "line": 2 }] })).await;
        refused(&much, &["/lines/0/quantity", "/lines/1/line"]);
        assert_eq!(details(&much)[0], "is more than the 3 left to be delivered");

        let shipped = ada.patch(&at("/deliveries/{id}", &two), json!({ "status": "shipped" })).await.expect(200);
        assert_ne!(shipped["shippedAt"], Value::Null);
        assert_eq!(stands(&ada, &order).await.1, "shipped");
        let late = ada.patch(&at("/deliveries/{id}", &two), json!({ "lines": [{ "line": 1 }] })).await;
        refused(&late, &["/lines"]);
        ada.patch(&at("/deliveries/{id}", &two), json!({ "status": "delivered" })).await.expect(200);
        assert_eq!(stands(&ada, &order).await, ("placed".into(), "partial".into(), "none".into(), json!("0.00")));
        let back = ada.patch(&at("/deliveries/{id}", &two), json!({ "status": "planned" })).await;
        refused(&back, &["/status"]);
        assert_eq!(details(&back)[0], "the delivery is delivered and cannot become planned; it may become: nothing else");

        // The rest, named by nobody; the order is completed with it.
        let rest = deliver(&ada, &order, json!({ "status": "delivered" })).await.expect(201);
        assert_eq!(rest["lines"], json!([{ "line": 1, "quantity": "3" }, { "line": 2, "quantity": "1" }]));
        assert_eq!(stands(&ada, &order).await.0, "completed");
        assert_eq!(stands(&ada, &order).await.1, "delivered");
        refused(&deliver(&ada, &order, json!({})).await, &["/lines"]);

        // One comes back, and is delivered once more; then everything comes back.
        let one = json!({ "kind": "return", "lines": [{ "line": 1, "quantity": "1" }], "reason": "Broken" });
        let one = deliver(&ada, &order, one).await.expect(201);
        assert_eq!(one["number"], "R-1");
        let more = json!({ "kind": "return", "lines": [{ "line": 1, "quantity": "5" }] });
        refused(&deliver(&ada, &order, more).await, &["/lines/0/quantity"]);
        assert_eq!(stands(&ada, &order).await.1, "delivered");
        ada.patch(&at("/deliveries/{id}", &one), json!({ "status": "delivered" })).await.expect(200);
        assert_eq!(stands(&ada, &order).await.1, "partial");
        let again = deliver(&ada, &order, json!({ "status": "delivered" })).await.expect(201);
        assert_eq!(again["lines"], json!([{ "line": 1, "quantity": "1" }]));
        deliver(&ada, &order, json!({ "kind": "return", "status": "delivered" })).await.expect(201);
        assert_eq!(stands(&ada, &order).await.1, "returned");
        let query = "query($id: UUID!) { order(id: $id) { deliveryStatus deliveries { kind status lines { line quantity } } } }";
        let told = ada.graphql(query, json!({ "id": order["id"] })).await;
        assert_eq!(told["order"]["deliveryStatus"], "RETURNED");
        assert_eq!(told["order"]["deliveries"].as_array().map(Vec::len), Some(5));
        let events = ada.events("types=rapport.delivery.delivered.v1", 2).await;
        assert_eq!(events["items"][0]["subject"], two["id"]);
    }

    async fn money_is_paid_and_paid_back_and_never_more_than_there_is(world) {
        let ada = world.ada().await;
        let order = order(&ada).await;
        let first = pay(&ada, &order, "200.00", json!({ "method": "card" })).await.expect(201);
        assert_eq!(stands(&ada, &order).await, ("placed".into(), "none".into(), "pending".into(), json!("0.00")));
        let failed = json!({ "status": "failed", "note": "Card declined" });
        ada.patch(&at("/payments/{id}", &first), failed).await.expect(200);
        let settled = ada.patch(&at("/payments/{id}", &first), json!({ "status": "settled" })).await.expect(200);
        assert_ne!(settled["settledAt"], Value::Null);
        assert_eq!(stands(&ada, &order).await.2, "partial");
        refused(&ada.patch(&at("/payments/{id}", &first), json!({ "amount": usd("1.00"), "status": "failed" })).await, &["/status", "/amount"]);
        pay(&ada, &order, "405.00", json!({ "status": "settled" })).await.expect(201);
        assert_eq!(stands(&ada, &order).await, ("placed".into(), "none".into(), "paid".into(), json!("605.00")));

        let much = pay(&ada, &order, "605.01", json!({ "kind": "refund" })).await;
        refused(&much, &["/amount"]);
        assert_eq!(details(&much)[0], "is more than the 605.00 USD that can be paid back");
        let half = pay(&ada, &order, "600.00", json!({ "kind": "refund" })).await.expect(201);
        refused(&pay(&ada, &order, "5.01", json!({ "kind": "refund" })).await, &["/amount"]);
        ada.patch(&at("/payments/{id}", &half), json!({ "status": "settled" })).await.expect(200);
        assert_eq!(stands(&ada, &order).await.2, "partial");
        pay(&ada, &order, "5.00", json!({ "kind": "refund", "status": "settled" })).await.expect(201);
        assert_eq!(stands(&ada, &order).await, ("placed".into(), "none".into(), "refunded".into(), json!("0.00")));
        let wrong = json!({ "orderId": order["id"], "amount": { "amount": "1", "currency": "EUR" } });
        refused(&ada.post("/payments", wrong).await, &["/amount/currency"]);
        let nothing = pay(&ada, &order, "0.00", json!({})).await;
        assert_eq!((nothing.status.as_u16(), nothing.pointers()), (422, vec!["/amount/amount".to_owned()]));
    }

    async fn what_is_delivered_or_paid_keeps_an_order_from_being_called_off(world) {
        let ada = world.ada().await;
        let order = order(&ada).await;
        let path = at("/orders/{id}", &order);
        let sent = deliver(&ada, &order, json!({ "lines": [{ "line": 1, "quantity": "2" }], "status": "shipped" })).await.expect(201);
        let planned = deliver(&ada, &order, json!({ "lines": [{ "line": 2 }] })).await.expect(201);
        let paid = pay(&ada, &order, "10.00", json!({ "status": "settled" })).await.expect(201);
        let open = pay(&ada, &order, "20.00", json!({})).await.expect(201);
        let off = json!({ "status": "cancelled", "customerId": customer(&ada).await["id"] });
        refused(&ada.patch(&path, off).await, &["/customerId", "/status", "/status"]);
        let lines = json!({ "lines": [
            { "description": "Machine", "quantity": "1", "unitPrice": usd("100.00") },
            { "description": "Something else", "unitPrice": usd("50.00") },
        ] });
        let less = ada.patch(&path, lines).await;
        refused(&less, &["/lines/0/quantity", "/lines/1"]);
        assert_eq!(details(&less)[0], "must be at least 2: so many are in deliveries");
        assert_eq!(ada.delete(&path).await.status, 409);

        // More can be ordered, and what is owed follows.
        let lines = json!({ "lines": [
            { "description": "Machine", "quantity": "2", "unitPrice": usd("5.00") },
            { "description": "Installation", "unitPrice": usd("0.00") },
        ] });
        let changed = ada.patch(&path, lines).await.expect(200);
        assert_eq!((&changed["paymentStatus"], &changed["total"]), (&json!("paid"), &usd("10.00")));

        let change = async |kind: &str, of: &Value, to: &str| {
            ada.patch(&format!("/{kind}/{}", of["id"].as_str().expect("an id")), json!({ "status": to })).await.expect(200)
        };
        change("deliveries", &sent, "cancelled").await;
        pay(&ada, &order, "10.00", json!({ "kind": "refund", "status": "settled" })).await.expect(201);
        let off = ada.patch(&path, json!({ "status": "cancelled" })).await.expect(200);
        assert_eq!((&off["status"], &off["next"], &off["deliveryStatus"]), (&json!("cancelled"), &json!(["draft"]), &json!("none")));
        // What was planned and expected is called off with it; what happened stays.
        for (path, record, status) in [("/deliveries/{id}", &planned, "cancelled"), ("/payments/{id}", &open, "cancelled"), ("/payments/{id}", &paid, "settled")] {
            assert_eq!(ada.get(&at(path, record)).await.expect(200)["status"], status);
        }
        refused(&deliver(&ada, &order, json!({})).await, &["/orderId"]);
        refused(&pay(&ada, &order, "1.00", json!({})).await, &["/orderId"]);
        let jump = ada.patch(&path, json!({ "status": "completed" })).await;
        assert_eq!(details(&jump), ["the order is cancelled and cannot become completed; it may become: draft"]);
        ada.patch(&path, json!({ "status": "draft" })).await.expect(200);
        refused(&deliver(&ada, &order, json!({})).await, &["/orderId"]);
    }

    async fn an_erp_writes_by_its_own_ids_as_often_as_it_likes(world) {
        let ada = world.ada().await;
        let org = json!({ "kind": "organization", "name": "Acme" });
        let org = ada.put("/customers/by-external/erp/C-1", org).await.expect(201);
        let order = ada.put("/orders/by-external/erp/4711", order_of(&org)).await.expect(201);
        assert_eq!((&order["source"], &order["externalId"]), (&json!("erp"), &json!("4711")));
        let same = ada.put("/orders/by-external/erp/4711", order_of(&org)).await.expect(200);
        assert_eq!((&same["id"], &same["version"]), (&order["id"], &json!(1)));
        let path = "/deliveries/by-external/erp/L-1";
        let note = json!({ "orderId": order["id"], "status": "shipped", "lines": [{ "line": 1, "quantity": "5" }] });
        let puts = join_all((0..6).map(|_| ada.put(path, note.clone()))).await;
        let made = puts.iter().filter(|answer| answer.status == 201).count();
        assert_eq!((made, puts.iter().filter(|answer| answer.status == 200).count()), (1, 5));
        let arrived = json!({ "orderId": order["id"], "status": "delivered" });
        let arrived = ada.put(path, arrived).await.expect(200);
        assert_eq!((&arrived["status"], &arrived["lines"][0]["quantity"]), (&json!("delivered"), &json!("5")));
        let mutation = "mutation($input: UpsertPayment!) { upsertPayment(input: $input) { status amount { amount } order { paymentStatus paid { amount } } } }";
        let input = json!({ "source": "erp", "externalId": "Z-1", "payment": { "orderId": order["id"], "amount": usd("605.00"), "status": "SETTLED" } });
        for _ in 0..2 {
            let paid = ada.graphql(mutation, json!({ "input": input })).await;
            assert_eq!(paid["upsertPayment"]["order"], json!({ "paymentStatus": "PAID", "paid": { "amount": "605.00" } }));
        }
        let other = ada.put(path, json!({ "orderId": order["id"], "kind": "return" })).await;
        refused(&other, &["/kind"]);
        let found = ada.get("/deliveries?externalId=L-1").await.expect(200);
        assert_eq!(found["items"][0]["id"], arrived["id"]);
        let file = "externalId,customerExternalId,orderedOn,currency,description,quantity,unitPrice,status\n4711,C-1,2026-11-01,USD,Machine,1,100.00,cancelled\n";
        let import = ada.upload("/imports?kind=orders&source=erp", "text/csv", file).await.expect(201);
        world.work().await;
        let wrong = ada.get(&at("/imports/{id}/errors", &import)).await.text;
        for field in ["lines.0", "goods are with the customer", "pay that back first"] {
            assert!(wrong.contains(field), "{field}: {wrong}");
        }
        assert_eq!(stands(&ada, &order).await.0, "placed");
    }

    async fn five_at_once_do_not_deliver_or_pay_back_more_than_there_is(world) {
        let ada = world.ada().await;
        let order = order(&ada).await;
        pay(&ada, &order, "100.00", json!({ "status": "settled" })).await.expect(201);
        let part = json!({ "lines": [{ "line": 1, "quantity": "2" }], "status": "shipped" });
        let sent = join_all((0..5).map(|_| deliver(&ada, &order, part.clone()))).await;
        assert_eq!(sent.iter().filter(|answer| answer.status == 201).count(), 2);
        let back = json!({ "kind": "refund", "status": "settled" });
        let back = join_all((0..5).map(|_| pay(&ada, &order, "30.00", back.clone()))).await;
        assert_eq!(back.iter().filter(|answer| answer.status == 201).count(), 3);
        assert_eq!(stands(&ada, &order).await.3, json!("10.00"));
        let id = json!("01a3dab3-0000-7000-8000-00000000000d");
        let once = json!({ "id": id, "lines": [{ "line": 2 }] });
        let repeated = join_all((0..3).map(|_| deliver(&ada, &order, once.clone()))).await;
        assert!(repeated.iter().all(|answer| answer.status == 201 && answer.json()["id"] == id));
    }

    async fn sellers_deliver_to_their_own_customers_and_money_is_others_work(world) {
        let ada = world.ada().await;
        let (rep, _) = world.join("rep", "rep").await;
        let (service, _) = world.join("service", "agent").await;
        let (theirs, others) = (order(&rep).await, order(&ada).await);
        let made = deliver(&rep, &theirs, json!({ "status": "delivered" })).await.expect(201);
        assert_eq!(deliver(&rep, &others, json!({})).await.status, 403);
        assert_eq!(pay(&rep, &theirs, "1.00", json!({})).await.status, 403);
        let back = json!({ "kind": "return", "lines": [{ "line": 2 }] });
        deliver(&service, &theirs, back).await.expect(201);
        assert_eq!(pay(&service, &theirs, "1.00", json!({})).await.status, 403);
        pay(&ada, &theirs, "1.00", json!({})).await.expect(201);
        // The order is completed although a seller may not write down what is paid: it follows by itself.
        assert_eq!(stands(&rep, &theirs).await.0, "completed");
        let rita = world.rita().await;
        assert_eq!(rita.get(&at("/deliveries/{id}", &made)).await.status, 404);
        assert_eq!(deliver(&rita, &theirs, json!({})).await.pointers(), ["/orderId"]);
        let returned = json!({ "relation": { "name": "deliveries", "filter": { "compare": { "field": "kind", "eq": "return" } } } });
        let found = ada.post("/customers/search", json!({ "filter": returned })).await.expect(200);
        assert_eq!(found["items"].as_array().map(Vec::len), Some(1), "{found}");
    }
}
