//! Every operation of both APIs, read off the generated documents: strangers, other workspaces and roles without leave
//! get nothing, roles with leave get through. An operation without a sample fails.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use rapport_domain::{service::surveys::SurveysDue, timed, work::Reminders};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, World, on_both_databases, world::PASSWORD};

/// Operations that need no caller. This list only ever shrinks.
const PUBLIC: [&str; 14] = [
    "create_session",
    "refresh_session",
    "accept_invitation",
    "open_quote_link",
    "accept_quote_link",
    "decline_quote_link",
    "get_quote_link_pdf",
    "submit_lead_form",
    "open_survey",
    "answer_survey",
    "get_survey_page",
    "send_survey_page",
    "get_public_attachment",
    "receive_mail",
];

/// A picture of one pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

/// Operations that everybody may do to what is their own, whatever their role.
const ONESELF: [&str; 14] = [
    "get_workspace_logo",
    "list_notifications",
    "search_notifications",
    "get_notification",
    "get_unread_notification_count",
    "read_notification",
    "read_all_notifications",
    "get_me",
    "change_password",
    "get_workspace",
    "list_sessions",
    "get_session",
    "end_session",
    "end_sessions",
];

/// REST operations that GraphQL's list fields do as well.
const ALSO_A_LIST: &str = "search_";

/// An operation of the REST API.
#[derive(Clone, Debug)]
struct Operation {
    id: String,
    method: Method,
    path: String,
    /// Whether it answers with a file or a stream.
    streams: bool,
}

fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(rapport_api::document()).expect("a document");
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("an item") {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            let Some(id) = operation["operationId"].as_str() else { continue };
            let answers = operation["responses"].as_object().expect("responses");
            let good = answers.iter().filter(|(status, _)| status.starts_with('2'));
            let mut good = good.filter_map(|(_, answer)| answer["content"].as_object());
            let streams = good.any(|content| !content.contains_key("application/json"));
            operations.push(Operation { id: id.to_owned(), method, path: path.clone(), streams });
        }
    }
    operations
}

