//! Bodies as people send them.

use serde_json::{Value, json};

use super::{each_operation, referred};

/// Adds to each body what it may look like.
pub fn complete(document: &mut Value) {
    each_operation(document, |_, _, operation| {
        let content = operation.pointer_mut("/requestBody/content");
        let media = content.and_then(Value::as_object_mut);
        for (_, media) in media.into_iter().flatten() {
            let Some(example) = referred(&media["schema"]).and_then(example) else { continue };
            media["example"] = example;
        }
        for (kind, file) in FILES {
            if let Some(media) =
                operation.pointer_mut(&format!("/requestBody/content/{}", kind.replace('/', "~1")))
            {
                media["example"] = file.into();
            }
        }
        if operation["requestBody"].is_object() && operation["requestBody"]["description"].is_null()
        {
            operation["requestBody"]["description"] = "What is asked for.".into();
        }
    });
}

/// Files, as they are sent to be imported.
const FILES: [(&str, &str); 4] = [
    (
        "message/rfc822",
        "From: Ann Lee <ann@globex.example>\r\nTo: help@acme.example\r\nMessage-ID: <a1@globex.example>\r\nSubject: Dark display\r\n\r\nIt stays dark.\r\n",
    ),
    ("application/octet-stream", "What is in the file."),
    (
        "text/csv",
        "externalId,kind,name,city\n0012-A,organization,Acme Corporation,Berlin\n0013-A,person,Ada Lovelace,London\n",
    ),
    (
        "application/x-ndjson",
        "{\"externalId\":\"0012-A\",\"kind\":\"organization\",\"name\":\"Acme Corporation\"}\n",
    ),
];

const CUSTOMER: &str = "019aa6cd-6f51-7c12-9d67-3c5b52a4e7f0";
const PRODUCT: &str = "019aa6cd-6f51-7c12-9d67-3c5b52a4e7f1";
const CALENDAR: &str = "019aa6cd-6f51-7c12-9d67-3c5b52a4e7f9";
const ORDER: &str = "019aa6cd-6f51-7c12-9d67-3c5b52a4e7fa";
const PIPELINE: &str = "019aa6cd-6f51-7c12-9d67-3c5b52a4e7f6";
const PRICE_BOOK: &str = "019aa6cd-6f51-7c12-9d67-3c5b52a4e7f7";
const TOKEN: &str = "rap_quote_AZqmzW9RfBKdZzxbUqTn8Cq1nS0c5y1mYk2w7p9r3tU4xV6zA8bB0dD2fF4hH6jJ";
/// A picture of one pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const OPPORTUNITY: &str = "019aa6cd-6f51-7c12-9d67-3c5b52a4e7f8";
const STAGE: &str = "019aa6cd-6f51-7c12-9d67-3c5b52a4e7f4";
const SEGMENT: &str = "019aa6cd-6f51-7c12-9d67-3c5b52a4e7f5";
const ROLE: &str = "019aa6cd-6f51-7c12-9d67-3c5b52a4e7f2";
const TEAM: &str = "019aa6cd-6f51-7c12-9d67-3c5b52a4e7f3";
const REQUEST: &str = "019aa6cd-6f51-7c12-9d67-3c5b52a4e7fb";
const MESSAGE: &str = "019aa6cd-6f51-7c12-9d67-3c5b52a4e7fc";
const SURVEY: &str = "019aa6cd-6f51-7c12-9d67-3c5b52a4e7fd";
const QUEUE: &str = "019aa6cd-6f51-7c12-9d67-3c5b52a4e7fe";
const USER: &str = "019aa6cd-6f51-7c12-9d67-3c5b52a4e7f7";

/// An example of the schema of this name.
fn example(schema: &str) -> Option<Value> {
    let of_customers = customers(schema).or_else(|| sales(schema));
    of_customers
        .or_else(|| approvals(schema))
        .or_else(|| service(schema))
        .or_else(|| promises(schema))
        .or_else(|| ownership(schema))
        .or_else(|| work(schema))
        .or_else(|| segmentation(schema))
        .or_else(|| lifecycle(schema))
        .or_else(|| plays(schema))
        .or_else(|| integration(schema))
        .or_else(|| identity(schema))
        .or_else(|| webhooks(schema))
        .or_else(|| search(schema))
}

