//! Who has customers, leads and opportunities: the history of it, transfers, the pool with its claims, and what is returned to
//! it because nobody looks after it.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures_util::future::join_all;
use rapport_domain::{ownership::Recycling, timed};
use serde_json::{Value, json};

use crate::harness::{Client, World, on_both_databases};

fn id(record: &Value) -> &str {
    record["id"].as_str().expect("an id")
}

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", id(record))
}

async fn customer(client: &Client, name: &str) -> Value {
    client.post("/customers", json!({ "kind": "organization", "name": name })).await.expect(201)
}

/// A customer that nobody has.
async fn free(client: &Client, name: &str) -> Value {
    let made = customer(client, name).await;
    let path = at("/customers/{id}/release", &made);
    client.post(&path, json!({ "reason": "Nobody's" })).await.expect(200)
}

async fn pool(client: &Client, more: Value) -> Value {
    let mut new = json!({ "name": "Pool", "kind": "customers", "position": 1 });
    for (name, value) in more.as_object().expect("members") {
        new[name] = value.clone();
    }
    client.post("/pools", new).await.expect(201)
}

async fn count(client: &Client, path: &str) -> Value {
    client.get(path).await.expect(200)["total"].clone()
}

async fn recycle(world: &World) {
    timed::catch_up(&Recycling, &world.database).await.expect("the recycling");
}

