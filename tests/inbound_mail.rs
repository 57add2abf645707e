//! E-mail that comes in, and finds its way by its headers.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, World, on_both_databases};

const MAIL: &str = "message/rfc822";

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

async fn mailbox(client: &Client, more: Value) -> Value {
    let mut new = json!({ "name": "Help", "address": "help@acme.example" });
    for (name, value) in more.as_object().expect("members") {
        new[name] = value.clone();
    }
    client.post("/mailboxes", new).await.expect(201)
}

async fn hand_over(world: &World, mailbox: &Value, mail: &str) -> Answer {
    let token = mailbox["token"].as_str().expect("a token");
    let mail = mail.replace('\n', "\r\n");
    world.stranger().upload(&format!("/public/inbound-mail/{token}"), MAIL, mail).await
}

fn mail(id: &str, headers: &str, text: &str) -> String {
    format!(
        "From: Ann Lee <ann@globex.example>\nTo: help@acme.example\nSubject: Dark display\nMessage-ID: <{id}@globex.example>\n{headers}\n{text}\n"
    )
}

async fn messages(client: &Client, request: &Value) -> Vec<Value> {
    let path =
        format!("/service-requests/{}/messages?sort=createdAt", request.as_str().expect("an id"));
    client.get(&path).await.expect(200)["items"].as_array().cloned().expect("items")
}