fn customers(schema: &str) -> Option<Value> {
    Some(match schema {
        "NewCustomer" => json!({
            "kind": "organization",
            "name": "Acme Corporation",
            "industry": "retail",
            "employees": 1200,
            "annualRevenue": 251_410_000,
            "website": "https://acme.example",
            "city": "Berlin",
            "country": "DE",
        }),
        "CustomerPatch" => {
            json!({ "phone": "+4930901820", "industry": "software", "description": null })
        }
        "NewContact" => json!({
            "customerId": CUSTOMER,
            "name": "Élodie O'Neill",
            "jobTitle": "Head of Purchasing",
            "role": "buyer",
            "email": "elodie@acme.example",
        }),
        "NewCustomField" => json!({
            "resource": "customer",
            "key": "careLevel",
            "label": "Care level",
            "kind": "single_choice",
            "choices": [
                { "value": "basic", "label": "Basic" },
                { "value": "premium", "label": "Premium" },
            ],
            "default": "basic",
            "indexed": true,
        }),
        "CustomFieldPatch" => json!({ "label": "Level of care", "required": true }),
        "NewConsent" => json!({
            "customerId": CUSTOMER,
            "purpose": "newsletter",
            "channel": "email",
            "status": "granted",
            "obtainedAt": "2026-11-20T09:30:00Z",
            "evidence": "Double opt-in, form of 2026-10",
            "source": "shop",
        }),
        "ConsentPatch" => json!({ "status": "withdrawn", "evidence": "Said so on the phone." }),
        "NewContactPoint" => json!({
            "customerId": CUSTOMER,
            "kind": "phone",
            "value": "+4930901821",
            "label": "reception",
            "isPreferred": true,
        }),
        "ContactPointPatch" => {
            json!({ "label": "switchboard", "verifiedAt": "2026-11-20T09:30:00Z" })
        }
        "NewInteraction" => json!({
            "kind": "call",
            "direction": "outbound",
            "customerId": CUSTOMER,
            "occurredAt": "2026-11-20T09:30:00Z",
            "durationSeconds": 420,
            "subject": "Renewal",
            "outcome": "reached",
        }),
        "InteractionPatch" => json!({ "outcome": "demo agreed", "body": "Thursday, ten o'clock." }),
        "ContactPatch" => json!({ "jobTitle": "Chief Operating Officer", "phone": null }),
        _ => return None,
    })
}

fn sales(schema: &str) -> Option<Value> {
    Some(match schema {
        "NewProduct" => json!({
            "sku": "GTX-PRO",
            "name": "GTX Pro",
            "category": "GTX",
            "price": { "amount": "4821.00", "currency": "USD" },
            "unit": "piece",
            "taxRate": "19",
            "discountLimit": "15",
        }),
        "ProductPatch" => {
            json!({ "price": { "amount": "4999.00", "currency": "USD" }, "active": true })
        }
        "NewProductCost" => json!({
            "productId": PRODUCT,
            "cost": { "amount": "2950.00", "currency": "USD" },
            "validFrom": "2026-01-01",
        }),
        "ProductCostPatch" => json!({ "cost": { "amount": "3010.00", "currency": "USD" } }),
        "NewPriceBook" => json!({
            "name": "Gold 2026",
            "currency": "USD",
            "validFrom": "2026-01-01",
            "validTo": "2026-12-31",
            "priority": 10,
            "segmentId": SEGMENT,
            "discountLimit": "5",
        }),
        "PriceBookPatch" => json!({ "validTo": "2027-03-31", "discountLimit": null }),
        "NewPriceBookEntry" => json!({
            "priceBookId": PRICE_BOOK,
            "productId": PRODUCT,
            "minimumQuantity": "10",
            "unitPrice": { "amount": "4500.00", "currency": "USD" },
        }),
        "PriceBookEntryPatch" => json!({
            "unitPrice": { "amount": "4450.00", "currency": "USD" },
        }),
        "PriceRequest" => json!({
            "customerId": CUSTOMER,
            "currency": "USD",
            "pricedOn": "2026-11-22",
            "lines": [{ "productId": PRODUCT, "quantity": "12" }],
        }),
        "NewOrder" => json!({
            "customerId": CUSTOMER,
            "orderedOn": "2017-10-24",
            "currency": "USD",
            "lines": [
                { "productId": PRODUCT, "quantity": "2" },
                {
                    "description": "Shipping",
                    "unitPrice": { "amount": "9.90", "currency": "USD" },
                },
            ],
        }),
        "OrderPatch" => json!({ "status": "completed" }),
        "NewDelivery" => json!({
            "orderId": ORDER,
            "status": "shipped",
            "lines": [{ "line": 1, "quantity": "2" }],
            "carrier": "DHL",
            "trackingCode": "00340434161094042557",
        }),
        "DeliveryPatch" => json!({ "status": "delivered" }),
        "NewPayment" => json!({
            "orderId": ORDER,
            "amount": { "amount": "109.90", "currency": "USD" },
            "method": "card",
            "status": "settled",
        }),
        "NewSite" => json!({
            "name": "Plant North",
            "customerId": CUSTOMER,
            "street": "Hafenstrasse 1",
            "postalCode": "20457",
            "city": "Hamburg",
            "country": "DE",
            "timeZone": "Europe/Berlin",
            "description": "Report to the gate; helmets are worn.",
        }),
        "SitePatch" => json!({ "description": "Report to gate 2" }),
        "NewAsset" => json!({
            "name": "Press 1",
            "customerId": CUSTOMER,
            "serialNumber": "P-4711",
            "orderId": ORDER,
            "orderLine": 1,
            "city": "Hamburg",
            "location": "Hall 3",
        }),
        "AssetPatch" => json!({ "status": "in_repair" }),
        "NewAgreement" => json!({
            "name": "Full service",
            "customerId": CUSTOMER,
            "startsOn": "2026-01-01",
            "endsOn": "2026-12-31",
            "renewal": "automatic",
            "renewalMonths": 12,
            "fee": { "amount": "1200.00", "currency": "USD" },
        }),
        "AgreementPatch" => {
            json!({ "status": "cancelled", "cancelReason": "The customer moved away" })
        }
        "NewEntitlement" => json!({
            "name": "Repairs on site",
            "kind": "repair",
            "customerId": CUSTOMER,
            "endsOn": "2026-12-31",
            "requestLimit": 5,
        }),
        "EntitlementPatch" => json!({ "endsOn": "2027-12-31" }),
        "CoverageRequest" => {
            json!({ "customerId": CUSTOMER, "kind": "repair", "on": "2026-06-01" })
        }
        "NewServicePlan" => json!({
            "name": "Two years of warranty",
            "productId": PRODUCT,
            "kind": "warranty",
            "months": 24,
        }),
        "ServicePlanPatch" => json!({ "months": 36 }),
        "PaymentPatch" => json!({ "status": "settled", "reference": "2017-10-30/4711" }),
        _ => {
            return pipelines(schema).or_else(|| opportunities(schema)).or_else(|| leads(schema));
        }
    })
}

