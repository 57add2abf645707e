//! Signing in and out, and what roles reach.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{Client, World, on_both_databases, world::PASSWORD};

fn credentials(email: &str, password: &str) -> Value {
    json!({ "workspace": "acme", "email": email, "password": password })
}

async fn tokens(world: &World) -> Value {
    world.stranger().post("/sessions", credentials("ada@acme.example", PASSWORD)).await.expect(201)
}

fn client(world: &World, tokens: &Value) -> Client {
    Client::new(&world.base, tokens["accessToken"].as_str())
}

fn refresh(tokens: &Value) -> Value {
    json!({ "refreshToken": tokens["refreshToken"] })
}

on_both_databases! {
    async fn known_and_unknown_accounts_are_refused_alike(world) {
        let stranger = world.stranger();
        let wrong = stranger.post("/sessions", credentials("ada@acme.example", "not the password")).await;
        let unknown = stranger.post("/sessions", credentials("eve@acme.example", "not the password")).await;
        let elsewhere = json!({ "workspace": "nowhere", "email": "ada@acme.example", "password": "x" });
        let elsewhere = stranger.post("/sessions", elsewhere).await;
        for refused in [&wrong, &unknown, &elsewhere] {
            assert_eq!(refused.status, 401);
            assert_eq!(refused.json()["code"], "wrong_credentials");
            assert_eq!(refused.json()["detail"], wrong.json()["detail"]);
        }
    }

    async fn guessing_is_throttled_whatever_the_case_and_the_forwarded_address(world) {
        let stranger = world.stranger();
        let mut statuses = Vec::new();
        for n in 0..14 {
            let email = if n % 2 == 0 { "ada@acme.example" } else { "ADA@acme.EXAMPLE" };
            let forwarded = format!("10.0.0.{n}");
            let headers = [("x-forwarded-for", forwarded.as_str())];
            let body = Some(credentials(email, "not the password"));
            let answer = stranger.send(reqwest::Method::POST, "/sessions", body, &headers).await;
            if answer.status == 429 {
                assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0));
            }
            statuses.push(answer.status.as_u16());
        }
        assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 10, "{statuses:?}");
        assert_eq!(statuses.last(), Some(&429));
        let right = stranger.post("/sessions", credentials("ada@acme.example", PASSWORD)).await;
        assert_eq!(right.status, 429, "the right password is throttled too");
        world.advance(TimeDelta::minutes(16));
        stranger.post("/sessions", credentials("ada@acme.example", PASSWORD)).await.expect(201);
    }

    async fn an_access_token_ends_after_a_quarter_of_an_hour(world) {
        let tokens = tokens(&world).await;
        assert!(tokens["expiresIn"].as_i64().is_some_and(|seconds| seconds <= 900));
        let ada = client(&world, &tokens);
        ada.get("/me").await.expect(200);
        world.advance(TimeDelta::minutes(16));
        ada.get("/me").await.expect(401);
        let fresh = world.stranger().post("/sessions/refresh", refresh(&tokens)).await.expect(200);
        client(&world, &fresh).get("/me").await.expect(200);
    }

    async fn using_a_refresh_token_twice_ends_the_session(world) {
        let first = tokens(&world).await;
        let stranger = world.stranger();
        let second = stranger.post("/sessions/refresh", refresh(&first)).await.expect(200);
        client(&world, &second).get("/me").await.expect(200);
        stranger.post("/sessions/refresh", refresh(&first)).await.expect(401);
        stranger.post("/sessions/refresh", refresh(&second)).await.expect(401);
        client(&world, &second).get("/me").await.expect(401);
    }

    async fn logging_out_ends_both_tokens(world) {
        let tokens = tokens(&world).await;
        let ada = client(&world, &tokens);
        ada.delete("/sessions/current").await.expect(204);
        ada.get("/me").await.expect(401);
        world.stranger().post("/sessions/refresh", refresh(&tokens)).await.expect(401);
    }

    async fn changing_the_password_ends_the_other_sessions(world) {
        let (here, there) = (tokens(&world).await, tokens(&world).await);
        let change = json!({ "currentPassword": PASSWORD, "newPassword": "another long passphrase" });
        client(&world, &here).post("/me/password", change).await.expect(204);
        client(&world, &here).get("/me").await.expect(200);
        client(&world, &there).get("/me").await.expect(401);
        let stranger = world.stranger();
        stranger.post("/sessions", credentials("ada@acme.example", PASSWORD)).await.expect(401);
        let new = credentials("ada@acme.example", "another long passphrase");
        stranger.post("/sessions", new).await.expect(201);
    }

    async fn a_rep_reads_everything_and_changes_what_is_their_own(world) {
        let ada = world.ada().await;
        let (rep, me) = world.join("rep", "rep").await;
        let hers = ada.post("/customers", json!({ "kind": "person", "name": "Ann" })).await.expect(201);
        let own = rep.post("/customers", json!({ "kind": "person", "name": "Bob" })).await.expect(201);
        assert_eq!(own["ownerId"], me["id"]);
        let path = |customer: &Value| format!("/customers/{}", customer["id"].as_str().expect("an id"));
        rep.get(&path(&hers)).await.expect(200);
        rep.patch(&path(&hers), json!({ "name": "Anna" })).await.expect(404);
        rep.patch(&path(&own), json!({ "name": "Bobby" })).await.expect(200);
        rep.delete(&path(&hers)).await.expect(404);
        let contact = |customer: &Value| json!({ "customerId": customer["id"], "name": "Eve" });
        rep.post("/contacts", contact(&hers)).await.expect(403);
        rep.post("/contacts", contact(&own)).await.expect(201);
        let for_another = json!({ "kind": "person", "name": "Cy", "ownerId": hers["ownerId"] });
        rep.post("/customers", for_another).await.expect(403);
        assert_eq!(ada.get("/customers?name=Cy&count=true").await.expect(200)["total"], 0);
    }

    async fn a_manager_changes_what_the_teams_below_own(world) {
        let ada = world.ada().await;
        let team = async |name: &str, parent: Option<&Value>| {
            let parent = parent.map(|team| team["id"].clone());
            ada.post("/teams", json!({ "name": name, "parentId": parent })).await.expect(201)
        };
        let north = team("North", None).await;
        let below = team("Below", Some(&north)).await;
        let south = team("South", None).await;
        let (manager, boss) = world.join("manager", "manager").await;
        let (rep, one) = world.join("rep", "rep").await;
        let (other, two) = world.join("other", "rep").await;
        for (user, team) in [(&boss, &north), (&one, &below), (&two, &south)] {
            let path = format!("/users/{}", user["id"].as_str().expect("an id"));
            ada.patch(&path, json!({ "teamId": team["id"] })).await.expect(200);
        }
        for (owner, status) in [(&rep, 200), (&other, 404)] {
            let made = owner.post("/customers", json!({ "kind": "person", "name": "Ann" })).await.expect(201);
            let path = format!("/customers/{}", made["id"].as_str().expect("an id"));
            manager.patch(&path, json!({ "name": "Anna" })).await.expect(status);
        }
    }

    async fn what_a_role_may_not_read_is_in_no_list_rule_or_relation(world) {
        let ada = world.ada().await;
        let own = |resource: &str| json!({ "resource": resource, "verb": "read", "scope": "own" });
        let role = json!({ "name": "Own customers", "permissions": [own("customer"),
            { "resource": "customer", "verb": "create", "scope": "own" }] });
        let role = ada.post("/roles", role).await.expect(201);
        let (lone, _) = world.join_as("lone", &role["id"]).await;
        ada.post("/customers", json!({ "kind": "person", "name": "Ann" })).await.expect(201);
        lone.post("/customers", json!({ "kind": "person", "name": "Bob" })).await.expect(201);
        let seen = lone.get("/customers?count=true").await.expect(200);
        assert_eq!((&seen["total"], &seen["items"][0]["name"]), (&json!(1), &json!("Bob")));
        let by_orders = json!({ "filter": { "relation": { "name": "orders" } } });
        lone.post("/customers/search", by_orders).await.expect(403);
        let codes = lone.graphql_codes("{ customers { nodes { orders { number } } } }", json!({})).await;
        assert_eq!(codes, ["forbidden"]);
    }
}
