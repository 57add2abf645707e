//! The whole of service, from an order to what follows a bad answer: the same story over REST and over GraphQL.

use rapport_domain::{service::surveys::SurveysDue, timed};
use serde_json::{Value, json};

use crate::harness::{Api, Client, Step, World, on_both_databases};

const ORDER: Step = ("createOrder", "/orders", "NewOrder");
const DELIVER: Step = ("createDelivery", "/deliveries", "NewDelivery");
const ASK: Step = ("createServiceRequest", "/service-requests", "NewServiceRequest");
const TAKE: Step = ("takeServiceRequest", "/service-requests/{id}/take", "");
const WRITE: Step =
    ("createRequestMessage", "/service-requests/{id}/messages", "NewRequestMessage");
const RESOLVE: Step =
    ("resolveServiceRequest", "/service-requests/{id}/resolve", "ResolveServiceRequest");
const CLOSE: Step = ("closeServiceRequest", "/service-requests/{id}/close", "");
const LINK: Step = ("createSurveyLink", "/survey-responses/{id}/link", "");
const ANSWER: Step = ("answerSurvey", "/survey-links/answer", "AnswerSurvey");
const PROMISE: Step = ("createPromise", "/promises", "NewPromise");
const TELL: Step = ("tellComplaintOutcome", "/complaints/{id}/tell", "TellOutcome");
const FIND: Step = ("createComplaint", "/complaints", "NewComplaint");
const KEEP: Step = ("keepPromise", "/promises/{id}/keep", "CheckPromise");

/// A press with a warranty of two years, four hours to the first response, and a question once a request is closed.
async fn prepare(ada: &Client) -> Value {
    let price = json!({ "amount": "900.00", "currency": "USD" });
    let press = json!({ "sku": "PRESS", "name": "Press", "price": price });
    let press = ada.post("/products", press).await.expect(201);
    let plan =
        json!({ "name": "Warranty", "kind": "warranty", "productId": press["id"], "months": 24 });
    ada.post("/service-plans", plan).await.expect(201);
    let target = json!({ "kind": "first_response", "priority": "normal", "within": "PT4H" });
    let high = json!({ "kind": "first_response", "priority": "high", "within": "PT1H" });
    let policy = json!({ "name": "Standard", "position": 1, "targets": [target, high] });
    ada.post("/service-policies", policy).await.expect(201);
    let survey = json!({ "name": "After all", "kind": "csat", "question": "How content are you?", "position": 1, "followUpTo": 2 });
    ada.post("/surveys", survey).await.expect(201);
    press
}

