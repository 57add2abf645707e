//! Approvals: who is asked by which rules, who decides, what lapses, and what happens when nobody decides in time.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rapport_domain::{approvals::ApprovalDeadlines, timed};
use serde_json::{Value, json};

use crate::harness::{Answer, Client, World, on_both_databases};

fn at(path: &str, record: &Value) -> String {
    path.replace("{id}", record["id"].as_str().expect("an id"))
}

fn usd(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

/// Deals of more than 50,000.
fn large() -> Value {
    json!({ "compare": { "field": "amount", "gt": 50000 } })
}

async fn rule(ada: &Client, name: &str, condition: Value, steps: Value) -> Value {
    let new = json!({ "name": name, "position": 1, "subject": "opportunity", "condition": condition, "steps": steps });
    ada.post("/approval-rules", new).await.expect(201)
}

async fn deal(client: &Client, amount: &str) -> Value {
    client
        .post("/opportunities", json!({ "name": "Machines", "amount": usd(amount) }))
        .await
        .expect(201)
}

async fn ask(client: &Client, deal: &Value) -> Answer {
    let new = json!({ "opportunityId": deal["id"], "reason": "They buy for three sites." });
    client.post("/approvals", new).await
}

async fn decide(client: &Client, approval: &Value, how: &str) -> Answer {
    let body = if how == "reject" { json!({ "reason": "Too cheap" }) } else { json!({}) };
    client.post(&format!("{}/{how}", at("/approvals/{id}", approval)), body).await
}

async fn told(client: &Client, kind: &str) -> Value {
    let path = format!("/notifications?kind={kind}&count=true");
    client.get(&path).await.expect(200)["total"].clone()
}

/// A rep whose team has a manager, and both.
async fn team(world: &World, ada: &Client) -> (Client, Client, Value) {
    let (rep, me) = world.join("rep", "rep").await;
    let (boss, manager) = world.join("boss", "manager").await;
    let team = ada
        .post("/teams", json!({ "name": "North", "managerId": manager["id"] }))
        .await
        .expect(201);
    for user in [&me, &manager] {
        ada.patch(&at("/users/{id}", user), json!({ "teamId": team["id"] })).await.expect(200);
    }
    (rep, boss, manager)
}

on_both_databases! {
    async fn a_stage_waits_for_an_approval_in_steps_which_lapses_when_the_deal_changes(world) {
        let ada = world.ada().await;
        let (rep, boss, _) = team(&world, &ada).await;
        let (cfo, finance) = world.join("cfo", "manager").await;
        let steps = json!([
            { "name": "Manager", "approver": { "manager": "requester" } },
            { "name": "Finance", "approver": { "user": finance["id"] } },
        ]);
        rule(&ada, "Large deals", large(), steps).await;
        let approved = json!({ "relation": { "name": "approvals", "filter": { "compare": { "field": "status", "eq": "approved" } } } });
        let stages = ada.get("/pipeline-stages?sort=position").await.expect(200);
        let next = &stages["items"][1];
        let criteria = json!({ "entryCriteria": [{ "name": "Approval given", "rule": approved }] });
        ada.patch(&at("/pipeline-stages/{id}", next), criteria).await.expect(200);

        let deal = deal(&rep, "60000.00").await;
        let move_on = async || rep.post(&at("/opportunities/{id}/move", &deal), json!({ "stageId": next["id"] })).await;
        let refused = move_on().await;
        assert!(refused.text.contains("Approval given"), "{}", refused.text);
        let asked = ask(&rep, &deal).await.expect(201);
        assert_eq!(asked["causes"][0]["name"], "Large deals");
        assert_eq!(asked["steps"][0]["status"], "open");
        assert_eq!(asked["steps"][1]["status"], "waiting");
        assert_eq!((told(&boss, "approval_requested").await, told(&cfo, "approval_requested").await), (json!(1), json!(0)));
        assert_eq!(ask(&rep, &deal).await.status, 409, "it waits already");

        // Whose turn it is not decides nothing; whose it is finds it by who they are.
        for (who, name) in [(&rep, "rep"), (&cfo, "cfo"), (&ada, "ada")] {
            let answer = decide(who, &asked, "approve").await;
            assert!(answer.status == 409 && answer.text.contains("not yours"), "{name}: {}", answer.text);
        }
        let me = boss.get("/me").await.expect(200)["user"]["id"].clone();
        let mine = json!({ "filter": { "relation": { "name": "approvers", "filter": { "compare": { "field": "userId", "eq": me } } } } });
        assert_eq!(boss.post("/approvals/search", mine.clone()).await.expect(200)["items"][0]["id"], asked["id"]);
        decide(&boss, &asked, "approve").await.expect(200);
        assert_eq!(boss.post("/approvals/search", mine).await.expect(200)["items"], json!([]));
        assert_eq!(told(&cfo, "approval_requested").await, 1);
        assert_eq!(move_on().await.status, 409, "finance has not agreed yet");

        let approve = "mutation($id: UUID!) { approveApproval(id: $id, input: { reason: \"Fine\" }) { status decidedAt steps { status reason decidedBy } } }";
        let done = cfo.graphql(approve, json!({ "id": asked["id"] })).await["approveApproval"].clone();
        assert_eq!(done["status"], "APPROVED");
        assert_eq!(done["steps"][1], json!({ "status": "APPROVED", "reason": "Fine", "decidedBy": finance["id"] }));
        assert_eq!(told(&rep, "approval_decided").await, 1);

        // What it was given for changes: it holds no more.
        rep.patch(&at("/opportunities/{id}", &deal), json!({ "need": "More speed" })).await.expect(200);
        assert_eq!(rep.get(&at("/approvals/{id}", &asked)).await.expect(200)["status"], "approved");
        rep.patch(&at("/opportunities/{id}", &deal), json!({ "amount": usd("70000.00") })).await.expect(200);
        assert_eq!(rep.get(&at("/approvals/{id}", &asked)).await.expect(200)["status"], "lapsed");
        assert_eq!(move_on().await.status, 409);
        let again = ask(&rep, &deal).await.expect(201);
        decide(&boss, &again, "approve").await.expect(200);
        decide(&cfo, &again, "approve").await.expect(200);
        move_on().await.expect(200);
        let of = "query($id: UUID!) { opportunity(id: $id) { approvals { status title } } }";
        let of = rep.graphql(of, json!({ "id": deal["id"] })).await["opportunity"]["approvals"].clone();
        assert_eq!(of[0], json!({ "status": "APPROVED", "title": "Machines" }));
        assert_eq!(of[1]["status"], "LAPSED");
        let happened = ada.events("types=rapport.approval.*", 7).await;
        let types: Vec<&str> = happened["items"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap()).collect();
        let short: Vec<&str> = types.iter().map(|t| t.trim_start_matches("rapport.approval.").trim_end_matches(".v1")).collect();
        assert_eq!(short, ["created", "step_approved", "approved", "lapsed", "created", "step_approved", "approved"]);
    }

    async fn who_asks_never_decides_and_a_refusal_ends_it(world) {
        let ada = world.ada().await;
        let (rep, boss, manager) = team(&world, &ada).await;
        rule(&ada, "Large deals", large(), json!([{ "name": "Manager", "approver": { "manager": "owner" } }])).await;
        // The boss has nobody above who could decide.
        let own = deal(&boss, "90000.00").await;
        let refused = ask(&boss, &own).await;
        assert!(refused.status == 409 && refused.text.contains("nobody else could decide"), "{}", refused.text);
        // A team above with a manager of its own makes somebody.
        let (top, director) = world.join("director", "manager").await;
        let above = ada.post("/teams", json!({ "name": "All", "managerId": director["id"] })).await.expect(201);
        let teams = ada.get("/teams?name=North").await.expect(200);
        ada.patch(&at("/teams/{id}", &teams["items"][0]), json!({ "parentId": above["id"] })).await.expect(200);
        let asked = ask(&boss, &own).await.expect(201);
        assert_eq!(asked["steps"][0]["approverIds"], json!([director["id"]]));
        let to_requester = json!({ "userId": manager["id"] });
        let delegate = format!("{}/delegate", at("/approvals/{id}", &asked));
        assert_eq!(top.post(&delegate, to_requester).await.status, 409, "four eyes");

        let small = deal(&rep, "10.00").await;
        let needless = ask(&rep, &small).await;
        assert!(needless.status == 409 && needless.text.contains("no approval rule holds"), "{}", needless.text);
        let theirs = deal(&rep, "80000.00").await;
        // The owner's manager is who asks: the one above decides.
        let on_behalf = ask(&boss, &theirs).await.expect(201);
        assert_eq!(on_behalf["steps"][0]["approverIds"], json!([director["id"]]));
        decide(&boss, &on_behalf, "withdraw").await.expect(200);
        let asked = ask(&rep, &theirs).await.expect(201);
        let rejected = boss.post(&format!("{}/reject", at("/approvals/{id}", &asked)), json!({})).await;
        assert_eq!(rejected.status, 422, "a refusal has a reason");
        let rejected = decide(&boss, &asked, "reject").await.expect(200);
        assert_eq!((&rejected["status"], &rejected["steps"][0]["reason"]), (&json!("rejected"), &json!("Too cheap")));
        for how in ["approve", "reject", "withdraw"] {
            assert_eq!(decide(&boss, &asked, how).await.status, 409, "{how}");
        }
        // Another is asked for after it; it is taken back by who has asked, not by another rep.
        let again = ask(&rep, &theirs).await.expect(201);
        let (other, _) = world.join("other", "rep").await;
        let withdraw = format!("{}/withdraw", at("/approvals/{id}", &again));
        assert_eq!(other.post(&withdraw, json!({})).await.status, 404);
        assert_eq!(rep.post(&withdraw, json!({})).await.expect(200)["status"], "withdrawn");
        assert_eq!(rep.post(&withdraw, json!({})).await.expect(200)["status"], "withdrawn");
        let (viewer, _) = world.join("viewer", "viewer").await;
        assert_eq!(ask(&viewer, &theirs).await.status, 403);
        assert_eq!(rep.post("/approval-rules", json!({ "name": "None", "position": 1, "subject": "opportunity", "condition": large(),
            "steps": [{ "name": "Me", "approver": { "manager": "owner" } }] })).await.status, 403);
    }

    async fn of_many_who_may_decide_one_does_and_a_deputy_may(world) {
        let ada = world.ada().await;
        let (rep, _, _) = team(&world, &ada).await;
        let role = ada.get("/roles?builtIn=manager").await.expect(200)["items"][0]["id"].clone();
        rule(&ada, "Large deals", large(), json!([{ "name": "Any manager", "approver": { "role": role } }])).await;
        let (one, first) = world.join("one", "manager").await;
        let (two, _) = world.join("two", "manager").await;
        let asked = ask(&rep, &deal(&rep, "60000.00").await).await.expect(201);
        assert_eq!(asked["steps"][0]["approverIds"].as_array().unwrap().len(), 3);
        let (deputy, stands_in) = world.join("deputy", "agent").await;
        assert!(decide(&deputy, &asked, "approve").await.text.contains("not yours"));
        let delegate = format!("{}/delegate", at("/approvals/{id}", &asked));
        let how = json!({ "userId": stands_in["id"], "reason": "Away" });
        assert_eq!(deputy.post(&delegate, how.clone()).await.status, 409);
        let given = one.post(&delegate, how).await.expect(200);
        assert_eq!(given["steps"][0]["delegations"][0]["fromUserId"], first["id"]);
        assert!(decide(&one, &asked, "approve").await.text.contains("not yours"), "it is given away");
        let both = join_all([decide(&two, &asked, "reject"), decide(&deputy, &asked, "approve")]).await;
        let mut statuses: Vec<u16> = both.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "one decides, the other is told");
    }

    async fn what_nobody_decides_in_time_is_told_escalated_or_rejected_once(world) {
        let ada = world.ada().await;
        let (rep, boss, manager) = team(&world, &ada).await;
        let (cfo, finance) = world.join("cfo", "manager").await;
        let named = |name: &str| json!({ "compare": { "field": "name", "eq": name } });
        for (name, how) in [
            ("Remind", json!({ "onDeadline": "remind" })),
            ("Escalate", json!({ "onDeadline": "escalate", "escalateTo": { "user": finance["id"] } })),
            ("Reject", json!({ "onDeadline": "reject" })),
        ] {
            let mut step = json!({ "name": name, "approver": { "user": manager["id"] }, "deadline": "PT8M" });
            step.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
            rule(&ada, name, named(name), json!([step])).await;
        }
        let mut asked = Vec::new();
        for name in ["Remind", "Escalate", "Reject"] {
            let deal = rep.post("/opportunities", json!({ "name": name })).await.expect(201);
            asked.push(ask(&rep, &deal).await.expect(201));
        }
        let pass = || timed::catch_up(&ApprovalDeadlines, &world.database);
        world.advance(TimeDelta::minutes(6));
        pass().await.expect("the deadlines");
        assert_eq!(told(&boss, "approval_overdue").await, 0);
        world.advance(TimeDelta::minutes(4));
        for done in join_all([pass(), pass(), pass()]).await {
            done.expect("the deadlines");
        }
        assert_eq!((told(&boss, "approval_overdue").await, told(&rep, "approval_overdue").await), (json!(1), json!(1)));
        let now = async |n: usize| ada.get(&at("/approvals/{id}", &asked[n])).await.expect(200);
        assert!(now(0).await["steps"][0]["overdueSince"].is_string());
        assert_eq!(now(1).await["steps"][0]["approverIds"], json!([manager["id"], finance["id"]]));
        assert_eq!(told(&cfo, "approval_requested").await, 1);
        decide(&cfo, &asked[1], "approve").await.expect(200);
        let rejected = now(2).await;
        assert_eq!((&rejected["status"], &rejected["steps"][0]["decidedBy"]), (&json!("rejected"), &Value::Null));
        let happened = ada.events("types=rapport.approval.overdue.v1,rapport.approval.escalated.v1,rapport.approval.rejected.v1", 3).await;
        assert_eq!(happened["items"].as_array().unwrap().len(), 3);
    }

    async fn a_rule_names_everything_that_is_wrong_with_it(world) {
        let ada = world.ada().await;
        let missing = "01890a5d-ac96-774b-bcce-b302099a8057";
        let wrong = json!({ "name": "Wrong", "position": 1, "subject": "opportunity",
            "condition": { "compare": { "field": "colour", "eq": "red" } },
            "steps": [
                { "name": "A", "approver": { "user": missing }, "onDeadline": "escalate" },
                { "name": "B", "approver": { "user": missing }, "escalateTo": { "manager": "owner" } },
            ] });
        let answer = ada.post("/approval-rules", wrong).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        let mut pointers = answer.pointers();
        pointers.sort();
        assert_eq!(pointers, ["/condition/compare/field", "/steps/0/deadline", "/steps/0/escalateTo", "/steps/1/escalateTo"]);
        let nobody = json!({ "name": "Nobody", "position": 1, "subject": "opportunity", "condition": { "all": [] },
            "steps": [{ "name": "A", "approver": { "user": missing } }, { "name": "B", "approver": { "role": missing } }] });
        let answer = ada.post("/approval-rules", nobody).await;
        assert_eq!(answer.pointers(), ["/steps/0/approver/user", "/steps/1/approver/role"]);
        let none = json!({ "name": "None", "position": 1, "subject": "opportunity", "condition": { "all": [] }, "steps": [] });
        assert_eq!(ada.post("/approval-rules", none).await.pointers(), ["/steps"]);
    }
}