fn pipelines(schema: &str) -> Option<Value> {
    Some(match schema {
        "NewPipeline" => json!({
            "name": "Renewals",
            "key": "renewals",
            "position": 20,
            "skipping": "with_reason",
            "goingBack": "with_reason",
        }),
        "PipelinePatch" => json!({ "skipping": "refused", "active": true }),
        "NewPipelineStage" => json!({
            "pipelineId": PIPELINE,
            "name": "Proposal",
            "key": "proposal",
            "position": 30,
            "probability": 60,
            "forecastCategory": "best_case",
            "maximumDays": 30,
            "entryCriteria": [{
                "name": "The decision maker is known",
                "rule": { "relation": {
                    "name": "contacts",
                    "filter": { "compare": { "field": "role", "eq": "decision_maker" } },
                } },
            }],
            "guidance": "Agree on the day of the decision before you send anything.",
        }),
        "PipelineStagePatch" => json!({ "probability": 65, "maximumDays": null }),
        "ReplacePipelineStage" => json!({ "stageId": STAGE }),
        "NewCloseReason" => json!({ "outcome": "lost", "name": "No budget" }),
        "CloseReasonPatch" => json!({ "active": false }),
        "NewExchangeRate" => {
            json!({ "currency": "EUR", "validFrom": "2026-11-01", "rate": "1.0843" })
        }
        "NewTarget" => json!({
            "userId": USER,
            "measure": "won_amount",
            "period": "quarter",
            "startsOn": "2026-10-01",
            "amount": { "amount": "250000.00", "currency": "USD" },
        }),
        "TargetPatch" => json!({ "amount": { "amount": "275000.00", "currency": "USD" } }),
        "NewForecastAdjustment" => json!({
            "userId": USER,
            "category": "commit",
            "period": "quarter",
            "startsOn": "2026-10-01",
            "amount": { "amount": "180000.00", "currency": "USD" },
            "note": "Two of the three wait for their boards.",
        }),
        "ExchangeRatePatch" => json!({ "rate": "1.0851" }),
        _ => return None,
    })
}