/// What an operation is called with: the values of its path, and its body.
#[derive(Clone, Debug)]
struct Sample {
    path: BTreeMap<&'static str, String>,
    body: Option<Value>,
    /// The media type, the query and the body of a file.
    file: Option<(&'static str, &'static str, &'static str)>,
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// A play, and a run of it.
async fn played(world: &World, ada: &Client, n: usize) -> (String, String) {
    let tagged = json!({ "compare": { "field": "tags", "eq": format!("played{n}") } });
    let segment = json!({ "name": format!("Played {n}"), "rule": tagged });
    let segment = ada.post("/segments", segment).await.expect(201);
    let play = json!({
        "name": format!("Play {n}"),
        "trigger": { "enteredSegment": { "segmentId": segment["id"] } },
        "actions": [{ "notify": { "title": "Somebody is there" } }],
    });
    let play = ada.post("/plays", play).await.expect(201);
    world.advance(TimeDelta::milliseconds(1));
    let tags = json!([format!("played{n}")]);
    let ann = json!({ "kind": "person", "name": "Played", "tags": tags });
    ada.post("/customers", ann).await.expect(201);
    world.catch_up().await;
    let of = format!("/play-runs?playId={}", text(&play["id"]));
    let runs = ada.get(&of).await.expect(200);
    (text(&play["id"]), text(&runs["items"][0]["id"]))
}

/// An approval that the administrator is to decide, which somebody else has asked for.
struct Asked {
    rule: String,
    approval: String,
    /// An opportunity that needs one.
    unapproved: String,
    /// Somebody else who may decide.
    asked: String,
}

impl Asked {
    async fn make(world: &World, ada: &Client, n: usize) -> Self {
        let role = ada.get("/roles?builtIn=admin").await.expect(200)["items"][0]["id"].clone();
        let rule = |name: String, active: bool| {
            let condition = json!({ "compare": { "field": "name", "eq": "To be approved" } });
            let step = json!({ "name": "Agree", "approver": { "role": role } });
            json!({ "name": name, "position": 1, "subject": "opportunity", "condition": condition, "steps": [step], "active": active })
        };
        let asker = match n {
            0 => {
                ada.post("/approval-rules", rule("Approve".into(), true)).await.expect(201);
                world.join("asker", "admin").await;
                world.join("deputy", "admin").await.0
            }
            _ => world.sign_in("acme", "deputy@acme.example").await,
        };
        let deal = json!({ "name": "To be approved" });
        let opportunity = ada.post("/opportunities", deal.clone()).await.expect(201);
        let new = json!({ "opportunityId": opportunity["id"] });
        let approval = asker.post("/approvals", new).await.expect(201);
        let asked = ada.get("/users?email=asker@acme.example").await.expect(200);
        let unapproved = ada.post("/opportunities", deal).await.expect(201);
        let rule = ada.post("/approval-rules", rule(format!("Rule {n}"), false)).await.expect(201);
        Self {
            rule: text(&rule["id"]),
            approval: text(&approval["id"]),
            unapproved: text(&unapproved["id"]),
            asked: text(&asked["items"][0]["id"]),
        }
    }
}

/// One new record of each kind, made by an administrator.
struct Records {
    user: String,
    invited: String,
    team: String,
    role: String,
    customer: String,
    contact: String,
    interaction: String,
    consent: String,
    contact_point: String,
    task: String,
    notification: String,
    product: String,
    product_cost: String,
    price_book: String,
    price_book_entry: String,
    order: String,
    placed: String,
    delivery: String,
    payment: String,
    site: String,
    asset: String,
    agreement: String,
    entitlement: String,
    service_plan: String,
    pipeline: String,
    pipeline_stage: String,
    busy_stage: String,
    lead: String,
    converted_lead: String,
    lead_scoring_rule: String,
    lead_assignment_rule: String,
    lead_form: String,
    pool: String,
    ownership_transfer: String,
    opportunity: String,
    quote: String,
    sent_quote: String,
    accepted_quote: String,
    quoted_order: String,
    service_request: String,
    done_request: String,
    request_message: String,
    complaint_cause: String,
    complaint: String,
    promise: String,
    survey: String,
    survey_response: String,
    asked_response: String,
    complained: String,
    attachment: String,
    canned_answer: String,
    mailbox: String,
    service_status: String,
    queue: String,
    waiting_queue: String,
    service_agent: String,
    agent_user: String,
    service_routing_rule: String,
    service_escalation_rule: String,
    approval_rule: String,
    approval: String,
    unapproved: String,
    asked: String,
    closed: String,
    close_reason: String,
    exchange_rate: String,
    target: String,
    forecast_adjustment: String,
    business_calendar: String,
    service_policy: String,
    segment: String,
    score: String,
    lifecycle_stage: String,
    play: String,
    play_run: String,
    loss_reason: String,
    loss: String,
    winback_programme: String,
    winback: String,
    lost: String,
    api_key: String,
    webhook_endpoint: String,
    webhook_delivery: String,
    mapping: String,
    custom_field: String,
    import: String,
    export: String,
}

impl Records {
    async fn make(world: &World, ada: &Client, n: usize) -> Self {
        let made = async |path: &str, body: Value| ada.post(path, body).await.expect(201);
        let roles = ada.get("/roles?builtIn=viewer").await.expect(200);
        let viewer = &roles["items"][0]["id"];
        let invite = |name: &str| json!({ "email": format!("{name}{n}@acme.example"), "name": name, "roleId": viewer });
        let user = made("/users/invite", invite("user")).await;
        let invited = made("/users/invite", invite("invited")).await;
        let team = made("/teams", json!({ "name": format!("Team {n}") })).await;
        let role = made("/roles", json!({ "name": format!("Role {n}"), "permissions": [] })).await;
        let customer = made("/customers", json!({ "kind": "organization", "name": "Org" })).await;
        let contact = json!({ "customerId": customer["id"], "name": "Bob" });
        let contact = made("/contacts", contact).await;
        let interaction = json!({ "customerId": customer["id"], "kind": "call" });
        let interaction = made("/interactions", interaction).await;
        let consent = json!({ "customerId": customer["id"], "purpose": "news", "channel": "email", "status": "granted" });
        let consent = made("/consents", consent).await;
        let point =
            json!({ "customerId": customer["id"], "kind": "phone", "value": "+4930901820" });
        let point = made("/contact-points", point).await;
        let task = json!({ "subject": format!("Task {n}"), "remindAt": "2026-11-21T12:00:00Z" });
        let task = made("/tasks", task).await;
        timed::catch_up(&Reminders, &world.database).await.expect("reminders");
        let about = format!("/notifications?subject={}", text(&task["id"]));
        let notification = ada.get(&about).await.expect(200)["items"][0].clone();
        let price = json!({ "amount": "10.00", "currency": "USD" });
        let product = json!({ "sku": format!("S-{n}"), "name": "Thing", "price": price });
        let product = made("/products", product).await;
        let cost = json!({ "productId": product["id"], "cost": price, "validFrom": "2026-01-01" });
        let cost = made("/product-costs", cost).await;
        let book = json!({ "name": format!("Book {n}"), "currency": "USD" });
        let book = made("/price-books", book).await;
        let entry =
            json!({ "priceBookId": book["id"], "productId": product["id"], "unitPrice": price });
        let entry = made("/price-book-entries", entry).await;
        let line = json!({ "productId": product["id"] });
        let order = json!({ "customerId": customer["id"], "lines": [line] });
        let placed = made("/orders", order.clone()).await;
        let goods = made(
            "/deliveries",
            json!({ "orderId": placed["id"], "lines": [{ "line": 1, "quantity": "0.001" }] }),
        )
        .await;
        let payment = json!({ "orderId": placed["id"], "amount": price });
        let payment = made("/payments", payment).await;
        let order = made("/orders", order).await;
        let site = json!({ "name": "Plant", "customerId": customer["id"] });
        let site = made("/sites", site).await;
        let asset = json!({ "name": "Press", "customerId": customer["id"] });
        let asset = made("/assets", asset).await;
        let agreement = json!({ "name": "Full service", "customerId": customer["id"], "startsOn": "2026-01-01" });
        let agreement = made("/agreements", agreement).await;
        let entitlement =
            json!({ "name": "Repairs", "kind": "repair", "customerId": customer["id"] });
        let entitlement = made("/entitlements", entitlement).await;
        let plan = json!({ "name": "Warranty", "kind": "warranty", "productId": product["id"], "months": 24, "active": false });
        let plan = made("/service-plans", plan).await;
        let cause = made("/complaint-causes", json!({ "name": format!("Cause {n}") })).await;
        let complained =
            json!({ "subject": "Too late", "kind": "complaint", "customerId": customer["id"] });
        let fresh = made("/service-requests", complained.clone()).await;
        let complained = made("/service-requests", complained).await;
        let complaint = made("/complaints", json!({ "requestId": complained["id"] })).await;
        let promise = json!({ "requestId": complained["id"], "body": "Tomorrow", "dueAt": "2026-12-01T08:00:00Z" });
        let promised = made("/promises", promise).await;
        let (survey, answered, unanswered) = surveyed(world, ada, n, &customer["id"]).await;
        let pipeline =
            json!({ "name": format!("Way {n}"), "key": format!("way-{n}"), "position": 5 });
        let pipeline = made("/pipelines", pipeline).await;
        let in_pipeline = |key: &str| json!({ "pipelineId": pipeline["id"], "name": key, "key": key, "position": 1, "probability": 50 });
        let pipeline_stage = made("/pipeline-stages", in_pipeline("empty")).await;
        let busy = made("/pipeline-stages", in_pipeline("busy")).await;
        let lead = made("/leads", json!({ "lastName": "Enquirer" })).await;
        let converted = made("/leads", json!({ "lastName": "Buyer" })).await;
        let path = format!("/leads/{}/convert", text(&converted["id"]));
        ada.post(&path, json!({})).await.expect(200);
        let scoring = json!({ "name": format!("Rate {n}"), "rule": { "all": [] }, "points": 1, "active": false });
        let scoring = made("/lead-scoring-rules", scoring).await;
        let assignment = json!({ "name": format!("Give {n}"), "position": 1, "userIds": [invited["user"]["id"]], "active": n == 0 });
        let assignment = made("/lead-assignment-rules", assignment).await;
        let form = made("/lead-forms", json!({ "name": format!("Form {n}") })).await;
        let pool = json!({ "name": format!("Pool {n}"), "kind": "leads", "position": 1, "active": n == 0 });
        let pool = made("/pools", pool).await;
        let transfer = json!({ "fromUserId": user["user"]["id"], "toUserId": invited["user"]["id"], "reason": "Moves on" });
        let transfer = made("/ownership-transfers", transfer).await;
        let deal = json!({ "name": "Deal", "customerId": customer["id"] });
        let opportunity = made("/opportunities", deal.clone()).await;
        let closed = made("/opportunities", deal).await;
        let path = format!("/opportunities/{}/lose", text(&closed["id"]));
        ada.post(&path, json!({ "reason": "Price" })).await.expect(200);
        let offer = json!({ "name": "Offer", "customerId": customer["id"], "lines": [{ "productId": product["id"] }] });
        let quote = made("/quotes", offer.clone()).await;
        let sent_quote = made("/quotes", offer.clone()).await;
        let accepted = made("/quotes", offer).await;
        let path = |verb| format!("/quotes/{}/{verb}", text(&accepted["id"]));
        ada.post(&path("send"), json!({})).await.expect(200);
        ada.post(&path("accept"), json!({ "acceptedBy": "Bob" })).await.expect(200);
        let quoted_order = made(&path("order"), json!({})).await;
        let path = format!("/quotes/{}/send", text(&sent_quote["id"]));
        ada.post(&path, json!({})).await.expect(200);
        let request = json!({ "subject": "It does not work", "customerId": customer["id"] });
        let done_request = made("/service-requests", request.clone()).await;
        let path = format!("/service-requests/{}/resolve", text(&done_request["id"]));
        ada.post(&path, json!({})).await.expect(200);
        let request = made("/service-requests", request).await;
        let path = format!("/service-requests/{}/messages", text(&request["id"]));
        let message = made(&path, json!({ "kind": "note", "body": "Look at it" })).await;
        let path = format!("/service-requests/{}/attachments?keep=true", text(&request["id"]));
        let attachment =
            ada.upload(&path, "application/octet-stream", "Dear all").await.expect(201);
        let answer = json!({ "name": format!("Answer {n}"), "body": "Dear {{customer.name}}", "shared": true });
        let answer = made("/canned-answers", answer).await;
        let mailbox = json!({ "name": format!("Mailbox {n}"), "address": "help@acme.example" });
        let mailbox = made("/mailboxes", mailbox).await;
        // There are at most fifty; what all look at is not what is deleted.
        let key = if n == 0 { "spare" } else { "other" };
        let status = match &ada.get(&format!("/service-statuses?key={key}")).await.expect(200)["items"]
            [0]
        {
            Value::Null => {
                let new = json!({ "key": key, "name": key, "category": "open", "position": 99 });
                made("/service-statuses", new).await
            }
            there => there.clone(),
        };
        let queue = made("/queues", json!({ "name": format!("Queue {n}") })).await;
        let waiting = made("/queues", json!({ "name": format!("Waiting {n}") })).await;
        for _ in 0..4 {
            let waits = json!({ "subject": "It waits", "queueId": waiting["id"] });
            made("/service-requests", waits).await;
        }
        let agent = made("/service-agents", json!({ "userId": user["user"]["id"] })).await;
        let routing = json!({ "name": format!("Rule {n}"), "position": 1, "queueId": queue["id"], "active": false });
        let routing = made("/service-routing-rules", routing).await;
        let escalation = json!({ "name": format!("Rule {n}"), "position": 1, "triggerKind": "requested", "active": false });
        let escalation = made("/service-escalation-rules", escalation).await;
        let Asked { rule, approval, unapproved, asked } = Asked::make(world, ada, n).await;
        let close_reason = json!({ "outcome": "lost", "name": format!("Why {n}") });
        let close_reason = made("/close-reasons", close_reason).await;
        let day = chrono::NaiveDate::default() + chrono::Days::new(n as u64);
        let exchange_rate = json!({ "currency": "EUR", "validFrom": day, "rate": "1.1" });
        let exchange_rate = made("/exchange-rates", exchange_rate).await;
        let month = format!("{:04}-01-01", 2026 + n);
        let target =
            json!({ "measure": "calls", "period": "month", "startsOn": month, "count": 10 });
        let target = made("/targets", target).await;
        let adjustment = json!({
            "userId": user["user"]["id"], "category": "commit", "period": "month", "startsOn": month, "amount": price,
        });
        let adjustment = made("/forecast-adjustments", adjustment).await;
        let calendar = json!({ "name": format!("Hours {n}") });
        let calendar = made("/business-calendars", calendar).await;
        let promise = json!({ "kind": "resolution", "priority": "normal", "within": "PT8H" });
        let policy = json!({ "name": format!("Policy {n}"), "position": 1, "targets": [promise], "active": false });
        let policy = made("/service-policies", policy).await;
        let segment = json!({ "name": format!("Segment {n}"), "rule": { "all": [] } });
        let segment = made("/segments", segment).await;
        let score = json!({ "name": format!("Score {n}"), "key": format!("score{n}"), "definition": { "rfm": {} } });
        let score = made("/scores", score).await;
        let stage =
            json!({ "name": format!("Stage {n}"), "key": format!("stage-{n}"), "position": 15 });
        let stage = made("/lifecycle-stages", stage).await;
        let (play, play_run) = played(world, ada, n).await;
        let reason = made("/loss-reasons", json!({ "name": format!("Reason {n}") })).await;
        let programme = json!({ "name": format!("Programme {n}") });
        let programme = made("/winback-programmes", programme).await;
        let lost = made("/customers", json!({ "kind": "person", "name": "Lost" })).await;
        let path = format!("/customers/{}/lose", text(&lost["id"]));
        let loss = made(&path, json!({ "reasonId": reason["id"] })).await;
        let winback = json!({ "customerId": lost["id"], "programmeId": programme["id"] });
        let winback = made("/winbacks", winback).await;
        let gone = made("/customers", json!({ "kind": "person", "name": "Gone" })).await;
        let path = format!("/customers/{}/lose", text(&gone["id"]));
        made(&path, json!({ "reasonId": reason["id"] })).await;
        let api_key = json!({ "name": format!("Key {n}"), "roleId": viewer });
        let api_key = made("/api-keys", api_key).await;
        let endpoint = json!({ "url": "https://receiver.example/", "eventTypes": ["*"] });
        let endpoint = made("/webhook-endpoints", endpoint).await;
        let ping = format!("/webhook-endpoints/{}/ping", text(&endpoint["id"]));
        let delivery = ada.post(&ping, json!({})).await.expect(200);
        let field = json!({ "resource": "contact", "key": format!("field{n}"), "label": "F", "kind": "text" });
        let field = made("/custom-fields", field).await;
        let mapping = json!({ "name": format!("Mapping {n}"), "kind": "customers", "options": {} });
        let mapping = made("/mappings", mapping).await;
        let file = "externalId,kind,name\n1,person,Ann\n";
        let import = ada.upload("/imports?kind=customers", "text/csv", file).await.expect(201);
        let export = made("/exports", json!({ "kind": "customers" })).await;
        Self {
            mapping: text(&mapping["id"]),
            custom_field: text(&field["id"]),
            import: text(&import["id"]),
            export: text(&export["id"]),
            user: text(&user["user"]["id"]),
            invited: text(&invited["user"]["id"]),
            team: text(&team["id"]),
            role: text(&role["id"]),
            customer: text(&customer["id"]),
            contact: text(&contact["id"]),
            interaction: text(&interaction["id"]),
            consent: text(&consent["id"]),
            contact_point: text(&point["id"]),
            task: text(&task["id"]),
            notification: text(&notification["id"]),
            product: text(&product["id"]),
            product_cost: text(&cost["id"]),
            price_book: text(&book["id"]),
            price_book_entry: text(&entry["id"]),
            order: text(&order["id"]),
            placed: text(&placed["id"]),
            delivery: text(&goods["id"]),
            payment: text(&payment["id"]),
            site: text(&site["id"]),
            asset: text(&asset["id"]),
            agreement: text(&agreement["id"]),
            entitlement: text(&entitlement["id"]),
            service_plan: text(&plan["id"]),
            pipeline: text(&pipeline["id"]),
            pipeline_stage: text(&pipeline_stage["id"]),
            busy_stage: text(&busy["id"]),
            lead: text(&lead["id"]),
            converted_lead: text(&converted["id"]),
            lead_scoring_rule: text(&scoring["id"]),
            lead_assignment_rule: text(&assignment["id"]),
            lead_form: text(&form["id"]),
            pool: text(&pool["id"]),
            ownership_transfer: text(&transfer["id"]),
            opportunity: text(&opportunity["id"]),
            quote: text(&quote["id"]),
            sent_quote: text(&sent_quote["id"]),
            accepted_quote: text(&accepted["id"]),
            quoted_order: text(&quoted_order["id"]),
            service_request: text(&request["id"]),
            done_request: text(&done_request["id"]),
            request_message: text(&message["id"]),
            complaint_cause: text(&cause["id"]),
            complaint: text(&complaint["id"]),
            promise: text(&promised["id"]),
            survey: text(&survey["id"]),
            survey_response: text(&answered["id"]),
            asked_response: text(&unanswered["id"]),
            complained: text(&fresh["id"]),
            attachment: text(&attachment["id"]),
            canned_answer: text(&answer["id"]),
            mailbox: text(&mailbox["id"]),
            service_status: text(&status["id"]),
            queue: text(&queue["id"]),
            waiting_queue: text(&waiting["id"]),
            service_agent: text(&agent["id"]),
            agent_user: text(&invited["user"]["id"]),
            service_routing_rule: text(&routing["id"]),
            service_escalation_rule: text(&escalation["id"]),
            approval_rule: rule,
            approval,
            unapproved,
            asked,
            closed: text(&closed["id"]),
            close_reason: text(&close_reason["id"]),
            exchange_rate: text(&exchange_rate["id"]),
            target: text(&target["id"]),
            forecast_adjustment: text(&adjustment["id"]),
            business_calendar: text(&calendar["id"]),
            service_policy: text(&policy["id"]),
            segment: text(&segment["id"]),
            score: text(&score["id"]),
            lifecycle_stage: text(&stage["id"]),
            play,
            play_run,
            loss_reason: text(&reason["id"]),
            loss: text(&loss["id"]),
            winback_programme: text(&programme["id"]),
            winback: text(&winback["id"]),
            lost: text(&gone["id"]),
            api_key: text(&api_key["id"]),
            webhook_endpoint: text(&endpoint["id"]),
            webhook_delivery: text(&delivery["id"]),
        }
    }

    /// The id in the path of an operation.
    fn id(&self, operation: &str) -> String {
        match operation.split_once('_').expect("verb_resource").1 {
            "invitation" => &self.invited,
            "user" => &self.user,
            "team" => &self.team,
            "role" => &self.role,
            "customer" | "customer_timeline" | "customer_scores" | "customer_lifecycle"
            | "customer_segments" | "customer_ownership" => &self.customer,
            "lifecycle_stage" => &self.lifecycle_stage,
            "play" | "run_play" => &self.play,
            "play_run" => &self.play_run,
            "loss_reason" | "loss_reason_figures" => &self.loss_reason,
            "loss" => &self.loss,
            "winback_programme" | "winback_programme_figures" => &self.winback_programme,
            "winback" => &self.winback,
            "contact" => &self.contact,
            "interaction" => &self.interaction,
            "consent" => &self.consent,
            "contact_point" => &self.contact_point,
            "task" => &self.task,
            "notification" => &self.notification,
            "product" => &self.product,
            "product_cost" => &self.product_cost,
            "price_book" => &self.price_book,
            "price_book_entry" => &self.price_book_entry,
            "order" => &self.order,
            "delivery" => &self.delivery,
            "payment" => &self.payment,
            "site" => &self.site,
            "asset" | "asset_history" => &self.asset,
            "agreement" => &self.agreement,
            "entitlement" => &self.entitlement,
            "service_plan" => &self.service_plan,
            "pipeline" | "pipeline_board" => &self.pipeline,
            "pipeline_stage" => &self.pipeline_stage,
            "lead" if operation == "unconvert_lead" => &self.converted_lead,
            "lead"
            | "to_lead"
            | "lead_score"
            | "lead_matches"
            | "lead_response_clock"
            | "lead_ownership" => &self.lead,
            "pool" => &self.pool,
            "ownership_transfer" => &self.ownership_transfer,
            "lead_scoring_rule" => &self.lead_scoring_rule,
            "lead_assignment_rule" => &self.lead_assignment_rule,
            "lead_form" | "lead_form_key" => &self.lead_form,
            "opportunity" if operation == "reopen_opportunity" => &self.closed,
            "opportunity"
            | "opportunity_ways"
            | "opportunity_periods"
            | "opportunity_ownership" => &self.opportunity,
            "quote"
                if ["accept_quote", "decline_quote", "withdraw_quote", "revise_quote"]
                    .contains(&operation) =>
            {
                &self.sent_quote
            }
            "quote" if operation == "order_quote" => &self.accepted_quote,
            "order_differences" => &self.quoted_order,
            "quote_link" => &self.sent_quote,
            "quote" | "quote_margin" | "quote_pdf" => &self.quote,
            "service_request" if operation == "reopen_service_request" => &self.done_request,
            "service_request"
            | "service_request_history"
            | "service_request_clocks"
            | "service_request_watchers"
            | "service_request_links"
            | "service_request_answering"
            | "service_request_escalations"
            | "request_messages" => &self.service_request,
            "request_message" if operation == "create_request_message" => &self.service_request,
            "request_message" => &self.request_message,
            "complaint_cause" => &self.complaint_cause,
            "complaint" | "complaint_outcome" => &self.complaint,
            "promise" => &self.promise,
            "survey" => &self.survey,
            "survey_response" => &self.survey_response,
            "survey_link" => &self.asked_response,
            "attachments" | "offered_answers" => &self.service_request,
            "canned_answer" if operation == "render_canned_answer" => &self.service_request,
            "canned_answer" => &self.canned_answer,
            "mailbox" | "mailbox_token" => &self.mailbox,
            "attachment" if operation == "create_attachment" => &self.service_request,
            "attachment" | "attachment_file" | "attachment_link" => &self.attachment,
            "service_status" => &self.service_status,
            "queue" => &self.queue,
            "next_service_request" => &self.waiting_queue,
            "service_agent" | "service_agent_availability" => &self.service_agent,
            "service_routing_rule" => &self.service_routing_rule,
            "service_escalation_rule" => &self.service_escalation_rule,
            "approval_rule" => &self.approval_rule,
            "approval" => &self.approval,
            "close_reason" => &self.close_reason,
            "exchange_rate" => &self.exchange_rate,
            "target" => &self.target,
            "forecast_adjustment" => &self.forecast_adjustment,
            "business_calendar" | "business_calendar_hours" => &self.business_calendar,
            "service_policy" => &self.service_policy,
            "segment" | "segment_members" | "segment_reason" | "segment_included"
            | "segment_excluded" | "in_segment" | "from_segment" | "segment_size"
            | "segment_retention" | "segment_overlap" | "segment_revenue" | "segment_stages" => {
                &self.segment
            }
            "score" | "score_results" | "score_distribution" | "score_change" => &self.score,
            "api_key" => &self.api_key,
            "webhook_endpoint"
            | "webhook_endpoint_secret"
            | "webhook_delivery"
            | "webhook_deliveries" => &self.webhook_endpoint,
            "mapping" => &self.mapping,
            "custom_field" => &self.custom_field,
            "import" | "import_errors" | "import_conflicts" => &self.import,
            "export" | "export_file" => &self.export,
            "session" => "current",
            _ => "",
        }
        .to_owned()
    }

    fn sample(&self, operation: &str, n: usize) -> Sample {
        let path = BTreeMap::from([
            ("id", self.id(operation)),
            ("resource", "customer".to_owned()),
            ("customerId", self.customer.clone()),
            ("deliveryId", self.webhook_delivery.clone()),
            ("answerId", self.canned_answer.clone()),
            ("source", "erp".to_owned()),
            ("key", "rap_form_x".to_owned()),
            ("token", "rap_survey_x".to_owned()),
            ("externalId", format!("E-{n}")),
        ]);
        let file = match operation {
            "create_import" => {
                let rows = "externalId,kind,name\n1,person,Ann\n";
                Some(("text/csv", "?kind=customers&source=erp", rows))
            }
            "create_attachment" => {
                Some(("application/octet-stream", "?fileName=a.txt", "Dear all"))
            }
            _ => None,
        };
        Sample { path, body: self.body(operation, n), file }
    }

    fn body(&self, operation: &str, n: usize) -> Option<Value> {
        let price = json!({ "amount": "10.00", "currency": "USD" });
        let rule = json!({ "compare": { "field": "name", "eq": "Org" } });
        Some(match operation {
            "create_session" => {
                json!({ "workspace": "acme", "email": "ada@acme.example", "password": PASSWORD })
            }
            "refresh_session" => json!({ "refreshToken": "rap_rt_x" }),
            "accept_invitation" => json!({ "token": "rap_inv_x", "password": PASSWORD }),
            "change_password" => {
                json!({ "currentPassword": PASSWORD, "newPassword": "another long passphrase" })
            }
            "update_workspace" => json!({ "name": "Acme" }),
            "invite_user" => {
                json!({ "email": format!("new{n}@acme.example"), "name": "New", "roleId": self.role })
            }
            "create_customer" | "upsert_customer" => json!({ "kind": "person", "name": "Ann" }),
            "create_contact" => json!({ "customerId": self.customer, "name": "Bob" }),
            "create_task" => json!({ "subject": "Call back", "customerId": self.customer }),
            "read_all_notifications" => json!({}),
            "create_consent" => {
                json!({ "customerId": self.customer, "purpose": "calls", "channel": "phone", "status": "denied" })
            }
            "create_contact_point" => {
                json!({ "customerId": self.customer, "kind": "email", "value": "ann@acme.example" })
            }
            "create_interaction" | "upsert_interaction" => {
                json!({ "customerId": self.customer, "kind": "visit" })
            }
            "create_product" => json!({ "sku": format!("N-{n}"), "name": "Thing", "price": price }),
            "create_product_cost" => {
                json!({ "productId": self.product, "cost": price, "validFrom": "2026-02-01" })
            }
            "update_product_cost" => json!({ "validFrom": "2026-03-01" }),
            "create_price_book" => json!({ "name": format!("New book {n}") }),
            "create_price_book_entry" => {
                json!({ "priceBookId": self.price_book, "productId": self.product, "minimumQuantity": "5", "unitPrice": price })
            }
            "update_price_book_entry" => json!({ "unitPrice": price }),
            "resolve_prices" => {
                json!({ "customerId": self.customer, "lines": [{ "productId": self.product }] })
            }
            "create_delivery" | "upsert_delivery" => {
                json!({ "orderId": self.placed, "lines": [{ "line": 1, "quantity": "0.001" }] })
            }
            "update_delivery" => json!({ "carrier": format!("Carrier {n}") }),
            "create_payment" | "upsert_payment" => {
                json!({ "orderId": self.placed, "amount": price })
            }
            "create_site" | "upsert_site" => {
                json!({ "name": format!("Plant {n}"), "customerId": self.customer })
            }
            "create_asset" | "upsert_asset" => {
                json!({ "name": format!("Press {n}"), "customerId": self.customer })
            }
            "create_agreement" | "upsert_agreement" => {
                json!({ "name": "Full service", "customerId": self.customer, "startsOn": "2026-01-01" })
            }
            "create_entitlement" => {
                json!({ "name": "Repairs", "kind": "repair", "customerId": self.customer })
            }
            "check_coverage" => json!({ "customerId": self.customer }),
            "create_service_plan" => {
                json!({ "name": format!("Hotline {n}"), "kind": "support", "productId": self.product, "months": 12, "active": false })
            }
            "keep_promise" | "break_promise" | "withdraw_promise" => json!({}),
            "update_service_agent" => json!({ "capacity": 5 }),
            "update_complaint" => json!({ "causeNote": format!("Note {n}") }),
            "update_promise" => json!({ "body": format!("Tomorrow {n}") }),
            "update_payment" => json!({ "note": format!("Note {n}") }),
            "create_order" | "upsert_order" => {
                json!({ "customerId": self.customer, "lines": [{ "productId": self.product }] })
            }
            "create_pipeline" => {
                json!({ "name": format!("New way {n}"), "key": format!("new-way-{n}"), "position": 6 })
            }
            "create_pipeline_stage" => {
                json!({ "pipelineId": self.pipeline, "name": "New", "key": "new", "position": 2, "probability": 20 })
            }
            "replace_pipeline_stage" => json!({ "stageId": self.busy_stage }),
            "create_lead" | "upsert_lead" => json!({ "lastName": "Enquirer" }),
            "disqualify_lead" => json!({ "reason": "Wanted to sell us something" }),
            "convert_lead" => json!({}),
            "create_lead_scoring_rule" => {
                json!({ "name": format!("New rate {n}"), "rule": { "all": [] }, "points": 1, "active": false })
            }
            "create_lead_assignment_rule" => {
                json!({ "name": format!("New give {n}"), "position": 1, "userIds": [self.user], "active": false })
            }
            "create_lead_form" => json!({ "name": format!("New form {n}") }),
            "submit_lead_form" => json!({ "lastName": "Visitor" }),
            "create_pool" => {
                json!({ "name": format!("New pool {n}"), "kind": "customers", "position": 1, "active": false })
            }
            "release_customer" | "release_lead" => json!({ "reason": "No time" }),
            "create_ownership_transfer" | "preview_ownership_transfer" => {
                json!({ "fromUserId": self.user, "toUserId": self.invited, "reason": "Moves on" })
            }
            "create_opportunity" | "upsert_opportunity" => json!({ "name": "Deal" }),
            "move_opportunity" => json!({ "stageId": self.pipeline_stage }),
            "win_opportunity" | "clone_opportunity" => json!({}),
            "lose_opportunity" => json!({ "reason": "Price" }),
            "reopen_opportunity" => json!({ "reason": "They have called." }),
            "create_quote" => json!({ "name": "Offer", "customerId": self.customer }),
            "order_quote" => json!({}),
            "accept_quote" => json!({ "acceptedBy": "Bob" }),
            "decline_quote" => json!({}),
            "open_quote_link" | "get_quote_link_pdf" => json!({ "token": "rap_quote_x" }),
            "accept_quote_link" => json!({ "token": "rap_quote_x", "acceptedBy": "Bob" }),
            "decline_quote_link" => json!({ "token": "rap_quote_x" }),
            "set_workspace_logo" => json!({ "content": PIXEL }),
            "create_approval_rule" => {
                let step = json!({ "name": "Agree", "approver": { "user": self.asked } });
                json!({ "name": format!("New rule {n}"), "position": 1, "subject": "opportunity", "condition": rule, "steps": [step], "active": false })
            }
            "create_approval" => json!({ "opportunityId": self.unapproved }),
            "approve_approval" => json!({}),
            "reject_approval" => json!({ "reason": "Too dear" }),
            "delegate_approval" => json!({ "userId": self.asked }),
            "create_service_request" | "upsert_service_request" => {
                json!({ "subject": "It does not work", "customerId": self.customer })
            }
            "update_service_request" => json!({ "subject": format!("Changed {n}") }),
            "move_service_request" => json!({ "status": "open" }),
            "resolve_service_request" | "assign_service_request" => json!({}),
            "watch_service_request" | "unwatch_service_request" => json!({}),
            "merge_service_request" => json!({ "intoId": self.done_request }),
            "link_service_request" | "unlink_service_request" => {
                json!({ "otherId": self.done_request })
            }
            "split_service_request" => json!({ "messageId": self.request_message }),
            "create_request_message" => json!({ "kind": "reply", "body": "Hello" }),
            "create_complaint_cause" => json!({ "name": format!("New cause {n}") }),
            "create_complaint" => json!({ "requestId": self.complained }),
            "tell_complaint_outcome" => json!({ "outcome": "It was our fault." }),
            "create_promise" => {
                json!({ "requestId": self.service_request, "body": "Soon", "dueAt": "2026-12-01T08:00:00Z" })
            }
            "create_survey" => {
                json!({ "name": format!("New survey {n}"), "kind": "nps", "question": "Well?", "position": 3, "active": false })
            }
            "create_survey_response" | "upsert_survey_response" => {
                json!({ "surveyId": self.survey, "score": 7 })
            }
            "create_attachment_link" => json!({}),
            "create_mailbox" => {
                json!({ "name": format!("New mailbox {n}"), "address": "new@acme.example" })
            }
            "create_canned_answer" => {
                json!({ "name": format!("New answer {n}"), "body": "Dear {{customer.name}}", "shared": true })
            }
            "create_service_status" => {
                json!({ "key": format!("new-{n}"), "name": format!("New status {n}"), "category": "open", "position": 80 })
            }
            "replace_service_status" => json!({ "replaceWith": "open" }),
            "create_queue" => json!({ "name": format!("New queue {n}") }),
            "create_service_agent" => json!({ "userId": self.agent_user }),
            "set_service_agent_availability" => json!({ "availability": "away" }),
            "escalate_service_request" => json!({ "reason": "It stands still" }),
            "create_service_escalation_rule" => {
                json!({ "name": format!("New rule {n}"), "position": 1, "triggerKind": "requested", "active": false })
            }
            "create_service_routing_rule" => {
                json!({ "name": format!("New rule {n}"), "position": 1, "queueId": self.queue, "active": false })
            }
            "create_close_reason" => json!({ "outcome": "won", "name": format!("New why {n}") }),
            "create_exchange_rate" => {
                json!({ "currency": "JPY", "validFrom": "2026-01-01", "rate": "0.0061" })
            }
            "create_target" => {
                json!({ "userId": self.user, "measure": "calls", "period": "month", "startsOn": "2026-02-01", "count": 9 })
            }
            "update_target" => json!({ "count": 11 }),
            "create_forecast_adjustment" => {
                json!({ "userId": self.user, "category": "pipeline", "period": "month", "startsOn": "2026-02-01", "amount": price })
            }
            "create_business_calendar" => json!({ "name": format!("New hours {n}") }),
            "create_service_policy" => {
                let target =
                    json!({ "kind": "resolution", "priority": "normal", "within": "PT8H" });
                json!({ "name": format!("New policy {n}"), "position": 1, "targets": [target], "active": false })
            }
            "update_exchange_rate" => json!({ "rate": "1.2" }),
            "create_segment" => json!({ "name": format!("New segment {n}"), "rule": rule }),
            "create_custom_field" => {
                json!({ "resource": "customer", "key": format!("new{n}"), "label": "N", "kind": "number" })
            }
            "update_custom_field" => json!({ "label": format!("Changed {n}") }),
            "create_score" => {
                let formula = json!({ "expression": "orders.count + 1" });
                json!({ "name": format!("New score {n}"), "key": format!("new{n}"), "definition": { "formula": formula } })
            }
            "preview_score" | "preview_score_change" => {
                json!({ "definition": { "valueTier": {} } })
            }
            "create_mapping" => {
                json!({ "name": format!("New mapping {n}"), "kind": "orders", "options": {} })
            }
            "create_export" => json!({ "kind": "orders", "format": "ndjson" }),
            "preview_segment" => json!({ "rule": rule }),
            "simulate_service_policy" => {
                let target =
                    json!({ "kind": "resolution", "priority": "normal", "within": "PT8H" });
                json!({ "targets": [target] })
            }
            "include_in_segment" | "exclude_from_segment" | "unlist_from_segment" => {
                json!({ "customerIds": [self.customer] })
            }
            "create_play" => {
                let action = json!({ "tag": { "tags": ["vip"] } });
                let trigger = json!({ "enteredStage": { "stageId": self.lifecycle_stage } });
                json!({ "name": format!("New play {n}"), "trigger": trigger, "actions": [action] })
            }
            "dry_run_play" => {
                json!({ "from": "2026-11-01T00:00:00Z", "to": "2026-11-21T00:00:00Z" })
            }
            "dry_run_new_play" => {
                let trigger = json!({ "date": { "field": "birthday" } });
                json!({ "trigger": trigger, "from": "2026-11-01T00:00:00Z", "to": "2026-11-21T00:00:00Z" })
            }
            "create_team" => json!({ "name": format!("New team {n}") }),
            "create_role" => json!({ "name": format!("New role {n}"), "permissions": [] }),
            "upload_writes" => {
                let data = json!({ "kind": "person", "name": "Ann" });
                let id = uuid::Uuid::now_v7();
                let write = json!({ "key": id, "type": "customer", "action": "create", "id": id, "data": data });
                json!({ "writes": [write] })
            }
            "batch_customer_moves" => {
                json!({ "operations": [{ "id": self.customer, "stageId": self.lifecycle_stage }] })
            }
            batch if batch.starts_with("batch_") => {
                let price = json!({ "amount": "1.00", "currency": "USD" });
                let create = match batch {
                    "batch_contacts" => json!({ "customerId": self.customer, "name": "Bob" }),
                    "batch_tasks" => json!({ "subject": "Call back" }),
                    "batch_consents" => {
                        json!({ "customerId": self.customer, "purpose": "visits", "channel": "any", "status": "denied" })
                    }
                    "batch_contact_points" => {
                        json!({ "customerId": self.customer, "kind": "address", "city": "Berlin" })
                    }
                    "batch_interactions" => json!({ "customerId": self.customer, "kind": "note" }),
                    "batch_products" => {
                        json!({ "sku": format!("B-{n}"), "name": "B", "price": price })
                    }
                    "batch_price_book_entries" => {
                        let price = json!({ "amount": "1.00", "currency": "USD" });
                        json!({ "priceBookId": self.price_book, "productId": self.product, "minimumQuantity": "7", "unitPrice": price })
                    }
                    "batch_opportunities" => json!({ "name": "Deal" }),
                    "batch_leads" => json!({ "lastName": "Enquirer" }),
                    "batch_service_requests" => json!({ "subject": "It does not work" }),
                    "batch_orders" => {
                        json!({ "customerId": self.customer, "lines": [{ "productId": self.product }] })
                    }
                    _ => json!({ "kind": "person", "name": "Ann" }),
                };
                let operation = match batch {
                    "batch_records" => json!({ "customer": { "create": create } }),
                    _ => json!({ "create": create }),
                };
                json!({ "operations": [operation] })
            }
            "create_lifecycle_stage" => {
                json!({ "name": format!("New stage {n}"), "key": format!("new-{n}"), "position": 16 })
            }
            "move_customer" => json!({ "stageId": self.lifecycle_stage }),
            "create_loss_reason" => json!({ "name": format!("New reason {n}") }),
            "lose_customer" => json!({ "reason": format!("REASON {n}") }),
            "update_loss" => json!({ "competitor": "Globex" }),
            "create_winback_programme" => json!({ "name": format!("New programme {n}") }),
            "create_winback" => json!({ "customerId": self.lost }),
            "update_winback" | "win_winback" | "fail_winback" => json!({ "result": "Came of it" }),
            "create_api_key" => json!({ "name": "New key", "roleId": self.role }),
            "update_task" => json!({ "priority": "high" }),
            "update_consent" => json!({ "status": "withdrawn" }),
            "update_contact_point" => json!({ "label": format!("Changed {n}") }),
            "update_interaction" => json!({ "outcome": format!("Changed {n}") }),
            "update_order" => json!({ "status": "completed" }),
            "create_webhook_endpoint" => {
                json!({ "url": "https://receiver.example/", "eventTypes": ["rapport.order.*"] })
            }
            "update_webhook_endpoint" => json!({ "eventTypes": ["rapport.customer.*"] }),
            "rotate_webhook_endpoint_secret" => json!({ "overlap": "PT1H" }),
            "replay_webhook_endpoint" => json!({ "since": "2026-11-21T12:00:01Z" }),
            update if update.starts_with("update_") => json!({ "name": format!("Changed {n}") }),
            search if search.starts_with("search_") => json!({ "limit": 1 }),
            _ => return None,
        })
    }
}

impl Operation {
    /// Whether what it is done to may be of no use to others after it.
    fn ends_something(&self) -> bool {
        // Any number of links can be made.
        self.method == Method::DELETE
            || self.method == Method::POST
                && self.path.contains("{id}")
                && self.id != "create_survey_link"
    }

    async fn call(&self, client: &Client, sample: &Sample) -> Answer {
        let mut path = self.path.clone();
        for (name, value) in &sample.path {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        assert!(
            !path.contains('{') && !path.contains("//"),
            "{} needs a sample for {path}",
            self.id
        );
        let needs_body = [Method::PATCH, Method::PUT].contains(&self.method);
        assert!(!needs_body || sample.body.is_some(), "{} needs a sample body", self.id);
        if let Some((kind, query, content)) = sample.file {
            return client.upload(&(path + query), kind, content).await;
        }
        client.send(self.method.clone(), &path, sample.body.clone(), &[]).await
    }

    /// What must be there before the operation can be done.
    async fn prepare(&self, ada: &Client, sample: &Sample) {
        if self.id == "get_workspace_logo" {
            ada.put("/workspace/logo", json!({ "content": PIXEL })).await.expect(200);
        }
        if self.id.starts_with("restore_") {
            let path = self.path.replace("/restore", "").replace("{id}", &sample.path["id"]);
            ada.delete(&path).await;
        }
    }

    /// Does it, and what must come before.
    async fn attempt(&self, world: &World, ada: &Client, sample: &Sample) -> Answer {
        self.prepare(ada, sample).await;
        // What is under way can be called off; what is done can be followed to its end and undone.
        if self.ends_something() && !self.id.starts_with("cancel_") {
            world.work().await;
        }
        self.call(ada, sample).await
    }
}

/// Sets of records, each with the ids of those that something has ended already: to make one of everything for each
/// operation takes minutes.
#[derive(Default)]
struct Unspent(Vec<(Records, BTreeSet<String>)>);

impl Unspent {
    /// Ends a record that nothing has ended before.
    async fn end(
        &mut self,
        world: &World,
        ada: &Client,
        operation: &Operation,
        n: usize,
    ) -> Answer {
        for (records, spent) in &mut self.0 {
            if spent.insert(records.id(&operation.id)) {
                let sample = records.sample(&operation.id, n);
                let answer = operation.attempt(world, ada, &sample).await;
                if answer.status.is_success() {
                    return answer;
                }
                // What it stands on may have been ended before: others must tell.
                break;
            }
        }
        let records = Records::make(world, ada, n).await;
        let sample = records.sample(&operation.id, n);
        self.0.push((records, BTreeSet::from([sample.path["id"].clone()])));
        operation.attempt(world, ada, &sample).await
    }
}

/// An answer without what is different each time.
fn masked(answer: &Answer) -> Value {
    let mut body = answer.json();
    if let Some(members) = body.as_object_mut() {
        members.remove("traceId");
    }
    body
}

on_both_databases! {
    async fn strangers_and_forged_tokens_get_nothing(world) {
        let records = Records::make(&world, &world.ada().await, 0).await;
        let forged = Client::new(&world.base, Some("eyJhbGciOiJub25lIn0.e30."));
        for operation in operations() {
            if PUBLIC.contains(&operation.id.as_str()) {
                continue;
            }
            for client in [world.stranger(), forged.clone()] {
                let answer = operation.call(&client, &records.sample(&operation.id, 0)).await;
                assert_eq!(answer.status, 401, "{}: {}", operation.id, answer.text);
                assert!(answer.header("www-authenticate").starts_with("Bearer"), "{}", operation.id);
                assert_eq!(answer.header("content-type"), "application/problem+json");
            }
        }
    }

    async fn another_workspaces_records_answer_as_records_that_do_not_exist(world) {
        let (ada, rita) = (world.ada().await, world.rita().await);
        let records = Records::make(&world, &ada, 0).await;
        let missing = "01890a5d-ac96-774b-bcce-b302099a8057";
        let mut wrong = Vec::new();
        for operation in operations().into_iter().filter(|o| o.path.contains("{id}")) {
            let sample = records.sample(&operation.id, 0);
            if sample.path["id"] == "current" {
                continue;
            }
            operation.prepare(&ada, &sample).await;
            let mut nowhere = sample.clone();
            nowhere.path.insert("id", missing.to_owned());
            let theirs = operation.call(&rita, &sample).await;
            let none = operation.call(&rita, &nowhere).await;
            if theirs.status != 404 || masked(&theirs) != masked(&none) {
                wrong.push(format!("{}: {} {}", operation.id, theirs.status, theirs.text));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn another_workspaces_lists_are_empty(world) {
        Records::make(&world, &world.ada().await, 0).await;
        let rita = world.rita().await;
        for name in [
            "customers", "contacts", "interactions", "consents", "contact-points", "tasks", "notifications", "products",
            "orders", "segments", "scores", "teams", "api-keys", "webhook-endpoints", "mappings", "imports", "exports",
            "custom-fields", "leads", "lead-scoring-rules", "lead-assignment-rules", "lead-forms", "opportunities", "quotes", "service-requests", "queues", "canned-answers", "mailboxes", "approval-rules", "approvals", "exchange-rates", "targets", "forecast-adjustments", "losses", "winback-programmes", "winbacks", "plays", "play-runs",
            "product-costs", "price-books", "price-book-entries", "pools", "ownership-transfers",
        ] {
            assert_eq!(rita.get(&format!("/{name}?count=true")).await.expect(200)["total"], 0, "{name}");
        }
        assert_eq!(rita.get("/users?count=true").await.expect(200)["total"], 1);
    }

    async fn a_role_without_leave_is_refused(world) {
        let ada = world.ada().await;
        let records = Records::make(&world, &ada, 0).await;
        let (nobody, _) = world.join_with_nothing("nobody").await;
        let mut wrong = Vec::new();
        for operation in operations() {
            if PUBLIC.contains(&operation.id.as_str()) || ONESELF.contains(&operation.id.as_str()) {
                continue;
            }
            let reads_who_works_here = ["user", "team", "role", "custom_field"].iter().any(|kind| {
                ["get", "list", "search"].iter().any(|verb| operation.id.starts_with(&format!("{verb}_{kind}")))
            });
            if reads_who_works_here {
                continue;
            }
            let answer = operation.call(&nobody, &records.sample(&operation.id, 0)).await;
            if answer.status != 403 {
                wrong.push(format!("{}: {} {}", operation.id, answer.status, answer.text));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn a_role_with_leave_gets_through(world) {
        let ada = world.ada().await;
        let shared = Records::make(&world, &ada, 0).await;
        world.work().await;
        let (mut wrong, mut unspent) = (Vec::new(), Unspent::default());
        for (n, operation) in (1..).zip(operations()) {
            let ends_it = ["end_session", "end_sessions", "change_password"];
            if PUBLIC[1..].contains(&operation.id.as_str()) || ends_it.contains(&operation.id.as_str()) {
                continue;
            }
            let answer = match operation.ends_something() {
                true => unspent.end(&world, &ada, &operation, n).await,
                false => operation.attempt(&world, &ada, &shared.sample(&operation.id, n)).await,
            };
            if !answer.status.is_success() {
                wrong.push(format!("{}: {} {}", operation.id, answer.status, answer.text));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        for (name, status) in [("change_password", 204), ("end_session", 204)] {
            let (joined, _) = world.join(&name.replace('_', "-"), "viewer").await;
            let operation = operations().into_iter().find(|o| o.id == name).expect(name);
            let sample = Sample {
                path: BTreeMap::from([("id", "current".to_owned())]),
                body: (name == "change_password").then(|| {
                    json!({ "currentPassword": PASSWORD, "newPassword": "another long passphrase" })
                }),
                file: None,
            };
            operation.call(&joined, &sample).await.expect(status);
        }
    }

    async fn graphql_refuses_strangers_and_hides_other_workspaces(world) {
        let (ada, rita) = (world.ada().await, world.rita().await);
        let records = Records::make(&world, &ada, 0).await;
        let kinds = [
            "customer", "contact", "interaction", "consent", "contact_point", "task", "notification", "product", "order",
            "segment", "score", "user", "team", "role", "api_key", "webhook_endpoint", "mapping", "import", "export",
            "custom_field", "pipeline", "pipeline_stage", "lead", "lead_scoring_rule", "lead_assignment_rule", "lead_form", "opportunity", "quote", "service_request", "request_message", "service_status", "queue", "service_agent", "service_routing_rule", "service_escalation_rule", "approval_rule", "approval", "close_reason", "exchange_rate", "lifecycle_stage", "loss_reason", "loss", "winback_programme", "winback", "play", "play_run", "attachment", "canned_answer", "mailbox", "complaint_cause", "complaint", "promise", "survey", "survey_response",
            "product_cost", "price_book", "price_book_entry", "pool", "ownership_transfer", "target", "forecast_adjustment", "delivery", "payment", "site", "asset", "agreement", "entitlement", "service_plan", "business_calendar", "service_policy",
        ];
        for kind in kinds {
            let name = camel_case(kind);
            let query = format!("query($id: UUID!) {{ {name}(id: $id) {{ id }} }}");
            let id = json!({ "id": records.id(&format!("get_{kind}")) });
            assert_eq!(world.stranger().graphql_raw(&query, id.clone()).await.status, 401, "{name}");
            assert_eq!(rita.graphql_codes(&query, id.clone()).await, ["not_found"], "{name}");
            assert_eq!(ada.graphql(&query, id.clone()).await[&name]["id"], id["id"], "{name}");
            let node = "query($id: UUID!) { node(id: $id) { __typename } }";
            assert_eq!(rita.graphql(node, id).await["node"], Value::Null, "{name}");
        }
    }
}

/// The names of the fields of GraphQL's roots.
fn graphql_fields() -> BTreeSet<String> {
    let sdl = rapport_api::schema().sdl();
    let mut fields = BTreeSet::new();
    for root in ["type Query {", "type Mutation {"] {
        let body = sdl.split(root).nth(1).and_then(|rest| rest.split("\n}").next()).expect(root);
        // A field is indented once; the descriptions of its arguments, and they, more often.
        let lines = body.lines().filter_map(|line| line.strip_prefix('\t'));
        fields.extend(lines.filter(|line| !line.starts_with(['\t', '"'])).filter_map(|line| {
            let end = line.find(['(', ':'])?;
            let name = &line[..end];
            name.chars().all(char::is_alphanumeric).then(|| name.to_owned())
        }));
    }
    fields
}

#[test]
fn rest_and_graphql_offer_the_same_operations() {
    let rest: BTreeSet<String> = operations()
        .iter()
        // Files are fetched over REST; what is followed is a subscription.
        .filter(|operation| !operation.id.starts_with(ALSO_A_LIST) && !operation.streams)
        .map(|operation| {
            let read = operation.id.strip_prefix("list_").or(operation.id.strip_prefix("get_"));
            camel_case(read.unwrap_or(&operation.id))
        })
        .collect();
    let mut graphql = graphql_fields();
    assert!(graphql.remove("node"), "node is GraphQL's own");
    assert_eq!(rest, graphql);
}

#[test]
fn every_value_in_a_path_is_documented() {
    let document = serde_json::to_value(rapport_api::document()).expect("a document");
    for operation in operations() {
        let item = &document["paths"][&operation.path][operation.method.as_str().to_lowercase()];
        let parameters = item["parameters"].as_array().cloned().unwrap_or_default();
        let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path").count();
        assert_eq!(in_path, operation.path.matches('{').count(), "{}", operation.id);
    }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |camel, word| camel + &word[..1].to_uppercase() + &word[1..])
}

impl World {
    /// Somebody with a role that gives leave for nothing.
    async fn join_with_nothing(&self, name: &str) -> (Client, Value) {
        let ada = self.ada().await;
        let role = json!({ "name": "Nothing", "permissions": [] });
        let role = ada.post("/roles", role).await.expect(201);
        self.join_as(name, &role["id"]).await
    }
}

/// A survey, what somebody said to it, and somebody who was asked and has not answered.
async fn surveyed(
    world: &World,
    ada: &Client,
    n: usize,
    customer: &Value,
) -> (Value, Value, Value) {
    let made = async |path: &str, body: Value| ada.post(path, body).await.expect(201);
    // There are at most fifty that are asked.
    let survey = json!({ "name": format!("Survey {n}"), "kind": "nps", "question": "Well?", "position": 1, "active": n == 0, "restDays": 0 });
    let survey = made("/surveys", survey).await;
    let answered = made("/survey-responses", json!({ "surveyId": survey["id"], "score": 9 })).await;
    // Nothing that ends something needs somebody who was asked.
    if n > 0 {
        return (survey, answered.clone(), answered);
    }
    let request = json!({ "subject": "Done", "customerId": customer });
    let request = made("/service-requests", request).await;
    ada.post(&format!("/service-requests/{}/close", text(&request["id"])), json!({}))
        .await
        .expect(200);
    timed::catch_up(&SurveysDue, &world.database).await.expect("surveys");
    let about = format!("/survey-responses?requestId={}", text(&request["id"]));
    let asked = ada.get(&about).await.expect(200)["items"][0].clone();
    (survey, answered, asked)
}
