//! Customers and contacts over both APIs.

use reqwest::Method;
use serde_json::json;

use crate::harness::on_both_databases;

on_both_databases! {
    async fn a_customer_made_over_rest_is_the_same_over_graphql(world) {
        let ada = world.ada().await;
        let made = ada.post("/customers", json!({ "kind": "person", "name": "Élodie O'Neill" })).await;
        let location = made.header("location").to_owned();
        let made = made.expect(201);
        assert_eq!(location, format!("/api/v1/customers/{}", made["id"].as_str().expect("an id")));
        assert_eq!(made["ownerId"], ada.get("/me").await.expect(200)["user"]["id"]);
        let query = "query($id: UUID!) { customer(id: $id) { id kind name version createdAt owner { name } } }";
        let data = ada.graphql(query, json!({ "id": made["id"] })).await;
        assert_eq!(data["customer"]["name"], "Élodie O'Neill");
        assert_eq!(data["customer"]["kind"], "PERSON");
        assert_eq!(data["customer"]["owner"]["name"], "Ada Lovelace");
    }

    async fn null_clears_and_absence_keeps_over_both_apis(world) {
        let ada = world.ada().await;
        let new = json!({ "kind": "organization", "name": "Acme", "email": "a@b.example", "industry": "retail" });
        let id = ada.post("/customers", new).await.expect(201)["id"].clone();
        let path = format!("/customers/{}", id.as_str().expect("an id"));
        let patched = ada.patch(&path, json!({ "email": null })).await.expect(200);
        assert_eq!((&patched["email"], &patched["industry"]), (&json!(null), &json!("retail")));
        let change = "mutation($id: UUID!) { updateCustomer(id: $id, input: { industry: null }) { name industry version } }";
        let data = ada.graphql(change, json!({ "id": id })).await;
        assert_eq!(data["updateCustomer"], json!({ "name": "Acme", "industry": null, "version": 3 }));
    }

    async fn every_wrong_member_is_named_at_once(world) {
        let ada = world.ada().await;
        let wrong = json!({ "kind": "robot", "email": "x", "employees": -1, "bogus": 1 });
        let refused = ada.post("/customers", wrong).await;
        assert_eq!(refused.status, 422);
        let mut pointers = refused.pointers();
        pointers.sort();
        assert_eq!(pointers, ["/bogus", "/email", "/employees", "/kind", "/name"]);
        assert_eq!(ada.get("/customers?count=true").await.expect(200)["total"], 0);
    }

    async fn a_stale_change_is_refused_and_a_fresh_one_is_not(world) {
        let ada = world.ada().await;
        let made = ada.post("/customers", json!({ "kind": "person", "name": "Ann" })).await;
        let tag = made.header("etag").to_owned();
        let path = format!("/customers/{}", made.expect(201)["id"].as_str().expect("an id"));
        let first = ada.send(Method::PATCH, &path, Some(json!({ "name": "Anna" })), &[("if-match", &tag)]).await;
        assert_eq!(first.header("etag"), "\"2\"");
        first.expect(200);
        let second = ada.send(Method::PATCH, &path, Some(json!({ "name": "Anne" })), &[("if-match", &tag)]).await;
        assert_eq!(second.expect(412)["code"], "stale");
        let unchanged = ada.send(Method::GET, &path, None, &[("if-none-match", "\"2\"")]).await;
        assert_eq!((unchanged.status.as_u16(), unchanged.text.as_str()), (304, ""));
    }

    async fn of_ten_racing_changes_with_one_tag_one_wins(world) {
        let ada = world.ada().await;
        let made = ada.post("/customers", json!({ "kind": "person", "name": "Ann" })).await.expect(201);
        let path = format!("/customers/{}", made["id"].as_str().expect("an id"));
        let race = (0..10).map(|n| {
            let (ada, path) = (ada.clone(), path.clone());
            tokio::spawn(async move {
                let body = json!({ "name": format!("Ann {n}") });
                ada.send(Method::PATCH, &path, Some(body), &[("if-match", "\"1\"")]).await.status.as_u16()
            })
        });
        let mut statuses = Vec::new();
        for racer in race.collect::<Vec<_>>() {
            statuses.push(racer.await.expect("a racer"));
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [&[200][..], &[412; 9][..]].concat());
        assert_eq!(ada.get(&path).await.expect(200)["version"], 2);
    }

    async fn a_list_can_be_walked_to_its_end_whatever_it_is_sorted_by(world) {
        let ada = world.ada().await;
        for n in 0..23 {
            let industry = if n % 3 == 0 { json!(null) } else { json!(format!("i{}", n % 4)) };
            let new = json!({ "kind": "organization", "name": format!("Org {:02}", n % 7), "industry": industry });
            ada.post("/customers", new).await.expect(201);
        }
        for sort in ["name", "-name", "industry,-name", "-industry", "createdAt", "-createdAt,name"] {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = ada.get(&format!("/customers?sort={sort}&limit=5{cursor}")).await.expect(200);
                seen.extend(page["items"].as_array().expect("items").iter().map(|item| item["id"].to_string()));
                let Some(next) = page["nextCursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            let whole = ada.get(&format!("/customers?sort={sort}&limit=200")).await.expect(200);
            let whole: Vec<String> =
                whole["items"].as_array().expect("items").iter().map(|item| item["id"].to_string()).collect();
            assert_eq!(seen, whole, "sorted by {sort}");
            assert_eq!(seen.len(), 23);
        }
    }

    async fn search_finds_the_beginnings_of_words_without_regard_to_accents_and_case(world) {
        let ada = world.ada().await;
        for name in ["Élodie O'Neill", "Neil Armstrong", "Zoë Müller", "Straße AG"] {
            ada.post("/customers", json!({ "kind": "person", "name": name, "phone": "+4930901820" })).await.expect(201);
        }
        for (q, expected) in [("elo", 1), ("NEI", 2), ("muller zoe", 1), ("4930", 4), ("nobody", 0), ("'", 0), ("\"*", 0)] {
            let found = ada.send(Method::POST, "/customers/search", Some(json!({ "q": q, "count": true })), &[]).await;
            assert_eq!(found.expect(200)["total"], expected, "{q}");
        }
    }

    async fn a_deleted_customer_is_gone_until_it_is_restored(world) {
        let ada = world.ada().await;
        let made = ada.post("/customers", json!({ "kind": "person", "name": "Ann" })).await.expect(201);
        let path = format!("/customers/{}", made["id"].as_str().expect("an id"));
        ada.delete(&path).await.expect(204);
        ada.get(&path).await.expect(404);
        ada.delete(&path).await.expect(404);
        assert_eq!(ada.get("/customers?deleted=true").await.expect(200)["items"][0]["id"], made["id"]);
        let back = ada.post(&format!("{path}/restore"), json!({})).await.expect(200);
        assert_eq!((&back["deletedAt"], &back["version"]), (&json!(null), &json!(3)));
        ada.get(&path).await.expect(200);
    }

    async fn a_create_with_the_clients_id_can_be_repeated_but_not_differ(world) {
        let ada = world.ada().await;
        let new = json!({ "id": "01890a5d-ac96-774b-bcce-b302099a8057", "kind": "person", "name": "Ann" });
        let first = ada.post("/customers", new.clone()).await.expect(201);
        let again = ada.post("/customers", new.clone()).await.expect(201);
        assert_eq!(first, again);
        let mut other = new.clone();
        other["name"] = json!("Bob");
        assert_eq!(ada.post("/customers", other).await.expect(409)["code"], "duplicate");
        // The same id in another workspace is another record, and tells nothing.
        world.rita().await.post("/customers", new).await.expect(201);
    }

    async fn an_upsert_by_external_id_makes_once_and_changes_after(world) {
        let ada = world.ada().await;
        let path = "/customers/by-external/erp/0012-A";
        let made = ada.put(path, json!({ "kind": "person", "name": "Ann" })).await.expect(201);
        let same = ada.put(path, json!({ "kind": "person", "name": "Ann" })).await.expect(200);
        assert_eq!((&same["id"], &same["version"]), (&made["id"], &json!(1)));
        let changed = ada.put(path, json!({ "kind": "person", "name": "Anna" })).await.expect(200);
        assert_eq!((&changed["id"], &changed["version"]), (&made["id"], &json!(2)));
    }

    async fn an_organization_cannot_belong_to_itself(world) {
        let ada = world.ada().await;
        let parent = ada.post("/customers", json!({ "kind": "organization", "name": "A" })).await.expect(201);
        let child = json!({ "kind": "organization", "name": "B", "parentId": parent["id"] });
        let child = ada.post("/customers", child).await.expect(201);
        let path = format!("/customers/{}", parent["id"].as_str().expect("an id"));
        let refused = ada.patch(&path, json!({ "parentId": child["id"] })).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (409, vec!["/parentId".to_owned()]));
    }

    async fn fifty_customers_with_contacts_and_orders_take_four_queries(world) {
        let ada = world.ada().await;
        for n in 0..5 {
            let new = json!({ "kind": "organization", "name": format!("Org {n}") });
            let id = ada.post("/customers", new).await.expect(201)["id"].clone();
            ada.post("/contacts", json!({ "customerId": id, "name": "Bob" })).await.expect(201);
        }
        let query = "{ customers(first: 50) { nodes { name contacts { name customer { name } } orders(first: 3) { number lines { description } } } } }";
        let before = world.database.checkouts();
        let data = ada.graphql(query, json!({})).await;
        assert_eq!(data["customers"]["nodes"][4]["contacts"][0]["customer"]["name"], "Org 0");
        // Customers, their contacts, those contacts' customers, their orders; there are no lines to load.
        assert_eq!(world.database.checkouts() - before, 4);
    }
}
