//! Files that belong to service requests: sent, taken by messages, handed out, and removed.

use chrono::TimeDelta;
use rapport_domain::integration::upkeep::{self, Keep};
use serde_json::{Value, json};

use crate::harness::{Answer, Client, World, on_both_databases, world::OBJECT};

const BYTES: &str = "application/octet-stream";
const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

async fn request(client: &Client, subject: &str) -> Value {
    client.post("/service-requests", json!({ "subject": subject })).await.expect(201)
}

async fn send(client: &Client, request: &Value, query: &str, file: &[u8]) -> Answer {
    let path = at("/service-requests/{id}/attachments", request) + query;
    client.upload(&path, BYTES, file.to_vec()).await
}

async fn write(client: &Client, request: &Value, message: Value) -> Answer {
    client.post(&at("/service-requests/{id}/messages", request), message).await
}

/// How many files are stored.
fn stored(world: &World) -> usize {
    let directory = world.objects_directory().join(world.acme.id.to_string());
    std::fs::read_dir(directory).map_or(0, |entries| entries.count())
}

async fn upkeep(world: &World) {
    upkeep::round(&world.database, &world.objects, Keep::default()).await.expect("upkeep");
}

on_both_databases! {
    async fn a_file_is_what_is_in_it_and_is_handed_out_so_that_it_cannot_run(world) {
        let ada = world.ada().await;
        let made = request(&ada, "Broken").await;
        let file = send(&ada, &made, "?fileName=..%2Fphoto%20%C3%A9.html&keep=true", PIXEL).await.expect(201);
        assert_eq!((&file["name"], &file["mediaType"], &file["bytes"]), (&json!("photo \u{e9}.html"), &json!("image/png"), &json!(PIXEL.len())));
        assert_eq!(file["sha256"].as_str().map(str::len), Some(64));
        assert_eq!((&file["expiresAt"], &file["isInternal"]), (&Value::Null, &json!(false)));
        let picture = ada.get(&at("/attachments/{id}/download", &file)).await;
        assert_eq!((picture.status.as_u16(), picture.header("content-type")), (200, "image/png"));
        assert!(picture.header("content-disposition").starts_with("inline; filename=\"photo__.html\""), "{}", picture.header("content-disposition"));
        let page = send(&ada, &made, "?fileName=page.png&keep=true", b"<html><script>alert(1)</script>").await.expect(201);
        assert_eq!(page["mediaType"], "text/html");
        let page = ada.get(&at("/attachments/{id}/download", &page)).await;
        assert!(page.header("content-disposition").starts_with("attachment"), "{}", page.header("content-disposition"));
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.headers.get_all("content-security-policy").iter().count(), 1);
        assert!(page.header("content-security-policy").contains("sandbox"), "{}", page.header("content-security-policy"));
        assert!(page.text.starts_with("<html>"));
        let seen = ada.get(&at("/service-requests/{id}/attachments?count=true", &made)).await.expect(200);
        assert_eq!(seen["total"], 2);
        let drawing = ada.upload(&at("/service-requests/{id}/attachments", &made), "image/png", PIXEL).await;
        assert_eq!(drawing.status, 415);
        let told = ada.events("types=rapport.service_request.attachment_added.v1", 2).await;
        assert_eq!(told["items"][0]["data"]["after"]["attachment"]["name"], "photo \u{e9}.html");
    }

    async fn a_message_is_sent_with_files_that_stay_and_others_go_after_a_day(world) {
        let ada = world.ada().await;
        let (made, other) = (request(&ada, "Broken").await, request(&ada, "Other").await);
        let file = send(&ada, &made, "?fileName=log.txt", b"Dear all").await.expect(201);
        let lost = send(&ada, &made, "", b"Never sent").await.expect(201);
        assert_eq!((&file["expiresAt"], &lost["name"]), (&json!("2026-11-22T12:00:00Z"), &json!("file")));
        let theirs = send(&ada, &other, "", b"Of another").await.expect(201);
        let wrong = write(&ada, &made, json!({ "kind": "reply", "body": "Hello", "attachmentIds": [theirs["id"], file["id"], file["id"]] })).await;
        assert_eq!((wrong.status.as_u16(), wrong.pointers()), (422, vec!["/attachmentIds/2".to_owned(), "/attachmentIds/0".to_owned()]));
        let reply = json!({ "kind": "reply", "body": "Hello", "attachmentIds": [file["id"]] });
        let reply = write(&ada, &made, reply).await.expect(201);
        let seen = ada.get(&at("/attachments/{id}", &file)).await.expect(200);
        assert_eq!((&seen["messageId"], &seen["expiresAt"]), (&reply["id"], &Value::Null));
        let again = json!({ "kind": "reply", "body": "Once more", "attachmentIds": [file["id"]] });
        assert_eq!(write(&ada, &made, again).await.pointers(), ["/attachmentIds/0"]);
        let query = "query($id: UUID!) { requestMessage(id: $id) { attachments { name request { id } message { id } addedBy { name } } } }";
        let seen = ada.graphql(query, json!({ "id": reply["id"] })).await;
        assert_eq!(seen["requestMessage"]["attachments"][0]["addedBy"]["name"], "Ada Lovelace");
        upkeep(&world).await;
        assert_eq!(stored(&world), 3);
        world.advance(TimeDelta::days(1));
        upkeep(&world).await;
        assert_eq!(stored(&world), 1);
        let ada = world.ada().await;
        ada.get(&at("/attachments/{id}", &lost)).await.expect(404);
        assert_eq!(ada.get(&at("/attachments/{id}/download", &file)).await.text, "Dear all");
    }

    async fn a_link_is_good_for_its_time_and_never_for_what_is_among_ourselves(world) {
        let ada = world.ada().await;
        let made = request(&ada, "Broken").await;
        let file = send(&ada, &made, "?fileName=manual.txt&keep=true", b"Press the button").await.expect(201);
        let link = ada.post(&at("/attachments/{id}/link", &file), json!({ "hours": 2 })).await.expect(200);
        assert_eq!(link["expiresAt"], "2026-11-21T14:00:00Z");
        let path = link["path"].as_str().expect("a path");
        let got = world.stranger().get(path).await;
        assert_eq!((got.status.as_u16(), got.text.as_str()), (200, "Press the button"));
        let mut forged = path.to_owned();
        let last = forged.pop();
        forged.push(if last == Some('A') { 'Q' } else { 'A' });
        for wrong in [&forged[..], &path[..path.len() - 4], "/public/attachments/x"] {
            world.stranger().get(wrong).await.expect(404);
        }
        let hidden = send(&ada, &made, "", b"He is angry").await.expect(201);
        write(&ada, &made, json!({ "kind": "note", "body": "See", "attachmentIds": [hidden["id"]] })).await.expect(201);
        ada.post(&at("/attachments/{id}/link", &hidden), json!({})).await.expect(409);
        ada.post(&at("/attachments/{id}/link", &file), json!({ "hours": 1000 })).await.expect(422);
        world.advance(TimeDelta::hours(2));
        world.stranger().get(path).await.expect(404);
        let ada = world.ada().await;
        let link = "mutation($id: UUID!) { createAttachmentLink(id: $id, input: {}) { path } }";
        let path = ada.graphql(link, json!({ "id": file["id"] })).await["createAttachmentLink"]["path"].clone();
        let path = path.as_str().expect("a path");
        assert_eq!(world.stranger().get(path).await.text, "Press the button");
        ada.delete(&at("/attachments/{id}", &file)).await.expect(204);
        world.stranger().get(path).await.expect(404);
        upkeep(&world).await;
        assert_eq!(stored(&world), 1);
    }

    async fn files_have_limits_and_can_be_sent_again(world) {
        let ada = world.ada().await;
        let made = request(&ada, "Broken").await;
        let large = vec![b'x'; OBJECT as usize + 1];
        send(&ada, &made, "", &large).await.expect(413);
        assert_eq!(send(&ada, &made, "", b"").await.status, 422);
        let faults = send(&ada, &made, "?id=x&keep=perhaps", b"x").await;
        assert_eq!((faults.status.as_u16(), faults.pointers().len()), (422, 2));
        let id = uuid::Uuid::now_v7();
        let query = format!("?id={id}&fileName=a.txt");
        let first = send(&ada, &made, &query, b"abc").await.expect(201);
        assert_eq!(send(&ada, &made, &query, b"abc").await.expect(201), first);
        send(&ada, &made, &format!("?id={id}&fileName=b.txt"), b"abc").await.expect(409);
        assert_eq!(stored(&world), 1);
        let create = "mutation($id: UUID!) { createAttachment(id: $id, input: { fileName: \"a.txt\", keep: true }, content: \"aGVsbG8=\") { name bytes mediaType } }";
        let file = ada.graphql(create, json!({ "id": made["id"] })).await["createAttachment"].clone();
        assert_eq!(file, json!({ "name": "a.txt", "bytes": 5, "mediaType": "text/plain" }));
        upkeep(&world).await;
        assert_eq!(stored(&world), 2);
    }

    async fn files_go_where_their_request_and_message_go(world) {
        let ada = world.ada().await;
        let (one, other) = (request(&ada, "One").await, request(&ada, "Other").await);
        let file = send(&ada, &one, "", b"One's").await.expect(201);
        let said = json!({ "kind": "customer", "body": "Two things", "attachmentIds": [file["id"]] });
        let said = write(&ada, &one, said).await.expect(201);
        let split = ada.post(&at("/service-requests/{id}/split", &one), json!({ "messageId": said["id"] })).await.expect(201);
        assert_eq!(ada.get(&at("/attachments/{id}", &file)).await.expect(200)["requestId"], split["id"]);
        ada.post(&at("/service-requests/{id}/merge", &split), json!({ "intoId": other["id"] })).await.expect(200);
        assert_eq!(ada.get(&at("/attachments/{id}", &file)).await.expect(200)["requestId"], other["id"]);
        let late = send(&ada, &split, "?keep=true", b"Sent to what was merged").await.expect(201);
        assert_eq!(late["requestId"], other["id"]);
        ada.delete(&at("/service-requests/{id}", &other)).await.expect(204);
        ada.get(&at("/attachments/{id}/download", &file)).await.expect(404);
        world.advance(TimeDelta::days(29));
        upkeep(&world).await;
        let ada = world.ada().await;
        ada.post(&at("/service-requests/{id}/restore", &other), json!({})).await.expect(200);
        assert_eq!(ada.get(&at("/attachments/{id}/download", &file)).await.text, "One's");
        world.advance(TimeDelta::days(31));
        upkeep(&world).await;
        assert_eq!(stored(&world), 2);
        let ada = world.ada().await;
        ada.delete(&at("/service-requests/{id}", &other)).await.expect(204);
        world.advance(TimeDelta::days(30));
        upkeep(&world).await;
        assert_eq!(stored(&world), 0);
    }

    async fn reading_files_follows_the_request(world) {
        let ada = world.ada().await;
        let grants = |resource: &str| json!({ "resource": resource, "verb": "read", "scope": "own" });
        let role = json!({ "name": "Own only", "permissions": [grants("service_request"), grants("attachment")] });
        let role = ada.post("/roles", role).await.expect(201);
        let (bob, bob_id) = world.join_as("bob", &role["id"]).await;
        let made = ada.post("/service-requests", json!({ "subject": "His", "ownerId": bob_id["id"] })).await.expect(201);
        let (his, not_his) = (send(&ada, &made, "?keep=true", b"his").await.expect(201), request(&ada, "Not his").await);
        let not_his = send(&ada, &not_his, "?keep=true", b"not his").await.expect(201);
        assert_eq!(bob.get(&at("/attachments/{id}/download", &his)).await.text, "his");
        bob.get(&at("/attachments/{id}/download", &not_his)).await.expect(404);
        bob.get(&at("/attachments/{id}", &not_his)).await.expect(404);
        bob.delete(&at("/attachments/{id}", &his)).await.expect(403);
        send(&bob, &made, "", b"more").await.expect(403);
    }
}
