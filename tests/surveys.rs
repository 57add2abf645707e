//! Satisfaction: who is asked once their request is closed, what they say without signing in, and what follows a bad score.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rapport_domain::{service::surveys::SurveysDue, timed};
use serde_json::{Value, json};

use crate::harness::{Client, World, on_both_databases};

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

/// Two nodes look for what is due at once.
async fn pass(world: &World) -> Client {
    let look = || timed::catch_up(&SurveysDue, &world.database);
    for done in join_all([look(), look()]).await {
        done.expect("surveys");
    }
    world.ada().await
}

async fn survey(ada: &Client, name: &str, more: Value) -> Value {
    let mut new =
        json!({ "name": name, "kind": "csat", "question": "How content are you?", "position": 10 });
    for (name, value) in more.as_object().expect("members") {
        new[name] = value.clone();
    }
    ada.post("/surveys", new).await.expect(201)
}

async fn customer(ada: &Client, name: &str) -> Value {
    ada.post("/customers", json!({ "kind": "organization", "name": name })).await.expect(201)
}

async fn closed(ada: &Client, of: &Value, more: Value) -> Value {
    let mut new = more;
    new["subject"] = json!("The press does not start");
    new["customerId"] = of["id"].clone();
    let made = ada.post("/service-requests", new).await.expect(201);
    ada.post(&at("/service-requests/{id}/close", &made), json!({})).await.expect(200)
}

/// What came of asking after a request.
async fn response(ada: &Client, request: &Value) -> Value {
    let id = request["id"].as_str().expect("an id");
    let found = ada.get(&format!("/survey-responses?requestId={id}")).await.expect(200);
    assert!(found["items"].as_array().expect("some").len() < 2);
    found["items"][0].clone()
}

async fn link(ada: &Client, response: &Value) -> Value {
    ada.post(&at("/survey-responses/{id}/link", response), json!({})).await.expect(200)
}