async fn story(world: World, api: Api) {
    let ada = world.ada().await;
    let press = prepare(&ada).await;
    world.catch_up().await;
    let (agent, me) = world.join("agent", "agent").await;
    let (none, anybody) = (Value::Null, world.stranger());
    let acme = json!({ "kind": "organization", "name": "Acme" });
    let acme = ada.post("/customers", acme).await.expect(201)["id"].clone();

    // What is sold brings its warranty along, once it is delivered.
    let lines = json!([{ "productId": press["id"], "quantity": "1" }]);
    let order = json!({ "customerId": acme, "status": api.name("placed"), "lines": lines });
    let order = api.act(&ada, ORDER, &none, order, "id").await["id"].clone();
    let goods = json!({ "orderId": order, "status": api.name("delivered"), "lines": [{ "line": 1, "quantity": "1" }] });
    api.act(&ada, DELIVER, &none, goods, "id").await;
    world.catch_up().await;

    // The fault is covered; the agent takes the request and answers within the time that was promised.
    let asked =
        json!({ "customerId": acme, "productId": press["id"], "kind": api.name("warranty") });
    let covered = match api {
        Api::Rest => agent.post("/coverage/check", asked).await.expect(200),
        Api::GraphQl => {
            let query = "query($input: CoverageRequest!) { checkCoverage(input: $input) { covered entitlementId } }";
            agent.graphql(query, json!({ "input": asked })).await["checkCoverage"].clone()
        }
    };
    assert_eq!(covered["covered"], true);
    let fault = json!({ "subject": "It does not start", "kind": api.name("fault"), "customerId": acme, "productId": press["id"], "orderId": order, "orderLine": 1, "entitlementId": covered["entitlementId"] });
    let request = api.act(&agent, ASK, &none, fault, "id number").await;
    let id = &request["id"];
    api.act(&agent, TAKE, id, json!({}), "id").await;
    let reply = json!({ "kind": api.name("reply"), "body": "We are on our way." });
    api.act(&agent, WRITE, id, reply, "id").await;
    let path = format!("/service-requests/{}", id.as_str().expect("an id"));
    let clocks = agent.get(&format!("{path}/clocks")).await.expect(200);
    assert_eq!(clocks["items"][0]["state"], "met");
    api.act(&agent, RESOLVE, id, json!({ "resolution": "The fuse was replaced." }), "id").await;
    api.act(&agent, CLOSE, id, json!({}), "id").await;

    // The customer is asked, and is not content.
    timed::catch_up(&SurveysDue, &world.database).await.expect("surveys");
    let about = format!("/survey-responses?requestId={}", id.as_str().expect("an id"));
    let response = ada.get(&about).await.expect(200)["items"][0]["id"].clone();
    let link = api.act(&agent, LINK, &response, json!({}), "token").await;
    let answer = json!({ "token": link["token"], "score": 1, "comment": "It stopped again." });
    let said = api.act(&anybody, ANSWER, &none, answer, "score").await;
    assert_eq!(said["score"], 1);

    // What follows is a complaint, in the same hands, with a clock; it is closed once all is done.
    let answered = ada
        .get(&format!("/survey-responses/{}", response.as_str().expect("an id")))
        .await
        .expect(200);
    let follows = answered["followUpId"].clone();
    let follow_path = format!("/service-requests/{}", follows.as_str().expect("an id"));
    let there = agent.get(&follow_path).await.expect(200);
    assert_eq!((&there["kind"], &there["ownerId"]), (&json!("complaint"), &me["id"]));
    let clocks = agent.get(&format!("{follow_path}/clocks")).await.expect(200);
    assert_eq!(
        (&clocks["items"][0]["state"], &clocks["items"][0]["targetMinutes"]),
        (&json!("running"), &json!(60))
    );
    let promise = json!({ "requestId": follows, "body": "A technician on Monday", "dueAt": "2026-11-23T12:00:00Z" });
    let promise = api.act(&agent, PROMISE, &none, promise, "id").await;
    let found = json!({ "requestId": follows, "remedy": api.name("repair") });
    let found = api.act(&agent, FIND, &none, found, "id").await;
    assert_eq!(agent.post(&format!("{follow_path}/close"), json!({})).await.status, 409);
    api.act(
        &agent,
        TELL,
        &found["id"],
        json!({ "outcome": "The motor is replaced on Monday." }),
        "id",
    )
    .await;
    api.act(&agent, KEEP, &promise["id"], json!({}), "id").await;
    let closed = api.act(&agent, CLOSE, &follows, json!({}), "status").await;
    assert_eq!(closed["status"], "closed");
    let customer = format!("/customers/{}/timeline", acme.as_str().expect("an id"));
    let timeline = ada.get(&customer).await.expect(200).to_string();
    for told in ["survey_response", "promise", "complaint", "service_request", "entitlement"] {
        assert!(timeline.contains(told), "{told} is not on the timeline");
    }
}

on_both_databases! {
    async fn what_is_sold_is_looked_after_until_the_customer_is_content_over_rest(world) {
        story(world, Api::Rest).await;
    }

    async fn what_is_sold_is_looked_after_until_the_customer_is_content_over_graphql(world) {
        story(world, Api::GraphQl).await;
    }
}