/// Who had a record, newest first, over REST; the same over GraphQL, a page of two at a time.
async fn history(client: &Client, kind: &str, record: &Value) -> Vec<Value> {
    let path = match kind {
        "opportunity" => "/opportunities/{id}/ownership".to_owned(),
        kind => format!("/{kind}s/{{id}}/ownership"),
    };
    let all = client.get(&at(&path, record)).await.expect(200);
    assert_eq!(all["nextCursor"], Value::Null);
    let all = all["items"].as_array().expect("periods").clone();
    let (field, mut after, mut paged) = (format!("{kind}Ownership"), Value::Null, Vec::new());
    loop {
        let query = format!(
            "query($id: UUID!, $after: String) {{ {field}(id: $id, first: 2, after: $after) {{ \
             nodes {{ ownerId since until way reason }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let page = client.graphql(&query, json!({ "id": record["id"], "after": after })).await;
        paged.extend(page[&field]["nodes"].as_array().expect("nodes").clone());
        after = page[&field]["pageInfo"]["endCursor"].clone();
        if page[&field]["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let owners = |periods: &[Value]| -> Vec<(Value, Value, Value)> {
        let of = |period: &Value| {
            (period["ownerId"].clone(), period["way"].clone(), period["reason"].clone())
        };
        periods.iter().map(of).collect()
    };
    assert_eq!(owners(&all), owners(&paged));
    all
}

/// A history has no holes, and ends with whoever has the record.
fn check_whole(periods: &[Value], record: &Value) {
    assert_eq!(periods[0]["ownerId"], record["ownerId"], "{periods:?}");
    assert_eq!(periods[0]["until"], Value::Null);
    for pair in periods.windows(2) {
        assert_eq!(pair[1]["until"], pair[0]["since"], "{periods:?}");
        assert_ne!(pair[1]["ownerId"], pair[0]["ownerId"], "{periods:?}");
    }
    assert_eq!(periods.last().expect("a first one")["way"], "created");
}

on_both_databases! {
    async fn the_history_is_whole_whatever_path_changes_the_owner(world) {
        let ada = world.ada().await;
        let (rep, me) = world.join("rep", "rep").await;
        let (_, other) = world.join("other", "rep").await;
        let boss = ada.get("/me").await.expect(200)["user"].clone();
        pool(&ada, json!({})).await;
        let new = json!({ "kind": "person", "name": "Ann", "ownerId": me["id"] });
        let path = "/customers/by-external/erp/E-1";
        let made = ada.put(path, new).await.expect(201);
        let mut owners = vec![me["id"].clone()];
        let check = async |owners: &[Value]| {
            let row = ada.get(&at("/customers/{id}", &made)).await.expect(200);
            let periods = history(&ada, "customer", &made).await;
            check_whole(&periods, &row);
            let told: Vec<Value> = periods.iter().rev().map(|period| period["ownerId"].clone()).collect();
            assert_eq!(told, owners);
            periods
        };
        check(&owners).await;
        ada.patch(&at("/customers/{id}", &made), json!({ "ownerId": other["id"] })).await.expect(200);
        owners.push(other["id"].clone());
        // What changes nothing of it begins no period.
        ada.patch(&at("/customers/{id}", &made), json!({ "city": "Bonn", "ownerId": other["id"] })).await.expect(200);
        check(&owners).await;
        let patch = json!({ "update": { "id": made["id"], "patch": { "ownerId": me["id"] } } });
        ada.post("/customers/batch", json!({ "operations": [patch], "atomic": true })).await.expect(200);
        owners.push(me["id"].clone());
        check(&owners).await;
        ada.put(path, json!({ "kind": "person", "name": "Ann", "ownerId": boss["id"] })).await.expect(200);
        owners.push(boss["id"].clone());
        let file = "externalId,kind,name,ownerEmail\nE-1,person,Ann,other@acme.example\n";
        ada.upload("/imports?kind=customers&source=erp", "text/csv", file).await.expect(201);
        world.work().await;
        owners.push(other["id"].clone());
        check(&owners).await;
        let mutation = "mutation($id: UUID!, $input: ReleaseToPool!) { releaseCustomer(id: $id, input: $input) { ownerId } }";
        let input = json!({ "reason": "Speaks Polish only" });
        let released = ada.graphql(mutation, json!({ "id": made["id"], "input": input })).await;
        assert_eq!(released["releaseCustomer"]["ownerId"], Value::Null);
        owners.push(Value::Null);
        let periods = check(&owners).await;
        assert_eq!((&periods[0]["way"], &periods[0]["reason"]), (&json!("released"), &json!("Speaks Polish only")));
        assert_eq!((&periods[0]["actorKind"], &periods[0]["actorId"]), (&json!("user"), &boss["id"]));
        rep.post(&at("/customers/{id}/claim", &made), json!({})).await.expect(200);
        owners.push(me["id"].clone());
        assert_eq!(check(&owners).await[0]["way"], "claimed");
        let of = json!({ "fromUserId": me["id"], "toUserId": other["id"], "reason": "Leaves" });
        ada.post("/ownership-transfers", of).await.expect(201);
        world.work().await;
        owners.push(other["id"].clone());
        assert_eq!(check(&owners).await[0]["way"], "transferred");
        // Deleting changes nobody's ownership.
        ada.delete(&at("/customers/{id}", &made)).await.expect(204);
        ada.post(&at("/customers/{id}/restore", &made), json!({})).await.expect(200);
        check(&owners).await;
        // Rules may ask for it.
        let claimed = json!({ "relation": { "name": "ownershipChanges",
            "filter": { "compare": { "field": "way", "eq": "claimed" } } } });
        let found = ada.post("/customers/search", json!({ "filter": claimed })).await.expect(200);
        assert_eq!(found["items"].as_array().expect("items").len(), 1);
        assert_eq!(found["items"][0]["id"], made["id"]);
    }

    async fn leads_and_opportunities_have_a_history_too(world) {
        let ada = world.ada().await;
        let (_, me) = world.join("rep", "rep").await;
        let rule = json!({ "name": "All", "position": 1, "userIds": [me["id"]] });
        ada.post("/lead-assignment-rules", rule).await.expect(201);
        let lead = ada.post("/leads", json!({ "lastName": "Hopper" })).await.expect(201);
        let periods = history(&ada, "lead", &lead).await;
        check_whole(&periods, &lead);
        assert_eq!((periods.len(), &periods[0]["ownerId"]), (1, &me["id"]), "whoever gets it as it is made");
        let released = ada.post(&at("/leads/{id}/release", &lead), json!({ "reason": "Away" })).await.expect(200);
        check_whole(&history(&ada, "lead", &lead).await, &released);
        let assigned = ada.post(&at("/leads/{id}/assign", &lead), json!({})).await.expect(200);
        let periods = history(&ada, "lead", &lead).await;
        check_whole(&periods, &assigned);
        assert_eq!((periods.len(), &periods[0]["way"]), (3, &json!("assigned")));
        let deal = ada.post("/opportunities", json!({ "name": "Deal" })).await.expect(201);
        let path = at("/opportunities/{id}", &deal);
        ada.patch(&path, json!({ "amount": { "amount": "5.00", "currency": "USD" } })).await.expect(200);
        for owner in [&me["id"], &Value::Null, &me["id"]] {
            let changed = ada.patch(&path, json!({ "ownerId": owner })).await.expect(200);
            check_whole(&history(&ada, "opportunity", &deal).await, &changed);
        }
        assert_eq!(history(&ada, "opportunity", &deal).await.len(), 4);
    }

    async fn of_two_who_claim_a_customer_on_two_nodes_one_gets_it(world) {
        let ada = world.ada().await;
        pool(&ada, json!({})).await;
        let (one, _) = world.join("one", "rep").await;
        let (two, _) = world.join("two", "rep").await;
        let two = Client::new(&world.another_node().await, Some(two.token()));
        for n in 0..6 {
            let wanted = free(&ada, &format!("Wanted {n}")).await;
            let path = at("/customers/{id}/claim", &wanted);
            let claims = [&one, &two].map(|rep| rep.post(&path, json!({})));
            let answers = join_all(claims).await;
            let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
            assert_eq!((won.len(), lost.len()), (1, 1));
            assert_eq!(lost[0].status, 409, "{}", lost[0].text);
            assert!(lost[0].json()["detail"].as_str().is_some_and(|why| why.contains("is taken")), "{}", lost[0].text);
            // Who has it may claim it again, and nothing happens.
            let again = join_all([&one, &two].map(|rep| rep.post(&path, json!({})))).await;
            assert_eq!(again.iter().filter(|answer| answer.status == 200).count(), 1);
            let row = ada.get(&at("/customers/{id}", &wanted)).await.expect(200);
            assert_eq!(row["version"], won[0].json()["version"]);
        }
    }

    async fn no_limit_is_overstepped_by_claims_at_once(world) {
        let ada = world.ada().await;
        let pool = pool(&ada, json!({ "holdLimit": 3 })).await;
        let (rep, me) = world.join("rep", "rep").await;
        let twin = Client::new(&world.another_node().await, Some(rep.token()));
        let mut wanted = Vec::new();
        for n in 0..8 {
            wanted.push(free(&ada, &format!("Wanted {n}")).await);
        }
        let claims = wanted.iter().enumerate().map(|(n, of)| {
            let (client, path) = (if n % 2 == 0 { &rep } else { &twin }, at("/customers/{id}/claim", of));
            async move { client.post(&path, json!({})).await }
        });
        let answers = join_all(claims).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 3);
        let refused = answers.iter().find(|answer| answer.status == 409).expect("a refusal");
        assert!(refused.text.contains("as many as the pool allows, 3"), "{}", refused.text);
        let theirs = format!("/customers?ownerId={}&count=true", id(&me));
        assert_eq!(count(&ada, &theirs).await, 3);
        // The day's claims count whether they are kept or not.
        ada.patch(&at("/pools/{id}", &pool), json!({ "holdLimit": null, "dailyLimit": 4 })).await.expect(200);
        let answers = join_all(wanted.iter().map(|of| {
            let path = at("/customers/{id}/claim", of);
            let rep = &rep;
            async move { rep.post(&path, json!({})).await }
        })).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 4, "three are theirs already");
        let free = ada.get("/customers?filter={\"compare\":{\"field\":\"ownerId\",\"exists\":false}}").await.expect(200);
        let path = at("/customers/{id}/claim", &free["items"][0]);
        rep.post(&path, json!({})).await.expect(409);
        world.advance(TimeDelta::days(1));
        let rep = world.sign_in("acme", "rep@acme.example").await;
        rep.post(&path, json!({})).await.expect(200);
    }

    async fn who_may_claim_from_which_pool_and_when_again_is_said_all_at_once(world) {
        let ada = world.ada().await;
        let team = ada.post("/teams", json!({ "name": "North" })).await.expect(201);
        let below = ada.post("/teams", json!({ "name": "Kiel", "parentId": team["id"] })).await.expect(201);
        let german = json!({ "compare": { "field": "country", "eq": "DE" } });
        let north = json!({ "name": "North", "condition": german, "teamIds": [team["id"]], "cooldownDays": 30 });
        pool(&ada, north).await;
        let (rep, me) = world.join("rep", "rep").await;
        let (viewer, _) = world.join("viewer", "viewer").await;
        let wanted = free(&ada, "Wanted").await;
        let path = at("/customers/{id}/claim", &wanted);
        let refused = rep.post(&path, json!({})).await;
        assert!(refused.text.contains("in no pool"), "{}", refused.text);
        ada.patch(&at("/customers/{id}", &wanted), json!({ "country": "DE" })).await.expect(200);
        let refused = rep.post(&path, json!({})).await;
        assert!(refused.status == 409 && refused.text.contains("your team may not claim"), "{}", refused.text);
        viewer.post(&path, json!({})).await.expect(403);
        ada.patch(&at("/users/{id}", &me), json!({ "teamId": below["id"] })).await.expect(200);
        rep.post(&path, json!({})).await.expect(200);
        rep.post(&at("/customers/{id}/release", &wanted), json!({ "reason": "Too far" })).await.expect(200);
        let refused = rep.post(&path, json!({})).await;
        assert!(refused.status == 409 && refused.text.contains("again from 2026-12-21"), "{}", refused.text);
        let mutation = "mutation($id: UUID!) { claimCustomer(id: $id) { id } }";
        assert_eq!(rep.graphql_codes(mutation, json!({ "id": wanted["id"] })).await, ["refused"]);
        world.advance(TimeDelta::days(30));
        let rep = world.sign_in("acme", "rep@acme.example").await;
        rep.post(&path, json!({})).await.expect(200);
        // Releasing takes leave to change it.
        let (other, _) = world.join("other", "rep").await;
        other.post(&at("/customers/{id}/release", &wanted), json!({ "reason": "Mine" })).await.expect(404);
    }

    async fn everything_that_is_wrong_with_a_pool_is_named(world) {
        let ada = world.ada().await;
        let missing = "01890a5d-ac96-774b-bcce-b302099a8057";
        let wrong = json!({ "name": "P", "kind": "leads", "position": 1, "teamIds": [missing, missing],
            "condition": { "compare": { "field": "planet", "eq": "Mars" } } });
        let answer = ada.post("/pools", wrong).await;
        let pointers: BTreeSet<String> = answer.pointers().into_iter().collect();
        assert_eq!((answer.status.as_u16(), pointers.len()), (422, 2), "{}", answer.text);
        let wrong = json!({ "name": "P", "kind": "customers", "position": 1, "teamIds": [missing],
            "recycleAfterDays": 5, "recycleWarningDays": 5 });
        let answer = ada.post("/pools", wrong).await;
        assert_eq!(answer.pointers(), ["/recycleSegmentId", "/recycleWarningDays", "/teamIds/0"], "{}", answer.text);
        let segment = ada.post("/segments", json!({ "name": "S", "rule": { "all": [] } })).await.expect(201);
        pool(&ada, json!({ "recycleSegmentId": segment["id"], "recycleAfterDays": 5 })).await;
        let refused = ada.delete(&at("/segments/{id}", &segment)).await;
        assert!(refused.status == 409 && refused.text.contains("pool"), "{}", refused.text);
        let same = json!({ "name": "pool", "kind": "leads", "position": 1 });
        ada.post("/pools", same).await.expect(409);
    }

    async fn three_hundred_customers_with_their_open_work_are_transferred_and_told_of_once(world) {
        let ada = world.ada().await;
        let (_, from) = world.join("from", "rep").await;
        let (to, heir) = world.join("to", "rep").await;
        let owner = json!(from["id"]);
        let mut operations = Vec::new();
        for n in 0..300 {
            let new = json!({ "kind": "person", "name": format!("C{n}"), "ownerId": owner, "city": if n < 100 { "Kiel" } else { "Ulm" } });
            operations.push(json!({ "create": new }));
        }
        let made = ada.post("/customers/batch", json!({ "operations": operations })).await.expect(200);
        let first = &made["results"][0]["record"];
        let theirs = |kind: &str, who: &Value| format!("/{kind}?ownerId={}&count=true", id(who));
        assert_eq!(count(&ada, &theirs("customers", &from)).await, 300);
        let task = |status: &str| json!({ "subject": status, "status": status, "ownerId": owner, "customerId": first["id"] });
        for status in ["open", "in_progress", "done", "cancelled"] {
            ada.post("/tasks", task(status)).await.expect(201);
        }
        let deal = json!({ "name": "Deal", "ownerId": owner, "customerId": first["id"] });
        let open = ada.post("/opportunities", deal.clone()).await.expect(201);
        let lost = ada.post("/opportunities", deal).await.expect(201);
        ada.post(&at("/opportunities/{id}/lose", &lost), json!({ "reason": "Price" })).await.expect(200);
        let lead = ada.post("/leads", json!({ "lastName": "Open", "ownerId": owner })).await.expect(201);
        let closed = ada.post("/leads", json!({ "lastName": "Closed", "ownerId": owner })).await.expect(201);
        ada.post(&at("/leads/{id}/disqualify", &closed), json!({ "reason": "Spam" })).await.expect(200);

        let all = json!({ "fromUserId": from["id"], "toUserId": heir["id"], "reason": "Leaves" });
        let counts = ada.post("/ownership-transfers/preview", all.clone()).await.expect(200);
        assert_eq!(counts, json!({ "customers": 300, "leads": 1, "opportunities": 1, "tasks": 2, "leftBehind": 0 }));
        let kiel = json!({ "compare": { "field": "city", "eq": "Kiel" } });
        let query = "query($input: NewOwnershipTransfer!) { previewOwnershipTransfer(input: $input) { customers tasks leads } }";
        let input = json!({ "fromUserId": from["id"], "toUserId": heir["id"], "reason": "Leaves", "filter": kiel });
        let counts = ada.graphql(query, json!({ "input": input })).await;
        assert_eq!(counts["previewOwnershipTransfer"], json!({ "customers": 100, "tasks": 2, "leads": 0 }));
        assert_eq!(count(&ada, &theirs("customers", &from)).await, 300, "a preview moves nothing");

        let transfer = ada.post("/ownership-transfers", all).await.expect(201);
        assert_eq!(transfer["state"], "queued");
        world.work().await;
        let done = ada.get(&at("/ownership-transfers/{id}", &transfer)).await.expect(200);
        assert_eq!((&done["state"], &done["leftBehind"]), (&json!("succeeded"), &json!(0)), "{done}");
        let moved = ["customers", "leads", "opportunities", "tasks"].map(|part| done[part].as_i64());
        assert_eq!(moved, [Some(300), Some(1), Some(1), Some(2)]);
        for (kind, (left, got)) in [("customers", (0, 300)), ("leads", (1, 1)), ("opportunities", (1, 1)), ("tasks", (2, 2))] {
            assert_eq!(count(&ada, &theirs(kind, &from)).await, left, "{kind}");
            assert_eq!(count(&ada, &theirs(kind, &heir)).await, got, "{kind}");
        }
        let told = to.get("/notifications?count=true").await.expect(200);
        assert_eq!((&told["total"], &told["items"][0]["kind"]), (&json!(1), &json!("ownership_transferred")), "{told}");
        assert_eq!(told["items"][0]["title"], "300 customers, 1 lead, 1 opportunity, 2 tasks");
        for (kind, record) in [("customer", first), ("lead", &lead), ("opportunity", &open)] {
            assert_eq!(history(&ada, kind, record).await[0]["reason"], "Leaves", "{kind}");
        }
        let events = ada.events("types=rapport.opportunity.transferred.v1", 1).await;
        assert_eq!(events["items"][0]["data"]["cause"]["ownershipTransferId"], transfer["id"]);
        ada.post(&at("/ownership-transfers/{id}/cancel", &transfer), json!({})).await.expect(409);
    }

    async fn a_manager_transfers_what_they_may_change_and_the_rest_is_counted(world) {
        let ada = world.ada().await;
        let team = ada.post("/teams", json!({ "name": "North" })).await.expect(201);
        let (_, stranger) = world.join("stranger", "rep").await;
        let (_, mate) = world.join("mate", "rep").await;
        let (boss, manager) = world.join("boss", "manager").await;
        for user in [&mate, &manager] {
            ada.patch(&at("/users/{id}", user), json!({ "teamId": team["id"] })).await.expect(200);
        }
        for owner in [&stranger, &mate] {
            let new = json!({ "kind": "person", "name": "C", "ownerId": owner["id"] });
            ada.post("/customers", new).await.expect(201);
        }
        for (from, moved, left) in [(&mate, 1, 0), (&stranger, 0, 1)] {
            let of = json!({ "fromUserId": from["id"], "parts": ["customers"], "reason": "To the pool" });
            let counts = boss.post("/ownership-transfers/preview", of.clone()).await.expect(200);
            assert_eq!((&counts["customers"], &counts["leftBehind"]), (&json!(moved), &json!(left)));
            let made = boss.post("/ownership-transfers", of).await.expect(201);
            world.work().await;
            let done = boss.get(&at("/ownership-transfers/{id}", &made)).await.expect(200);
            assert_eq!((&done["customers"], &done["leftBehind"]), (&json!(moved), &json!(left)), "{done}");
        }
        let free = ada.get("/customers?filter={\"compare\":{\"field\":\"ownerId\",\"exists\":false}}&count=true").await.expect(200);
        assert_eq!(free["total"], 1);
        let (rep, _) = world.join("rep", "rep").await;
        let of = json!({ "fromUserId": mate["id"], "reason": "Mine" });
        rep.post("/ownership-transfers", of.clone()).await.expect(403);
        let wrong = json!({ "fromUserId": mate["id"], "toUserId": mate["id"], "parts": ["leads", "leads"], "reason": "x",
            "filter": { "compare": { "field": "planet", "eq": "Mars" } } });
        let answer = boss.post("/ownership-transfers", wrong).await;
        assert!(answer.status == 422 && answer.pointers().len() == 5, "{}", answer.text);
    }

    async fn a_neglected_customer_is_warned_of_and_returned_once_by_two_runners(world) {
        let ada = world.ada().await;
        let (_, me) = world.join("rep", "rep").await;
        let (_, hero) = world.join("saver", "rep").await;
        let idle = json!({ "compare": { "field": "industry", "eq": "asleep" } });
        let segment = ada.post("/segments", json!({ "name": "Neglected", "rule": idle })).await.expect(201);
        let mut asleep = Vec::new();
        for n in 0..3 {
            let owner = if n == 2 { &hero } else { &me };
            let new = json!({ "kind": "organization", "name": format!("C{n}"), "industry": "asleep", "ownerId": owner["id"] });
            asleep.push(ada.post("/customers", new).await.expect(201));
        }
        world.settle().await;
        world.catch_up().await;
        let settings = json!({ "recycleSegmentId": segment["id"], "recycleAfterDays": 10, "recycleWarningDays": 3 });
        pool(&ada, settings).await;
        recycle(&world).await;
        world.advance(TimeDelta::days(7));
        let runners = (0..2).map(|_| recycle(&world));
        join_all(runners).await;
        let rep = world.sign_in("acme", "rep@acme.example").await;
        let told = rep.get("/notifications?kind=recycle_warning&count=true").await.expect(200);
        assert_eq!((&told["total"], &told["items"][0]["title"]), (&json!(1), &json!("Pool")), "{told}");
        assert!(["C0, C1", "C1, C0"].map(Value::from).contains(&told["items"][0]["body"]), "{told}");
        let saver_told = world.sign_in("acme", "saver@acme.example").await;
        assert_eq!(count(&saver_told, "/notifications?kind=recycle_warning&count=true").await, 1);
        // One of them is looked after in time.
        let ada = world.ada().await;
        ada.patch(&at("/customers/{id}", &asleep[2]), json!({ "industry": "retail" })).await.expect(200);
        world.settle().await;
        world.catch_up().await;
        world.advance(TimeDelta::hours(71));
        recycle(&world).await;
        let ada = world.ada().await;
        let row = ada.get(&at("/customers/{id}", &asleep[0])).await.expect(200);
        assert_eq!(row["ownerId"], me["id"], "not before its time");
        world.advance(TimeDelta::hours(2));
        join_all((0..2).map(|_| recycle(&world))).await;
        let ada = world.ada().await;
        for (n, customer) in asleep.iter().enumerate() {
            let row = ada.get(&at("/customers/{id}", customer)).await.expect(200);
            let periods = history(&ada, "customer", customer).await;
            check_whole(&periods, &row);
            assert_eq!(row["ownerId"].is_null(), n < 2);
            assert_eq!(periods.len(), if n < 2 { 2 } else { 1 });
            if n < 2 {
                assert_eq!((&periods[0]["way"], &periods[0]["actorKind"]), (&json!("recycled"), &json!("system")));
                assert!(periods[0]["reason"].as_str().is_some_and(|why| why.contains("10 days")), "{periods:?}");
            }
        }
        let rep = world.sign_in("acme", "rep@acme.example").await;
        assert_eq!(count(&rep, "/notifications?kind=recycled&count=true").await, 1);
        let recycled = ada.events("types=rapport.customer.recycled.v1", 2).await;
        assert_eq!(recycled["items"].as_array().expect("events").len(), 2);
        // Whoever takes one up has as long as anybody.
        rep.post(&at("/customers/{id}/claim", &asleep[0]), json!({})).await.expect(200);
        world.advance(TimeDelta::days(6));
        recycle(&world).await;
        let rep = world.sign_in("acme", "rep@acme.example").await;
        assert_eq!(count(&rep, "/notifications?kind=recycle_warning&count=true").await, 1);
        world.advance(TimeDelta::hours(25));
        recycle(&world).await;
        let rep = world.sign_in("acme", "rep@acme.example").await;
        assert_eq!(count(&rep, "/notifications?kind=recycle_warning&count=true").await, 2);
    }

    async fn a_lead_that_nobody_touches_goes_back_to_the_pool(world) {
        let ada = world.ada().await;
        let (_, me) = world.join("rep", "rep").await;
        let lead = |name: &str| json!({ "lastName": name, "ownerId": me["id"] });
        let idle = ada.post("/leads", lead("Idle")).await.expect(201);
        let busy = ada.post("/leads", lead("Busy")).await.expect(201);
        let over = ada.post("/leads", lead("Over")).await.expect(201);
        ada.post(&at("/leads/{id}/disqualify", &over), json!({ "reason": "Spam" })).await.expect(200);
        let settings = json!({ "name": "Leads", "kind": "leads", "recycleAfterDays": 5, "recycleWarningDays": 2 });
        let pool = pool(&ada, settings).await;
        world.advance(TimeDelta::days(3));
        recycle(&world).await;
        let rep = world.sign_in("acme", "rep@acme.example").await;
        assert_eq!(count(&rep, "/notifications?kind=recycle_warning&count=true").await, 1);
        rep.post(&at("/leads/{id}/respond", &busy), json!({})).await.expect(200);
        world.advance(TimeDelta::days(2));
        join_all((0..2).map(|_| recycle(&world))).await;
        let ada = world.ada().await;
        for (lead, owner) in [(&idle, &Value::Null), (&busy, &me["id"]), (&over, &me["id"])] {
            let row = ada.get(&at("/leads/{id}", lead)).await.expect(200);
            assert_eq!(&row["ownerId"], owner, "{}", row["name"]);
            check_whole(&history(&ada, "lead", lead).await, &row);
        }
        let rep = world.sign_in("acme", "rep@acme.example").await;
        let mutation = "mutation($id: UUID!) { claimLead(id: $id) { ownerId } }";
        assert_eq!(rep.graphql(mutation, json!({ "id": idle["id"] })).await["claimLead"]["ownerId"], me["id"]);
        let refused = rep.post(&at("/leads/{id}/claim", &over), json!({})).await;
        assert_eq!(refused.status, 200, "they have it");
        // A pool that is closed returns nothing.
        ada.patch(&at("/pools/{id}", &pool), json!({ "active": false })).await.expect(200);
        world.advance(TimeDelta::days(20));
        recycle(&world).await;
        let ada = world.ada().await;
        assert_eq!(ada.get(&at("/leads/{id}", &busy)).await.expect(200)["ownerId"], me["id"]);
    }
}