on_both_databases! {
    async fn a_mail_becomes_a_request_and_answers_find_their_way_back(world) {
        let ada = world.ada().await;
        let queue = ada.post("/queues", json!({ "name": "First level" })).await.expect(201);
        let help = mailbox(&ada, json!({ "queueId": queue["id"], "requestKind": "fault", "urgency": "high" })).await;
        assert!(help["token"].as_str().is_some_and(|token| token.starts_with("rap_mail_")));
        assert_eq!(ada.get(&at("/mailboxes/{id}", &help)).await.expect(200)["token"], Value::Null);
        let customer = ada.post("/customers", json!({ "kind": "organization", "name": "Globex" })).await.expect(201);
        let ann = json!({ "customerId": customer["id"], "name": "Ann Lee", "email": "ann@globex.example" });
        let ann = ada.post("/contacts", ann).await.expect(201);
        let receipt = hand_over(&world, &help, &mail("a1", "", "It stays dark.")).await.expect(200);
        assert_eq!((&receipt["outcome"], &receipt["repeated"]), (&json!("request"), &json!(false)));
        let path = format!("/service-requests/{}", receipt["requestId"].as_str().expect("an id"));
        let request = ada.get(&path).await.expect(200);
        assert_eq!((&request["subject"], &request["kind"], &request["urgency"], &request["channel"]), (&json!("Dark display"), &json!("fault"), &json!("high"), &json!("email")));
        assert_eq!((&request["customerId"], &request["contactId"], &request["queueId"]), (&customer["id"], &ann["id"], &queue["id"]));
        let reply = json!({ "kind": "reply", "body": "Is it plugged in?", "status": "waiting_for_customer" });
        let reply = ada.post(&format!("{path}/messages"), reply).await.expect(201);
        let ours = reply["messageId"].as_str().expect("an id of ours");
        assert!(ours.ends_with("@acme.example>"), "{ours}");
        assert_eq!((&reply["inReplyTo"], &reply["references"]), (&json!("<a1@globex.example>"), &json!(["<a1@globex.example>"])));
        let answer = mail("a2", &format!("In-Reply-To: {ours}\n"), "It is.").replace("Dark display", "Something else");
        let receipt = hand_over(&world, &help, &answer).await.expect(200);
        assert_eq!((&receipt["outcome"], &receipt["requestId"]), (&json!("message"), &request["id"]));
        assert_eq!(ada.get(&path).await.expect(200)["status"], "open");
        let again = hand_over(&world, &help, &answer).await.expect(200);
        assert_eq!((&again["outcome"], &again["repeated"]), (&json!("message"), &json!(true)));
        let echo = format!("From: help@acme.example\nSubject: Re\nMessage-ID: {ours}\n\nIs it plugged in?\n");
        assert_eq!(hand_over(&world, &help, &echo).await.expect(200)["repeated"], true);
        let all = messages(&ada, &request["id"]).await;
        assert_eq!(all.len(), 3);
        assert_eq!((&all[2]["contactId"], &all[2]["sender"]), (&ann["id"], &json!("ann@globex.example")));
        let same_subject = hand_over(&world, &help, &mail("a3", "", "Another thing")).await.expect(200);
        assert_eq!(same_subject["outcome"], "request");
        assert_ne!(same_subject["requestId"], request["id"]);
    }

    async fn replies_to_what_was_merged_go_to_what_it_is_part_of(world) {
        let ada = world.ada().await;
        let help = mailbox(&ada, json!({})).await;
        let one = hand_over(&world, &help, &mail("b1", "", "One")).await.expect(200);
        let other = ada.post("/service-requests", json!({ "subject": "Other" })).await.expect(201);
        let merge = format!("/service-requests/{}/merge", one["requestId"].as_str().expect("an id"));
        ada.post(&merge, json!({ "intoId": other["id"] })).await.expect(200);
        let headers = "References: <unknown@x.example> <b1@globex.example>\n <later@x.example>\n";
        let receipt = hand_over(&world, &help, &mail("b2", headers, "More")).await.expect(200);
        assert_eq!((&receipt["outcome"], &receipt["requestId"]), (&json!("message"), &other["id"]));
        let stranger = mail("b3", "In-Reply-To: <b1@globex.example>\n", "Me too").replace("ann@globex", "eve@elsewhere");
        hand_over(&world, &help, &stranger).await.expect(200);
        let all = messages(&ada, &other["id"]).await;
        assert_eq!((&all[2]["contactId"], &all[2]["sender"]), (&Value::Null, &json!("eve@elsewhere.example")));
    }

    async fn what_programs_send_makes_no_loops(world) {
        let ada = world.ada().await;
        let help = mailbox(&ada, json!({})).await;
        let asked = hand_over(&world, &help, &mail("c1", "", "Help")).await.expect(200);
        let path = format!("/service-requests/{}", asked["requestId"].as_str().expect("an id"));
        ada.post(&format!("{path}/resolve"), json!({})).await.expect(200);
        let away = mail("c2", "Auto-Submitted: auto-replied\nIn-Reply-To: <c1@globex.example>\n", "I am away");
        let receipt = hand_over(&world, &help, &away).await.expect(200);
        assert_eq!((&receipt["outcome"], &receipt["requestId"]), (&json!("note"), &asked["requestId"]));
        assert_eq!(ada.get(&path).await.expect(200)["status"], "resolved");
        for (id, header) in [("c3", "Return-Path: <>\n"), ("c4", "Precedence: bulk\n"), ("c5", "Auto-Submitted: auto-generated\n")] {
            let receipt = hand_over(&world, &help, &mail(id, header, "Undeliverable")).await.expect(200);
            assert_eq!((&receipt["outcome"], &receipt["requestId"]), (&json!("dropped"), &Value::Null));
        }
        let own = mail("c6", "", "From ourselves").replace("ann@globex.example", "HELP@acme.example");
        assert_eq!(hand_over(&world, &help, &own).await.expect(200)["outcome"], "dropped");
        assert_eq!(ada.get("/service-requests?count=true").await.expect(200)["total"], 1);
    }

    async fn unknown_senders_become_what_the_mailbox_says(world) {
        let ada = world.ada().await;
        let help = mailbox(&ada, json!({})).await;
        let first = hand_over(&world, &help, &mail("d1", "", "Hello")).await.expect(200);
        let path = format!("/service-requests/{}", first["requestId"].as_str().expect("an id"));
        assert_eq!(ada.get(&path).await.expect(200)["customerId"], Value::Null);
        ada.patch(&at("/mailboxes/{id}", &help), json!({ "unknownSenders": "lead" })).await.expect(200);
        let receipt = hand_over(&world, &help, &mail("d2", "", "A crane, please")).await.expect(200);
        assert_eq!((&receipt["outcome"], &receipt["requestId"]), (&json!("lead"), &Value::Null));
        assert_eq!(hand_over(&world, &help, &mail("d2", "", "A crane, please")).await.expect(200)["repeated"], true);
        let leads = ada.get("/leads?count=true").await.expect(200);
        assert_eq!((&leads["total"], &leads["items"][0]["name"], &leads["items"][0]["email"]), (&json!(1), &json!("Ann Lee"), &json!("ann@globex.example")));
        ada.patch(&at("/mailboxes/{id}", &help), json!({ "unknownSenders": "drop" })).await.expect(200);
        assert_eq!(hand_over(&world, &help, &mail("d3", "", "Spam")).await.expect(200)["outcome"], "dropped");
    }

    async fn files_of_mail_become_attachments(world) {
        let ada = world.ada().await;
        let help = mailbox(&ada, json!({})).await;
        let parts = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n";
        let body = "--b\nContent-Type: text/html\n\n<p>See the <b>file</b></p><script>x()</script>\n--b\nContent-Type: image/png; name=\"../page.html\"\nContent-Disposition: attachment; filename=\"../page.html\"\nContent-Transfer-Encoding: base64\n\nPGh0bWw+PC9odG1sPg==\n--b--";
        let receipt = hand_over(&world, &help, &mail("e1", parts, body)).await.expect(200);
        let message = messages(&ada, &receipt["requestId"]).await.remove(0);
        assert!(message["body"].as_str().is_some_and(|text| text.contains("See the file") && !text.contains('<')), "{message}");
        let query = "query($id: UUID!) { requestMessage(id: $id) { attachments { name mediaType expiresAt addedById } } }";
        let seen = ada.graphql(query, json!({ "id": message["id"] })).await;
        assert_eq!(seen["requestMessage"]["attachments"], json!([{ "name": "page.html", "mediaType": "text/html", "expiresAt": null, "addedById": null }]));
    }

    async fn only_the_mailboxes_token_lets_mail_in(world) {
        let ada = world.ada().await;
        let help = mailbox(&ada, json!({})).await;
        for token in ["x", "rap_mail_x"] {
            let answer = world.stranger().upload(&format!("/public/inbound-mail/{token}"), MAIL, "From: a@b.example\r\n\r\nx").await;
            assert_eq!(answer.status, 404);
        }
        let json = world.stranger().upload(&format!("/public/inbound-mail/{}", help["token"].as_str().expect("a token")), "application/json", "{}").await;
        assert_eq!(json.status, 415);
        let renewed = ada.post(&at("/mailboxes/{id}/renew-token", &help), json!({})).await.expect(200);
        hand_over(&world, &help, &mail("f1", "", "Hello")).await.expect(404);
        hand_over(&world, &renewed, &mail("f1", "", "Hello")).await.expect(200);
        let receive = "mutation($token: String!, $content: String!) { receiveMail(token: $token, content: $content) { outcome repeated } }";
        let content = BASE64_STANDARD.encode(mail("f1", "", "Hello"));
        let seen = world.stranger().graphql(receive, json!({ "token": renewed["token"], "content": content })).await;
        assert_eq!(seen["receiveMail"], json!({ "outcome": "REQUEST", "repeated": true }));
        ada.patch(&at("/mailboxes/{id}", &help), json!({ "enabled": false })).await.expect(200);
        hand_over(&world, &renewed, &mail("f2", "", "Hello")).await.expect(404);
        world.advance(TimeDelta::minutes(1));
        let (bob, _) = world.join("bob", "agent").await;
        bob.post("/mailboxes", json!({ "name": "His", "address": "his@acme.example" })).await.expect(403);
    }
}