fn service(schema: &str) -> Option<Value> {
    Some(match schema {
        "NewServiceRequest" => json!({
            "subject": "The display stays dark",
            "description": "Since this morning, after the power had failed.",
            "kind": "fault",
            "impact": "medium",
            "urgency": "high",
            "channel": "email",
            "customerId": CUSTOMER,
            "productId": PRODUCT,
            "tags": ["display"],
        }),
        "ServiceRequestPatch" => json!({ "urgency": "low", "priority": null }),
        "MoveServiceRequest" => json!({ "status": "waiting_for_customer" }),
        "ResolveServiceRequest" => {
            json!({ "resolution": "The fuse was replaced.", "withChildren": true })
        }
        "NewComplaintCause" => json!({ "name": "Damaged in transport" }),
        "ComplaintCausePatch" => json!({ "active": false }),
        "NewComplaint" => json!({
            "requestId": REQUEST,
            "remedy": "replacement",
            "cost": { "amount": "48.50", "currency": "EUR" },
        }),
        "ComplaintPatch" => json!({ "causeNote": "The crate was too thin.", "cost": null }),
        "TellOutcome" => {
            json!({ "outcome": "You get another one on Monday, and keep this one.", "over": "phone" })
        }
        "NewPromise" => json!({
            "requestId": REQUEST,
            "body": "Another machine until yours is repaired",
            "dueAt": "2026-12-01T08:00:00Z",
        }),
        "PromisePatch" => json!({ "dueAt": "2026-12-02T08:00:00Z" }),
        "CheckPromise" => json!({ "note": "It came a day early." }),
        "NewSurvey" => json!({
            "name": "After every repair",
            "kind": "csat",
            "question": "How content are you with how we dealt with it?",
            "position": 10,
            "condition": { "compare": { "field": "kind", "eq": "fault" } },
            "delayMinutes": 60,
            "followUpTo": 2,
        }),
        "SurveyPatch" => json!({ "restDays": 90, "condition": null }),
        "NewSurveyResponse" => json!({
            "surveyId": SURVEY,
            "requestId": REQUEST,
            "score": 4,
            "comment": "Quick and friendly.",
        }),
        "OpenSurvey" => json!({ "token": "rap_survey_AZq9" }),
        "AnswerSurvey" => json!({ "token": "rap_survey_AZq9", "score": 5 }),
        "AssignServiceRequest" => json!({ "ownerId": USER, "note": "You know this machine." }),
        "MergeServiceRequest" => json!({ "intoId": REQUEST }),
        "SplitServiceRequest" => json!({ "messageId": MESSAGE, "subject": "The other machine" }),
        "WatchServiceRequest" => json!({ "userId": USER }),
        "LinkServiceRequest" => json!({ "otherId": REQUEST, "kind": "duplicates" }),
        "NewRequestMessage" => json!({
            "kind": "reply",
            "body": "Would you please look whether the lamp beside the switch is lit?",
            "channel": "email",
            "status": "waiting_for_customer",
        }),
        "NewCannedAnswer" => json!({
            "name": "Ask for the serial number",
            "body": "Dear {{customer.name}},\n\nwould you please send us the serial number? Your request is {{request.number}}.",
            "language": "en",
            "shared": true,
        }),
        "NewMailbox" => json!({ "name": "Help", "address": "help@acme.example" }),
        "MailboxPatch" => json!({ "unknownSenders": "lead" }),
        "CannedAnswerPatch" => json!({ "active": false }),
        "NewAttachmentLink" => json!({ "hours": 72 }),
        "NewServiceStatus" => json!({
            "key": "waiting_for_parts",
            "name": "Waiting for parts",
            "category": "waiting_for_third_party",
            "position": 55,
            "next": ["open", "resolved"],
        }),
        "ServiceStatusPatch" => json!({ "next": null }),
        "ReplaceServiceStatus" => json!({ "replaceWith": "open" }),
        "NewQueue" => json!({ "name": "Second level", "memberIds": [USER] }),
        "QueuePatch" => json!({ "method": "least_busy" }),
        "NewServiceAgent" => json!({
            "userId": USER,
            "skills": [{ "skill": "networks", "level": 3 }, { "skill": "printers" }],
            "languages": ["de", "en"],
            "countries": ["DE"],
            "postalCodes": ["10", "12"],
            "capacity": 20,
        }),
        "ServiceAgentPatch" => json!({ "capacity": 10 }),
        "SetServiceAgentAvailability" => json!({ "availability": "away" }),
        "NewServiceRoutingRule" => json!({
            "name": "Faults of networks",
            "position": 10,
            "condition": { "compare": { "field": "kind", "eq": "fault" } },
            "queueId": QUEUE,
            "neededSkills": [{ "skill": "networks", "level": 2 }],
        }),
        "NewServiceEscalationRule" => json!({
            "name": "Too late",
            "position": 10,
            "triggerKind": "clock_breached",
            "clockKind": "first_response",
            "raisePriority": true,
            "queueId": QUEUE,
            "userIds": [USER],
        }),
        "ServiceEscalationRulePatch" => json!({ "raisePriority": false }),
        "EscalateServiceRequest" => json!({ "reason": "The line stands still." }),
        "ServiceRoutingRulePatch" => json!({ "neededLanguage": "de" }),
        _ => return None,
    })
}

