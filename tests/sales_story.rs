//! The whole of selling, from an enquiry to an order that is delivered and paid: the same story over REST and over GraphQL.

use serde_json::{Value, json};

use crate::harness::{Api, Client, Step, World, on_both_databases};

const SUBMIT: Step = ("submitLeadForm", "/public/lead-forms/{id}/submissions", "");
const RESPOND: Step = ("respondToLead", "/leads/{id}/respond", "");
const QUALIFY: Step = ("qualifyLead", "/leads/{id}/qualify", "");
const CONVERT: Step = ("convertLead", "/leads/{id}/convert", "ConvertLead");
const MOVE: Step = ("moveOpportunity", "/opportunities/{id}/move", "MoveOpportunity");
const WIN: Step = ("winOpportunity", "/opportunities/{id}/win", "WinOpportunity");
const QUOTE: Step = ("createQuote", "/quotes", "NewQuote");
const ASK: Step = ("createApproval", "/approvals", "NewApproval");
const APPROVE: Step = ("approveApproval", "/approvals/{id}/approve", "ApproveApproval");
const SEND: Step = ("sendQuote", "/quotes/{id}/send", "");
const LINK: Step = ("createQuoteLink", "/quotes/{id}/link", "");
const ACCEPT: Step = ("acceptQuoteLink", "/quote-links/accept", "AcceptQuoteLink");
const ORDER: Step = ("orderQuote", "/quotes/{id}/order", "OrderQuote");
const DELIVER: Step = ("createDelivery", "/deliveries", "NewDelivery");
const PAY: Step = ("createPayment", "/payments", "NewPayment");