on_both_databases! {
    async fn whoever_is_asked_answers_once_without_signing_in_and_a_bad_score_has_somebody_follow(world) {
        let ada = world.ada().await;
        let (_, boss) = world.join("boss", "manager").await;
        survey(&ada, "After all", json!({ "followUpTo": 2, "followUpOwnerId": boss["id"] })).await;
        let acme = customer(&ada, "Acme").await;
        let request = closed(&ada, &acme, json!({ "kind": "fault" })).await;
        let ada = pass(&world).await;
        let asked = response(&ada, &request).await;
        assert_eq!((&asked["status"], &asked["kind"], &asked["expiresAt"]), (&json!("asked"), &json!("csat"), &json!("2026-12-05T12:00:00Z")));
        let (one, two) = (link(&ada, &asked).await, link(&ada, &asked).await);
        let anybody = world.stranger();
        let seen = anybody.post("/survey-links/open", json!({ "token": one["token"] })).await.expect(200);
        assert_eq!((&seen["company"], &seen["lowest"], &seen["highest"], &seen["score"]), (&json!("acme"), &json!(1), &json!(5), &Value::Null));
        let too_much = anybody.post("/survey-links/answer", json!({ "token": one["token"], "score": 6 })).await;
        assert_eq!((too_much.status.as_u16(), too_much.pointers()), (422, vec!["/score".to_owned()]));
        let said = json!({ "token": one["token"], "score": 1, "comment": "It still does not start." });
        anybody.post("/survey-links/answer", said.clone()).await.expect(200);
        // The same again is the same; anything else comes too late, by whatever link.
        assert_eq!(anybody.post("/survey-links/answer", said).await.expect(200)["score"], 1);
        let other = anybody.post("/survey-links/answer", json!({ "token": two["token"], "score": 5 })).await;
        assert_eq!(other.status, 409, "{}", other.text);

        let answered = response(&ada, &request).await;
        assert_eq!((&answered["status"], &answered["score"], &answered["rating"]), (&json!("answered"), &json!(1), &json!("bad")));
        let follows = ada.get(&format!("/service-requests/{}", answered["followUpId"].as_str().expect("one"))).await.expect(200);
        assert_eq!((&follows["kind"], &follows["ownerId"], &follows["priority"]), (&json!("complaint"), &boss["id"], &json!("high")));
        assert_eq!((&follows["customerId"], &follows["description"]), (&acme["id"], &json!("It still does not start.")));
        let links = ada.get(&at("/service-requests/{id}/links", &follows)).await.expect(200);
        assert_eq!(links["items"][0]["kind"], "follows");
        assert_eq!(ada.post(&at("/survey-responses/{id}/link", &answered), json!({})).await.status, 409);
        // It is on the customer, and in rules.
        let unhappy = json!({ "relation": { "name": "surveyResponses", "filter": { "compare": { "field": "rating", "eq": "bad" } } } });
        let found = ada.post("/customers/search", json!({ "filter": unhappy })).await.expect(200);
        assert_eq!(found["items"][0]["id"], acme["id"]);
        let query = "query($id: UUID!) { customer(id: $id) { surveyResponses { score rating followUp { number } } } }";
        let seen = ada.graphql(query, json!({ "id": acme["id"] })).await;
        assert_eq!(seen["customer"]["surveyResponses"][0]["followUp"]["number"], follows["number"]);
    }

    async fn links_that_are_not_ours_or_are_too_old_open_nothing(world) {
        let ada = world.ada().await;
        survey(&ada, "After all", json!({ "validDays": 1, "restDays": 0 })).await;
        let acme = customer(&ada, "Acme").await;
        let (one, two) = (closed(&ada, &acme, json!({})).await, closed(&ada, &acme, json!({})).await);
        let ada = pass(&world).await;
        let (one, two) = (response(&ada, &one).await, response(&ada, &two).await);
        let token = link(&ada, &one).await["token"].as_str().expect("a token").to_owned();
        let other = link(&ada, &two).await["token"].as_str().expect("a token").to_owned();
        let anybody = world.stranger();
        // A token of parts of two.
        let (middle, end) = (token.len() / 2, token.len() - 4);
        let mixed = format!("{}{}", &token[..middle], &other[middle..]);
        let cut = token[..end].to_owned();
        let flipped = format!("{}{}", &cut, if token.ends_with('A') { "BBBB" } else { "AAAA" });
        for wrong in [mixed, cut, flipped, "rap_survey_x".to_owned(), "rap_survey_".to_owned() + &"A".repeat(120)] {
            let opened = anybody.post("/survey-links/open", json!({ "token": wrong })).await;
            assert_eq!((opened.status.as_u16(), opened.pointers()), (409, vec!["/token".to_owned()]), "{wrong} {}", opened.text);
            let answered = anybody.post("/survey-links/answer", json!({ "token": wrong, "score": 5 })).await;
            assert_eq!(answered.status, 409);
        }
        anybody.post("/survey-links/answer", json!({ "token": other, "score": 5 })).await.expect(200);
        world.advance(TimeDelta::hours(25));
        assert_eq!(anybody.post("/survey-links/answer", json!({ "token": token, "score": 5 })).await.status, 409);
        assert_eq!(anybody.post("/survey-links/open", json!({ "token": token })).await.status, 409);
        // What was answered can be looked at still.
        assert_eq!(anybody.post("/survey-links/open", json!({ "token": other })).await.expect(200)["score"], 5);
    }

    async fn the_page_asks_and_takes_one_answer_and_nothing_is_written_by_looking(world) {
        let ada = world.ada().await;
        survey(&ada, "After all", json!({ "kind": "nps", "question": "Would you <b>recommend</b> us?" })).await;
        let acme = customer(&ada, "Acme").await;
        let request = closed(&ada, &acme, json!({})).await;
        let ada = pass(&world).await;
        let made = link(&ada, &response(&ada, &request).await).await;
        let path = made["path"].as_str().expect("a path").trim_start_matches("/api/v1").to_owned();
        let anybody = world.stranger();
        let page = anybody.get(&format!("{path}?score=9")).await;
        assert_eq!((page.status.as_u16(), page.header("referrer-policy"), page.header("cache-control")), (200, "no-referrer", "no-store"));
        assert!(page.text.contains("&lt;b&gt;") && page.text.contains("value=\"10\"") && page.text.contains("aria-current"), "{}", page.text);
        assert_eq!(response(&ada, &request).await["status"], "asked");
        let form = "application/x-www-form-urlencoded";
        let sent = anybody.upload(&path, form, "score=9&comment=Fine+%3Cscript%3E").await;
        assert!(sent.status == 200 && sent.text.contains("Fine &lt;script&gt;"), "{}", sent.text);
        assert_eq!(response(&ada, &request).await["score"], 9);
        assert_eq!(anybody.upload(&path, form, "score=1").await.status, 409);
        assert!(anybody.get(&path).await.text.contains("Thank you"));
        assert_eq!(anybody.get("/public/surveys/rap_survey_x").await.status, 404);
    }

    async fn nobody_is_asked_too_often_or_against_their_will_or_after_what_was_taken_up_again(world) {
        let ada = world.ada().await;
        survey(&ada, "After faults", json!({ "position": 1, "delayMinutes": 60, "condition": { "compare": { "field": "kind", "eq": "fault" } } })).await;
        survey(&ada, "After all", json!({})).await;
        let (acme, bolt) = (customer(&ada, "Acme").await, customer(&ada, "Bolt").await);
        let consent = json!({ "customerId": bolt["id"], "purpose": "surveys", "channel": "any", "status": "denied" });
        ada.post("/consents", consent).await.expect(201);
        let (one, two) = (closed(&ada, &acme, json!({})).await, closed(&ada, &acme, json!({})).await);
        let unwilling = closed(&ada, &bolt, json!({})).await;
        let nobody = ada.post("/service-requests", json!({ "subject": "Who?" })).await.expect(201);
        ada.post(&at("/service-requests/{id}/close", &nobody), json!({})).await.expect(200);
        let fault = closed(&ada, &customer(&ada, "Core").await, json!({ "kind": "fault" })).await;
        let reopened = closed(&ada, &customer(&ada, "Dent").await, json!({ "kind": "fault" })).await;
        let ada = pass(&world).await;
        let both = [response(&ada, &one).await, response(&ada, &two).await];
        let mut stand: Vec<(&str, &str)> = both.iter().map(|row| (row["status"].as_str().unwrap(), row["reason"].as_str().unwrap_or(""))).collect();
        stand.sort_unstable();
        assert_eq!(stand, [("asked", ""), ("skipped", "rest")]);
        assert_eq!(response(&ada, &unwilling).await["reason"], "consent");
        assert_eq!(response(&ada, &nobody).await["reason"], "nobody");
        assert_eq!(response(&ada, &fault).await, Value::Null);
        ada.post(&at("/service-requests/{id}/reopen", &reopened), json!({})).await.expect(200);
        world.advance(TimeDelta::minutes(61));
        let ada = pass(&world).await;
        assert_eq!(response(&ada, &fault).await["status"], "asked");
        assert_eq!(response(&ada, &reopened).await, Value::Null);
        // A month later they may be asked again; the same request is not.
        world.advance(TimeDelta::days(31));
        let ada = world.ada().await;
        let later = closed(&ada, &acme, json!({})).await;
        ada.post(&at("/service-requests/{id}/reopen", &one), json!({})).await.expect(200);
        ada.post(&at("/service-requests/{id}/close", &one), json!({})).await.expect(200);
        let ada = pass(&world).await;
        assert_eq!(response(&ada, &later).await["status"], "asked");
        assert_eq!(response(&ada, &one).await["id"], both[0]["id"]);
    }

    async fn answers_of_other_systems_are_written_down_by_their_ids(world) {
        let ada = world.ada().await;
        let nps = survey(&ada, "NPS", json!({ "kind": "nps", "active": false })).await;
        let acme = customer(&ada, "Acme").await;
        let said = json!({ "surveyId": nps["id"], "score": 10, "customerId": acme["id"], "answeredAt": "2017-05-09T10:00:00Z" });
        let path = "/survey-responses/by-external/sfo/7";
        let made = ada.put(path, said.clone()).await.expect(201);
        assert_eq!((&made["rating"], &made["source"]), (&json!("good"), &json!("sfo")));
        assert_eq!(ada.put(path, said).await.expect(200)["version"], 1);
        let changed = json!({ "surveyId": nps["id"], "score": 6, "customerId": acme["id"], "answeredAt": "2017-05-09T10:00:00Z" });
        assert_eq!(ada.put(path, changed).await.expect(200)["rating"], "bad");
        let wrong = json!({ "surveyId": nps["id"], "score": 11, "customerId": nps["id"], "requestId": nps["id"], "answeredAt": "2099-05-09T10:00:00Z" });
        let wrong = ada.put(path, wrong).await;
        assert_eq!(wrong.pointers(), ["/score", "/answeredAt", "/requestId", "/customerId"], "{}", wrong.text);
        let scale = ada.post("/surveys", json!({ "name": "CES", "kind": "ces", "question": " ", "position": 1, "followUpTo": 8, "validDays": 0 })).await;
        assert_eq!(scale.pointers(), ["/validDays", "/followUpTo", "/question"], "{}", scale.text);
    }

    async fn answers_in_a_file_are_imported_and_blanks_are_told_of(world) {
        let ada = world.ada().await;
        survey(&ada, "Airport", json!({ "kind": "nps", "active": false })).await;
        // The shape of an airport's survey: 11 stands for blank, which is no answer.
        let file = "RESPNUM,NETPRO,INTDATE\n1,10,2017-05-13\n2,11,2017-05-13\n3,0,2017-05-14\n4,12,2017-05-14\n";
        let query = "kind=survey_responses&source=airport&map=RESPNUM=externalId&map=NETPRO=score&map=INTDATE=answeredAt&set=survey=Airport";
        let run = async |ada: &Client| {
            let new = ada.upload(&format!("/imports?{query}"), "text/csv", file).await.expect(201);
            world.work().await;
            ada.get(&at("/imports/{id}", &new)).await.expect(200)
        };
        let done = run(&ada).await;
        assert_eq!((&done["imported"], &done["failed"]), (&json!(2), &json!(2)), "{done}");
        let errors = ada.get(&at("/imports/{id}/errors", &done)).await.text;
        assert!(errors.matches("must be 0 to 10").count() == 2, "{errors}");
        assert_eq!(run(&ada).await["unchanged"], 2);
        let found = ada.get("/analysis/satisfaction?kind=nps&from=2017-01-01&to=2017-12-31").await.expect(200);
        assert_eq!((&found["total"]["answered"], &found["total"]["index"]), (&json!(2), &json!(0.0)));
        let one = ada.get("/survey-responses?externalId=1").await.expect(200)["items"][0].clone();
        // Days are the workspace's.
        assert_eq!((&one["answeredAt"], &one["rating"]), (&json!("2017-05-12T22:00:00Z"), &json!("good")));
    }
}