fn leads(schema: &str) -> Option<Value> {
    let rule = json!({ "compare": { "field": "country", "eq": "DE" } });
    Some(match schema {
        "NewLead" => json!({
            "firstName": "Grace",
            "lastName": "Hopper",
            "companyName": "Acme Corporation",
            "jobTitle": "Head of purchasing",
            "email": "grace@acme.example",
            "country": "DE",
            "leadSource": "Trade fair",
            "campaign": "Autumn 2026",
            "need": "Twice the throughput before the season begins.",
            "budget": { "amount": "12000.00", "currency": "USD" },
        }),
        "LeadPatch" => json!({ "phone": "+4930901820", "campaign": null }),
        "LeadBatch" => json!({ "operations": [
            { "create": { "lastName": "Hopper", "companyName": "Acme Corporation", "leadSource": "Trade fair" } },
        ] }),
        "DisqualifyLead" => json!({ "reason": "Wanted to sell us something." }),
        "ConvertLead" => json!({
            "opportunity": { "name": "GTX for the Berlin office", "expectedCloseOn": "2027-01-29" },
        }),
        "NewLeadScoringRule" => json!({
            "name": "Has a budget",
            "rule": { "compare": { "field": "budget", "gte": 10000 } },
            "points": 40,
            "position": 10,
        }),
        "LeadScoringRulePatch" => json!({ "points": 30 }),
        "NewLeadAssignmentRule" => json!({
            "name": "Germany",
            "position": 10,
            "condition": rule,
            "userIds": [USER],
            "strategy": "round_robin",
            "capacity": 25,
            "responseWithin": "PT4H",
        }),
        "LeadAssignmentRulePatch" => json!({ "capacity": null }),
        "NewLeadForm" => json!({
            "name": "Contact us",
            "leadSource": "Website",
            "campaign": "Autumn 2026",
            "leadTags": ["web"],
            "allowedOrigins": ["https://www.acme.example"],
            "redirectUrl": "https://www.acme.example/thanks",
        }),
        "LeadFormPatch" => json!({ "enabled": false, "campaign": null }),
        "NewLeadFormSubmission" => json!({
            "submissionId": "0193a2b4-7c1e-4d55-9f60-2f4f5b3c9d10",
            "firstName": "Grace",
            "lastName": "Hopper",
            "email": "grace@acme.example",
            "need": "Twice the throughput before the season begins.",
            "budget": { "amount": "12000.00", "currency": "USD" },
            "elapsedSeconds": 41,
        }),
        _ => return None,
    })
}

fn ownership(schema: &str) -> Option<Value> {
    Some(match schema {
        "NewPool" => json!({
            "name": "North",
            "kind": "customers",
            "position": 10,
            "condition": { "compare": { "field": "country", "eq": "DE" } },
            "teamIds": [TEAM],
            "holdLimit": 200,
            "dailyLimit": 20,
            "cooldownDays": 30,
            "recycleSegmentId": SEGMENT,
            "recycleAfterDays": 60,
            "recycleWarningDays": 7,
        }),
        "PoolPatch" => json!({ "holdLimit": 150, "recycleWarningDays": null }),
        "ReleaseToPool" => json!({ "reason": "Needs somebody who speaks Polish." }),
        "NewOwnershipTransfer" => json!({
            "fromUserId": USER,
            "toUserId": ROLE,
            "parts": ["customers", "opportunities", "tasks"],
            "filter": { "compare": { "field": "city", "eq": "Berlin" } },
            "reason": "Grace takes Berlin over.",
        }),
        _ => return None,
    })
}

fn opportunities(schema: &str) -> Option<Value> {
    Some(match schema {
        "NewOpportunity" => json!({
            "name": "GTX for the Berlin office",
            "customerId": CUSTOMER,
            "expectedCloseOn": "2027-01-29",
            "need": "Twice the throughput before the season begins.",
            "budget": { "amount": "12000.00", "currency": "USD" },
            "nextStep": "Demo for the purchasing team",
            "nextStepOn": "2026-12-03",
            "lines": [{ "productId": PRODUCT, "quantity": "2", "discount": "5", "taxRate": "19" }],
            "competitors": [{ "name": "Globex", "note": "Cheaper, but not before March." }],
        }),
        "OpportunityPatch" => {
            json!({ "expectedCloseOn": "2027-02-12", "forecastCategory": "commit" })
        }
        "MoveOpportunity" => json!({ "stageId": STAGE, "reason": "They know what they want." }),
        "WinOpportunity" => json!({ "reason": "Product", "closedOn": "2026-11-20" }),
        "LoseOpportunity" => json!({ "reason": "Competitor", "lostTo": "Globex" }),
        "ReopenOpportunity" => json!({ "reason": "Globex cannot deliver." }),
        "OpportunityBatch" => json!({ "operations": [
            { "create": { "name": "GTX for the Bremen office", "customerId": CUSTOMER } },
        ] }),
        "CloneOpportunity" => json!({ "name": "GTX for the Hamburg office" }),
        _ => return None,
    })
}