fn usd(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

/// The manager must agree to more discount than a seller may give; a machine costs 100, and 10 % may be taken off.
async fn prepare(ada: &Client, manager: &Value, rep: &Value) -> (Value, Value) {
    let steps = json!([{ "name": "Manager", "approver": { "user": manager["id"] } }]);
    let over = json!({ "compare": { "field": "overLimit", "eq": true } });
    let rule = json!({ "name": "Too much discount", "position": 1, "subject": "quote", "condition": over, "steps": steps });
    ada.post("/approval-rules", rule).await.expect(201);
    let assign =
        json!({ "name": "All", "position": 1, "userIds": [rep["id"]], "responseWithin": "PT4H" });
    ada.post("/lead-assignment-rules", assign).await.expect(201);
    let product = json!({ "sku": "M-1", "name": "Machine", "price": usd("100.00"), "discountLimit": "10", "taxRate": "19" });
    let product = ada.post("/products", product).await.expect(201);
    let form = json!({ "name": "Contact us", "leadSource": "Website" });
    (product, ada.post("/lead-forms", form).await.expect(201))
}

async fn story(world: World, api: Api) {
    let ada = world.ada().await;
    let (boss, manager) = world.join("boss", "manager").await;
    let (rep, me) = world.join("rep", "rep").await;
    let (product, form) = prepare(&ada, &manager, &me).await;
    let (none, anybody) = (Value::Null, world.stranger());

    // The enquiry is a lead, its seller's, with a task.
    let enquiry = json!({
        "firstName": "Grace", "lastName": "Hopper", "companyName": "Hopper Mills", "email": "grace@mills.example",
        "need": "Three machines", "budget": usd("400.00"),
    });
    let received = match api {
        Api::Rest => api.act(&anybody, SUBMIT, &form["key"], enquiry, "").await,
        Api::GraphQl => {
            let query = "mutation($key: String!, $input: NewLeadFormSubmission!) { submitLeadForm(key: $key, input: $input) { received } }";
            let sent = json!({ "key": form["key"], "input": enquiry });
            anybody.graphql(query, sent).await["submitLeadForm"].clone()
        }
    };
    assert_eq!(received, json!({ "received": true }));
    let lead = rep.get("/leads").await.expect(200)["items"][0].clone();
    assert_eq!(lead["ownerId"], me["id"]);
    let task = rep.get("/tasks").await.expect(200)["items"][0].clone();
    assert_eq!(task["leadId"], lead["id"]);

    // The lead becomes a customer, a contact and an opportunity.
    let lead = &lead["id"];
    api.act(&rep, RESPOND, lead, json!({}), "id").await;
    api.act(&rep, QUALIFY, lead, json!({}), "id").await;
    let into = json!({ "opportunity": { "name": "Three machines" } });
    let converted = api.act(&rep, CONVERT, lead, into, "customerId contactId opportunityId").await;
    let deal = &converted["opportunityId"];
    let path = format!("/opportunities/{}", deal.as_str().expect("an opportunity"));
    let there = rep.get(&path).await.expect(200);
    assert_eq!(
        (&there["customerId"], &there["budget"]),
        (&converted["customerId"], &usd("400.00"))
    );
    let lines = json!({ "amount": null, "lines": [{ "productId": product["id"], "quantity": "3", "discount": "15" }] });
    let priced = rep.patch(&path, lines).await.expect(200);
    assert_eq!(priced["amount"], usd("255.00"));
    let stages = rep
        .get(&format!(
            "/pipeline-stages?pipelineId={}&sort=position",
            there["pipelineId"].as_str().expect("one")
        ))
        .await
        .expect(200);
    let last = stages["items"].as_array().expect("stages").last().expect("a stage").clone();
    let moved = api.act(&rep, MOVE, deal, json!({ "stageId": last["id"] }), "stageId").await;
    assert_eq!(moved["stageId"], last["id"]);

    // What is offered needs the manager; the customer accepts by the link.
    let offer = json!({ "opportunityId": deal });
    let quote = api.act(&rep, QUOTE, &none, offer, "id overLimit amountWithTax { amount }").await;
    assert_eq!(
        (&quote["overLimit"], &quote["amountWithTax"]["amount"]),
        (&json!(true), &json!("303.45"))
    );
    let refused = rep
        .post(&format!("/quotes/{}/send", quote["id"].as_str().expect("an id")), json!({}))
        .await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    let ask = json!({ "quoteId": quote["id"], "reason": "They buy three." });
    let asked = api.act(&rep, ASK, &none, ask, "id").await;
    api.act(&boss, APPROVE, &asked["id"], json!({}), "id").await;
    let sent = api.act(&rep, SEND, &quote["id"], json!({}), "status").await;
    assert_eq!(sent["status"], api.name("sent"));
    let link = api.act(&rep, LINK, &quote["id"], json!({}), "token").await;
    let query = "query($input: OpenQuoteLink!) { openQuoteLink(input: $input) { status } }";
    let seen = anybody.graphql(query, json!({ "input": { "token": link["token"] } })).await;
    assert_eq!(seen["openQuoteLink"]["status"], "SENT");
    let yes = json!({ "token": link["token"], "acceptedBy": "Grace Hopper" });
    let accepted = api.act(&anybody, ACCEPT, &none, yes, "status").await;
    assert_eq!(accepted["status"], api.name("accepted"));

    // The order is what was quoted; it is delivered, and paid.
    let order = api.act(&rep, ORDER, &quote["id"], json!({}), "id quoteId total { amount }").await;
    assert_eq!((&order["quoteId"], &order["total"]["amount"]), (&quote["id"], &json!("255.00")));
    let won = api.act(&rep, WIN, deal, json!({}), "status").await;
    assert_eq!(won["status"], api.name("won"));
    let goods = json!({ "orderId": order["id"], "status": api.name("delivered") });
    api.act(&rep, DELIVER, &none, goods, "status").await;
    let money =
        json!({ "orderId": order["id"], "amount": usd("303.45"), "status": api.name("settled") });
    api.act(&boss, PAY, &none, money, "status").await;
    let done =
        rep.get(&format!("/orders/{}", order["id"].as_str().expect("an id"))).await.expect(200);
    assert_eq!(
        (&done["status"], &done["deliveryStatus"], &done["paymentStatus"]),
        (&json!("completed"), &json!("delivered"), &json!("paid"))
    );
    let differs = rep
        .get(&format!("/orders/{}/differences", order["id"].as_str().expect("an id")))
        .await
        .expect(200);
    assert_eq!(differs["lines"], json!([]));

    // Every step is in the log, in its order.
    let steps = [
        "lead.created",
        "lead.converted",
        "quote.created",
        "approval.approved",
        "quote.sent",
        "quote.accepted",
        "order.created",
        "opportunity.won",
        "delivery.created",
        "payment.created",
    ];
    let types: Vec<String> = steps.iter().map(|step| format!("rapport.{step}.v1")).collect();
    let log = ada.events(&format!("types={}", types.join(",")), steps.len()).await;
    let told: Vec<&Value> =
        log["items"].as_array().expect("events").iter().map(|event| &event["type"]).collect();
    assert_eq!(json!(told), json!(types));
}

on_both_databases! {
    async fn an_enquiry_becomes_an_order_that_is_paid_over_rest(world) {
        story(world, Api::Rest).await;
    }

    async fn an_enquiry_becomes_an_order_that_is_paid_over_graphql(world) {
        story(world, Api::GraphQl).await;
    }
}