fn promises(schema: &str) -> Option<Value> {
    let day = |from: &str, until: &str| json!({ "from": from, "until": until });
    let on = |day: &str, from: &str, until: &str| json!({ "weekday": day, "from": from, "until": until });
    Some(match schema {
        "NewBusinessCalendar" => json!({
            "name": "Service desk",
            "timeZone": "Europe/Berlin",
            "hours": [
                on("monday", "09:00", "12:00"), on("monday", "13:00", "17:00"),
                on("tuesday", "09:00", "17:00"), on("friday", "09:00", "15:00"),
            ],
            "exceptions": [
                { "name": "Christmas", "date": "2026-12-25", "yearly": true },
                { "name": "New Year's Eve", "date": "2026-12-31", "windows": [day("09:00", "12:00")] },
            ],
            "isDefault": true,
        }),
        "BusinessCalendarPatch" => json!({ "hours": [on("monday", "08:00", "18:00")] }),
        "NewServicePolicy" => json!({
            "name": "Standard",
            "position": 10,
            "calendarId": CALENDAR,
            "targets": [
                { "kind": "first_response", "priority": "normal", "within": "PT4H" },
                { "kind": "resolution", "priority": "normal", "within": "PT40H" },
                { "kind": "resolution", "priority": "urgent", "within": "PT4H30M" },
            ],
            "pauses": [{ "kind": "resolution", "categories": ["waiting_for_customer"] }],
            "warnAtPercent": [75],
        }),
        "ServicePolicyPatch" => json!({ "warnAtPercent": [50, 90] }),
        _ => return None,
    })
}

fn approvals(schema: &str) -> Option<Value> {
    let large = json!({ "compare": { "field": "amount", "gt": 50000 } });
    Some(match schema {
        "NewApprovalRule" => json!({
            "name": "Large deals",
            "position": 1,
            "subject": "opportunity",
            "condition": large,
            "steps": [
                { "name": "Manager", "approver": { "manager": "requester" }, "deadline": "P2D", "onDeadline": "remind" },
                { "name": "Finance", "approver": { "role": ROLE } },
            ],
        }),
        "ApprovalRulePatch" => json!({ "active": false }),
        "NewQuote" => json!({ "opportunityId": OPPORTUNITY, "validUntil": "2026-12-31" }),
        "QuotePatch" => json!({ "validUntil": "2027-01-31", "lines": [
            { "productId": PRODUCT, "quantity": "3", "discount": "12.5" },
        ] }),
        "AcceptQuote" => json!({ "acceptedBy": "Bob Baumeister" }),
        "OrderQuote" => json!({ "orderedOn": "2026-12-15" }),
        "DeclineQuote" => json!({ "reason": "Too dear." }),
        "OpenQuoteLink" => json!({ "token": TOKEN }),
        "AcceptQuoteLink" => json!({ "token": TOKEN, "acceptedBy": "Bob Baumeister" }),
        "DeclineQuoteLink" => json!({ "token": TOKEN, "reason": "Too dear." }),
        "NewWorkspaceLogo" => json!({ "content": PIXEL }),
        "NewApproval" => {
            json!({ "opportunityId": OPPORTUNITY, "reason": "They buy for three sites." })
        }
        "ApproveApproval" => json!({ "reason": "Worth it." }),
        "RejectApproval" => json!({ "reason": "The margin does not allow it." }),
        "DelegateApproval" => json!({ "userId": USER, "reason": "I am away until Monday." }),
        _ => return None,
    })
}

fn work(schema: &str) -> Option<Value> {
    Some(match schema {
        "NewTask" => json!({
            "subject": "Send the renewal offer",
            "priority": "high",
            "dueAt": "2026-11-27T16:00:00Z",
            "remindAt": "2026-11-27T08:00:00Z",
            "customerId": CUSTOMER,
        }),
        "TaskPatch" => json!({ "status": "in_progress", "remindAt": null }),
        "TaskBatch" => json!({ "operations": [
            { "create": { "subject": "Call back", "customerId": CUSTOMER } },
        ] }),
        "ReadAllNotifications" => json!({ "until": "2026-11-22T09:30:00Z" }),
        _ => return None,
    })
}

/// Organizations in retail with at least two orders and more than 60,000 in total in the second half of 2017.
fn rule() -> Value {
    json!({ "all": [
        { "compare": { "field": "kind", "eq": "organization" } },
        { "compare": { "field": "industry", "eq": "retail" } },
        { "relation": {
            "name": "orders",
            "within": { "from": "2017-07-01", "to": "2017-12-31" },
            "count": { "gte": 2 },
            "sum": { "field": "total", "gt": 60_000 },
        } },
    ] })
}

fn segmentation(schema: &str) -> Option<Value> {
    Some(match schema {
        "NewSegment" => json!({
            "name": "Retail, buying again",
            "description": "Whom the spring campaign goes to.",
            "rule": rule(),
            "valueProposition": "A person to call, and delivery within two days.",
            "serviceLevel": "gold",
        }),
        "NewScore" => json!({
            "name": "RFM",
            "key": "rfm",
            "description": "Whom to care for, whom to win back.",
            "definition": { "rfm": { "orders": { "window": "P730D" } } },
        }),
        "ScorePatch" => json!({ "definition": { "formula": {
            "expression": "0.5 * orders.count + 2 * log(orders.sum)",
            "orders": { "window": "P365D" },
            "tiers": [{ "name": "high", "from": 20 }, { "name": "low", "from": 0 }],
        } } }),
        "PreviewScore" | "PreviewScoreChange" => json!({ "definition": { "valueTier": {
            "tiers": [{ "name": "A", "upTo": 70 }, { "name": "B", "upTo": 90 }, { "name": "C", "upTo": 100 }],
        } } }),
        "SegmentPatch" => json!({ "rule": { "compare": { "field": "city", "eq": "Berlin" } } }),
        "PreviewSegment" => json!({ "rule": rule() }),
        "CustomerIds" => json!({ "customerIds": [CUSTOMER] }),
        "CustomerSearch" => {
            json!({ "filter": rule(), "sort": "-annualRevenue,name", "count": true })
        }
        _ => return None,
    })
}

fn lifecycle(schema: &str) -> Option<Value> {
    Some(match schema {
        "NewLifecycleStage" => json!({
            "name": "In trial",
            "key": "in-trial",
            "kind": "other",
            "position": 15,
            "description": "Tries us out for 30 days.",
            "maximumDays": 30,
        }),
        "LifecycleStagePatch" => json!({
            "entryRule": { "relation": { "name": "orders", "count": { "gte": 5 } } },
            "cooldownDays": 90,
        }),
        "MoveCustomer" => json!({ "stageId": STAGE, "reason": "Pays by the year again." }),
        "CustomerMoveBatch" => json!({ "operations": [{ "id": CUSTOMER, "stageId": STAGE }] }),
        "NewLossReason" => json!({ "name": "Delivery times" }),
        "LossReasonPatch" => json!({ "active": false }),
        "LoseCustomer" => json!({
            "reason": "Competitor",
            "competitor": "Globex",
            "note": "They were offered two years at the old price.",
        }),
        "LossPatch" => json!({ "competitor": "Initech" }),
        "NewWinbackProgramme" => json!({
            "name": "Come back in spring",
            "description": "Three months at half the price.",
            "startsOn": "2027-03-01",
            "endsOn": "2027-05-31",
        }),
        "WinbackProgrammePatch" => json!({ "endsOn": null }),
        "NewWinback" => json!({ "customerId": CUSTOMER }),
        "WinbackPatch" => json!({ "result": "Wants to hear of the new range." }),
        "WinbackResult" => json!({ "result": "Has signed for a year." }),
        _ => return None,
    })
}

fn integration(schema: &str) -> Option<Value> {
    let options = json!({
        "map": [
            { "column": "Kundennummer", "field": "externalId" },
            { "column": "Firma", "field": "name" },
        ],
        "set": [{ "field": "kind", "value": "organization" }],
        "dateFormat": "%d.%m.%Y",
        "decimalComma": true,
    });
    Some(match schema {
        "CustomerBatch" => json!({ "operations": [
            { "create": { "id": CUSTOMER, "kind": "organization", "name": "Acme Corporation" } },
            { "create": { "kind": "organization", "name": "Acme North", "parentId": CUSTOMER } },
        ] }),
        "ContactBatch" => json!({ "operations": [
            { "create": { "customerId": CUSTOMER, "name": "Élodie O'Neill" } },
        ] }),
        "ConsentBatch" => json!({ "operations": [
            { "create": { "customerId": CUSTOMER, "purpose": "newsletter", "channel": "any", "status": "denied" } },
        ] }),
        "ContactPointBatch" => json!({ "operations": [
            { "create": { "customerId": CUSTOMER, "kind": "address", "city": "Berlin", "country": "DE" } },
        ] }),
        "InteractionBatch" => json!({ "operations": [
            { "create": { "kind": "visit", "customerId": CUSTOMER, "occurredAt": "2026-11-20T09:30:00Z" } },
        ] }),
        "ProductBatch" => json!({ "operations": [
            { "update": { "id": PRODUCT, "patch": { "price": { "amount": "12.00", "currency": "USD" } } } },
        ] }),
        "PriceBookEntryBatch" => json!({ "atomic": true, "operations": [
            { "create": { "priceBookId": PRICE_BOOK, "productId": PRODUCT, "unitPrice": { "amount": "4700.00", "currency": "USD" } } },
            { "create": { "priceBookId": PRICE_BOOK, "productId": PRODUCT, "minimumQuantity": "10", "unitPrice": { "amount": "4500.00", "currency": "USD" } } },
        ] }),
        "OrderBatch" => json!({ "operations": [
            { "create": { "customerId": CUSTOMER, "lines": [{ "productId": PRODUCT }] } },
        ] }),
        "RecordBatch" => json!({ "atomic": true, "operations": [
            { "customer": { "create": { "id": CUSTOMER, "kind": "organization", "name": "Acme Corporation" } } },
            { "contact": { "create": { "customerId": CUSTOMER, "name": "Élodie O'Neill" } } },
        ] }),
        "NewMapping" => json!({
            "name": "Customers from the ERP",
            "kind": "customers",
            "source": "erp",
            "options": options,
        }),
        "MappingPatch" => json!({ "options": options }),
        "NewExport" => json!({
            "kind": "customers",
            "format": "csv",
            "filter": { "compare": { "field": "city", "eq": "Berlin" } },
            "sort": "name",
            "fields": ["id", "name", "email", "city"],
        }),
        _ => return None,
    })
}

fn plays(schema: &str) -> Option<Value> {
    Some(match schema {
        "NewPlay" => json!({
            "name": "Birthday greeting",
            "trigger": { "date": { "field": "birthday", "offset": "-P3D", "at": "09:00" } },
            "condition": { "segment": { "id": SEGMENT } },
            "actions": [
                { "createTask": { "subject": "Write a birthday card", "dueIn": "P3D" } },
                { "tag": { "tags": ["birthday"] } },
            ],
            "quietHours": { "from": "20:00", "to": "08:00" },
        }),
        "PlayPatch" => json!({ "enabled": false, "quietHours": null }),
        "DryRunPlay" => json!({ "from": "2026-07-01T00:00:00Z", "to": "2026-09-30T23:59:59Z" }),
        "DryRunNewPlay" => json!({
            "trigger": { "inStage": { "stageId": STAGE, "longerThan": "P90D" } },
            "from": "2026-07-01T00:00:00Z",
            "to": "2026-09-30T23:59:59Z",
            "limit": 100,
        }),
        _ => return None,
    })
}

fn identity(schema: &str) -> Option<Value> {
    Some(match schema {
        "NewSession" => json!({
            "workspace": "demo",
            "email": "grace@demo.example",
            "password": "correct horse battery staple",
            "client": "curl",
        }),
        "NewTeam" => json!({ "name": "Field sales" }),
        "TeamPatch" => json!({ "name": "Field sales, north" }),
        "UserPatch" => json!({ "teamId": TEAM, "timeZone": "Europe/Berlin" }),
        "InviteUser" => {
            json!({ "email": "grace@demo.example", "name": "Grace Hopper", "roleId": ROLE })
        }
        "NewRole" => json!({
            "name": "Order desk",
            "permissions": [{ "resource": "order", "verb": "create", "scope": "all" }],
        }),
        "RolePatch" => json!({ "name": "Orders and returns" }),
        "NewApiKey" => json!({
            "name": "Shop",
            "roleId": ROLE,
            "scopes": ["customer:read", "order:read", "order:create"],
            "networks": ["192.0.2.0/24"],
            "expiresAt": "2036-12-31T23:59:59Z",
        }),
        "ApiKeyPatch" => json!({ "name": "Shop, new", "networks": [] }),
        "WorkspacePatch" => json!({ "name": "Demo", "timeZone": "Europe/Berlin" }),
        "ChangePassword" => json!({
            "currentPassword": "correct horse battery staple",
            "newPassword": "a longer and better one",
        }),
        _ => return None,
    })
}

fn webhooks(schema: &str) -> Option<Value> {
    Some(match schema {
        "NewWebhookEndpoint" => json!({
            "url": "https://receiver.example/rapport",
            "description": "Keeps the warehouse in step.",
            "eventTypes": ["rapport.order.created.v1", "rapport.order.updated.v1"],
        }),
        "WebhookEndpointPatch" => json!({ "eventTypes": ["rapport.order.*"] }),
        "RotateWebhookEndpointSecret" => json!({ "overlap": "PT48H" }),
        "ReplayWebhookEndpoint" => json!({ "since": "2026-11-20T00:00:00Z", "undelivered": true }),
        _ => return None,
    })
}

/// What is searched for by words alone, whatever it is.
fn search(schema: &str) -> Option<Value> {
    let words = match schema.strip_suffix("Search")? {
        "Contact" => json!({ "q": "elodie", "sort": "name" }),
        "Product" => {
            json!({ "filter": { "compare": { "field": "active", "eq": true } }, "sort": "name" })
        }
        "Order" => json!({
            "filter": { "compare": { "field": "orderedOn", "gte": "2017-07-01", "lte": "2017-12-31" } },
            "sort": "-total",
            "limit": 100,
        }),
        _ => json!({ "sort": "-createdAt", "limit": 100 }),
    };
    Some(words)
}
