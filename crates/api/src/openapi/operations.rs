//! What holds of every operation, or of all of a kind.

use std::collections::BTreeSet;

use rapport_domain::{
    integration::{files::LARGEST, objects::LARGEST_OBJECT},
    service::mail::receiving::LARGEST as LARGEST_MAIL,
};
use serde_json::{Map, Value, json};

use super::{each_operation, referred, verb};

/// Completes each operation, and says what the tags are.
pub fn complete(document: &mut Value) {
    headers(document);
    let schemas = document["components"]["schemas"].clone();
    let mut partial = BTreeSet::new();
    let mut tags = BTreeSet::new();
    each_operation(document, |_, method, operation| {
        tags.extend(operation["tags"].as_array().into_iter().flatten().cloned().map(Tag::new));
        describe(operation, &schemas);
        secure(operation);
        take_patches(method, operation);
        describe_parameters(operation);
        take_if_match(operation);
        answer(method, operation, &schemas);
        partial.extend(select(method, operation, &schemas));
        bound_files(operation);
    });
    document["tags"] = tags.into_iter().map(Tag::described).collect();
    add_partial(document, &schemas, partial);
}

/// The name of a tag.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Tag(String);

impl Tag {
    fn new(name: Value) -> Self {
        Self(name.as_str().unwrap_or_default().to_owned())
    }

    fn described(self) -> Value {
        let known = TAGS.iter().find(|(name, _)| *name == self.0);
        let description = known.map_or(self.0.as_str(), |(_, description)| *description);
        json!({ "name": self.0, "description": description })
    }
}

const TAGS: [(&str, &str); 67] = [
    (
        "analysis",
        "What the data tell, as JSON or as a chart (`Accept: image/svg+xml`), made of what you may read.",
    ),
    (
        "approvals",
        "Who must agree before something is done: rules, what is asked for by them, and what was said.",
    ),
    ("business calendars", "When there is somebody: windows of every week, holidays, time zones."),
    ("service policies", "What is promised of service requests: how soon, within which hours."),
    ("api-keys", "What programs show to work in the workspace."),
    ("batch", "Operations on records of several kinds in one request."),
    ("consents", "What customers have said to being reached: for what, over what, until when."),
    (
        "contact points",
        "More ways to reach customers: addresses, numbers, who they are on networks.",
    ),
    ("contacts", "People at organizations that are customers."),
    (
        "customers",
        "The one record that sales, marketing and service share: a person or an organization.",
    ),
    ("custom fields", "Fields that the workspace defines for its records."),
    ("exports", "Records written to files, however many there are."),
    ("imports", "Files with records of other systems, made part of what is here; and undone."),
    ("interactions", "Calls, mails, visits and whatever else goes on between customers and us."),
    ("invitations", "How new users get in."),
    ("lifecycle stages", "Where customers stand with us, and how they move from stage to stage."),
    ("losses", "Which customers were lost, why, and which of them were won back."),
    ("mappings", "How the files of other systems are read, saved for reuse."),
    ("me", "Who is signed in, and what they may do."),
    ("notifications", "What users are told: each sees their own."),
    ("orders", "What customers bought, line by line."),
    ("deliveries", "Goods of orders on their way to customers, and back."),
    ("payments", "Money paid for orders, and paid back."),
    ("sites", "Places of customers where assets stand and service is done."),
    ("assets", "What customers have of us and we look after, and what became of it."),
    (
        "agreements",
        "What customers are promised for a time: renewed, or ended, with a word before.",
    ),
    (
        "entitlements",
        "What customers may ask of us, by agreements and by what they bought, and whether something is covered.",
    ),
    ("attachments", "Files that belong to service requests and to what is written about them."),
    ("canned answers", "Answers that are written once and sent often."),
    ("mailboxes", "E-mail addresses whose mail becomes service requests."),
    ("service plans", "What products carry: whoever buys them is entitled to it."),
    (
        "complaints",
        "What came of service requests that are complaints: why, what was done, what it cost, and what the customer was told.",
    ),
    ("complaint causes", "Why customers complain, in the workspace's own words."),
    ("promises", "What customers were promised in service requests, and whether it was kept."),
    ("surveys", "What customers are asked once their service requests are closed: CSAT, NPS, CES."),
    ("survey responses", "Who was asked, and what they said."),
    (
        "survey links",
        "What customers do who have a link to a survey. Nobody needs to be signed in.",
    ),
    (
        "plays",
        "What is to be done when something comes up with a customer: they enter a segment, stay too long in a stage, have their birthday.",
    ),
    (
        "price books",
        "What products are sold at: to a customer, to a segment, to everybody, from a quantity on.",
    ),
    ("product costs", "What products cost us, from a day on."),
    ("products", "What is sold, and for how much."),
    ("pipelines", "How is sold: stages, what they ask for, and how opportunities stand in them."),
    ("leads", "Who may become a customer: what speaks for it, who answers, what they become."),
    ("opportunities", "Sales that may be made."),
    (
        "ownership",
        "Who has customers, leads and opportunities, and how they come from one to another: by a transfer, or by the pool.",
    ),
    (
        "targets",
        "What users, teams and the workspace are to reach in a period; quotas are targets of what is won.",
    ),
    ("forecast adjustments", "What people hold figures of the forecast to be, beside these."),
    ("exchange rates", "What currencies are worth in the workspace's."),
    ("quote links", "What customers see and say who were given a link to a quote."),
    (
        "quotes",
        "What is offered to customers, in revisions, until it is accepted, declined or runs out.",
    ),
    ("queues", "Where service requests wait for somebody, and who may take them."),
    (
        "service requests",
        "What customers turn to us with: how it stands, who has it, and what was written about it.",
    ),
    (
        "service agents",
        "What users can do for service, where, when, and how much at once: by it queues give requests out.",
    ),
    ("service escalation", "When service requests are escalated, and what is done then."),
    ("service routing", "Which queues new service requests come into, and what they need."),
    ("service statuses", "Where service requests may stand, and what may come next."),
    ("roles", "What users may do."),
    (
        "scores",
        "Numbers and tiers that each customer has by a definition: RFM, tiers of revenue, formulas. They follow the data.",
    ),
    (
        "segments",
        "Groups of customers that follow a rule. Membership follows every change of the data.",
    ),
    ("sessions", "Signing in, staying in and leaving."),
    ("tags", "Words that records are marked with."),
    ("tasks", "What people have to do, until when, and for which customer."),
    ("teams", "Who works with whom."),
    ("users", "Who works here."),
    (
        "webhook endpoints",
        "Where events are sent as they happen, signed as Standard Webhooks 1.0 says; and what was sent.",
    ),
    ("workspace", "The company whose data this is."),
    ("workspaces", "The company whose data this is."),
];

/// Headers that several answers have.
fn headers(document: &mut Value) {
    document["components"]["headers"] = json!({
        "RequestId": {
            "description": "Names the request in our logs; the `traceId` of a problem.",
            "required": true,
            "schema": { "type": "string", "format": "uuid", "minLength": 36, "maxLength": 36 },
        },
        "ETag": {
            "description": "The entity tag of the record: strong, and another after each change.",
            "required": true,
            "schema": { "type": "string", "maxLength": 64, "pattern": "^\"[0-9]+(-[0-9]+)*\"$" },
        },
        "Location": {
            "description": "The path of the record.",
            "required": true,
            "schema": { "type": "string", "format": "uri-reference", "maxLength": 200 },
        },
        "Link": {
            "description": "The next page, `rel=\"next\"`, where there is one.",
            "schema": { "type": "string", "maxLength": 100_000, "pattern": "^<.*>; rel=\"next\"$" },
        },
        "RetryAfter": {
            "description": "How many seconds to wait before trying again.",
            "required": true,
            "schema": { "type": "integer", "format": "int32", "minimum": 0, "maximum": 86400 },
        },
        "RateLimit": {
            "description": "What is left of each budget (`r`), and in how many seconds there is all of it again (`t`): the \
                caller's, and the workspace's (draft-ietf-httpapi-ratelimit-headers).",
            "schema": { "type": "string", "maxLength": 200, "pattern": QUOTAS_LEFT },
            "example": "\"reads\";r=599999;t=1, \"workspace-reads\";r=2399999;t=1",
        },
        "RateLimit-Policy": {
            "description": "How much may be asked (`q`) in how many seconds (`w`), by the caller and by the whole workspace.",
            "schema": { "type": "string", "maxLength": 200, "pattern": QUOTAS },
            "example": "\"reads\";q=600000;w=60, \"workspace-reads\";q=2400000;w=60",
        },
        "Challenge": {
            "description": "How to say who is asking (RFC 6750).",
            "required": true,
            "schema": { "type": "string", "maxLength": 200, "pattern": "^Bearer " },
        },
        "Access-Control-Allow-Origin": {
            "description": "The origin of the page that asks, where its scripts may read the answer (CORS).",
            "schema": { "type": "string", "maxLength": 300, "pattern": "^[!-~]+$" },
        },
    });
}

/// Structured fields (RFC 9651): a list of names with parameters.
const QUOTAS: &str = r#"^"[a-z-]+";q=[0-9]+;w=[0-9]+(, "[a-z-]+";q=[0-9]+;w=[0-9]+)*$"#;
const QUOTAS_LEFT: &str = r#"^"[a-z-]+";r=[0-9]+;t=[0-9]+(, "[a-z-]+";r=[0-9]+;t=[0-9]+)*$"#;

/// Adds what answers to callers tell of their budgets.
pub fn tell_limits(headers: &mut Value) {
    for name in ["RateLimit", "RateLimit-Policy"] {
        headers[name] = header(name);
    }
}

/// A reference to one of [`headers`].
pub fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// Every operation is described; what its comment leaves out is what holds of its kind.
fn describe(operation: &mut Value, schemas: &Value) {
    let summary = operation["summary"].as_str().unwrap_or_default();
    let summary = summary.trim_end_matches('.').to_owned();
    let said = operation["description"].as_str().unwrap_or_default().to_owned();
    let (verb, noun) = verb(operation);
    let body = referred(&operation["requestBody"]["content"]["application/json"]["schema"]);
    let kind = match (verb, body) {
        ("create", Some(body)) if schemas[body]["properties"]["id"].is_null() => String::new(),
        ("get", _) if !answers_record(operation, schemas) => String::new(),
        ("list", _) if !has_parameter(operation, "filter") => A_PAGE.to_owned(),
        _ => of_kind(verb, &noun.replace('_', " ")),
    };
    let described: Vec<String> = [said, kind].into_iter().filter(|text| !text.is_empty()).collect();
    operation["description"] = match described.is_empty() {
        true => format!("{summary}.").into(),
        false => described.join("\n\n").into(),
    };
    operation["summary"] = summary.into();
}

const A_PAGE: &str = "Go on with `nextCursor` until it is null; the order is stable at any depth, whatever comes and goes meanwhile.";

/// Whether it answers with a record, which has an entity tag.
fn answers_record(operation: &Value, schemas: &Value) -> bool {
    let schema = operation.pointer("/responses/200/content/application~1json/schema");
    schema.and_then(referred).is_some_and(|name| is_versioned(&schemas[name]))
}

fn has_parameter(operation: &Value, name: &str) -> bool {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters.into_iter().any(|parameter| parameter["name"] == name)
}

fn of_kind(verb: &str, noun: &str) -> String {
    match verb {
        "list" => format!(
            "A page of the {noun} that you may see. Parameters that are given all hold: `filter` is a rule tree, and any \
             field can be asked for by its own name. Go on with `nextCursor` until it is null; the order is stable at any \
             depth, whatever comes and goes meanwhile."
        ),
        "search" => "The same as the list, with what is asked for in the body, where a rule may be as long as it \
             needs to be."
            .to_owned(),
        "create" => "A client may give the record an id of its own; then the create can be repeated, and makes one \
             record. `Location` is where it is found."
            .to_owned(),
        "get" => "With `If-None-Match` and the entity tag of what the client has, an unchanged one is not sent again \
             (304)."
            .to_owned(),
        "update" => "A JSON merge patch (RFC 7396): members that are left out stay as they are, and null clears. With \
             `If-Match` and the entity tag of what the client has seen, nothing is changed that somebody else has changed \
             since (412)."
            .to_owned(),
        "delete" => "It is no longer found, and can be restored. With `If-Match` and the entity tag of what the client \
             has seen, nothing is deleted that somebody else has changed since (412)."
            .to_owned(),
        "restore" => "One that is not deleted stays as it is.".to_owned(),
        _ => String::new(),
    }
}

/// Who must say who they are: whoever is not let in without.
fn secure(operation: &mut Value) {
    if operation["security"].is_null() {
        operation["security"] = json!([{ "bearer": [] }]);
    }
}

/// Whether an operation is for those who have signed in.
pub fn is_secured(operation: &Value) -> bool {
    operation["security"].as_array().is_some_and(|ways| {
        ways.iter().any(|way| way.as_object().is_some_and(|way| !way.is_empty()))
            && !ways.contains(&json!({}))
    })
}

fn take_patches(method: &str, operation: &mut Value) {
    let body = operation["requestBody"]["content"]["application/json"].clone();
    if method == "patch" && !body.is_null() {
        operation["requestBody"]["content"]["application/merge-patch+json"] = body;
    }
}

fn describe_parameters(operation: &mut Value) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        if parameter["description"].is_null() {
            let text = match parameter["name"].as_str() {
                Some("id") => "The record's id.",
                Some("source") => "The name of the system that knows the record by its own id.",
                Some("externalId") => "The id that the record has there.",
                Some("deliveryId") => "The delivery's id.",
                _ => continue,
            };
            parameter["description"] = text.into();
        }
    }
}

/// What goes with a good answer.
fn answer(method: &str, operation: &mut Value, schemas: &Value) {
    let (verb, _) = verb(operation);
    let (verb, listed) = (verb.to_owned(), verb == "list");
    let secured = is_secured(operation);
    let mut is_record = false;
    for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        if !status.starts_with('2') {
            continue;
        }
        describe_answer(status, &verb, response);
        let mut headers = Map::new();
        headers.insert("X-Request-Id".to_owned(), header("RequestId"));
        headers.insert(
            "Access-Control-Allow-Origin".to_owned(),
            header("Access-Control-Allow-Origin"),
        );
        if listed {
            headers.insert("Link".to_owned(), header("Link"));
        }
        let schema = &response["content"]["application/json"]["schema"];
        let versioned = referred(schema).is_some_and(|name| is_versioned(&schemas[name]));
        if versioned {
            headers.insert("ETag".to_owned(), header("ETag"));
            is_record = true;
        }
        if versioned && status == "201" {
            headers.insert("Location".to_owned(), header("Location"));
        }
        response["headers"] = Value::Object(headers);
        if secured {
            tell_limits(&mut response["headers"]);
        }
    }
    if is_record && method == "get" {
        take_if_none_match(operation);
    }
}

/// Files have an end, if a far one.
fn bound_files(operation: &mut Value) {
    for place in ["/requestBody/content", "/responses/200/content"] {
        let content = operation.pointer_mut(place).and_then(Value::as_object_mut);
        for (kind, media) in content.into_iter().flatten() {
            match kind.as_str() {
                "text/csv" | "application/x-ndjson" => {
                    media["schema"]["maxLength"] = LARGEST.into();
                }
                "message/rfc822" => media["schema"]["maxLength"] = LARGEST_MAIL.into(),
                "application/octet-stream" => media["schema"]["maxLength"] = LARGEST_OBJECT.into(),
                _ => {}
            }
        }
    }
}

fn is_versioned(schema: &Value) -> bool {
    ["id", "version"].iter().all(|name| !schema["properties"][*name].is_null())
}

fn describe_answer(status: &str, verb: &str, response: &mut Value) {
    if response["description"].as_str().is_none_or(str::is_empty) {
        let text = match (status, verb) {
            ("201", _) => "It is made.",
            ("204", _) => "It is done.",
            ("207", _) => "Some of it is not done: each part is answered.",
            (_, "list" | "search") => "A part of the list.",
            (_, "update") => "The record as it is now.",
            _ => "Here it is.",
        };
        response["description"] = text.into();
    }
}

/// The verbs of operations that take `If-Match`.
pub const CONDITIONAL: [&str; 6] = ["update", "delete", "move", "lose", "win", "fail"];

fn take_if_match(operation: &mut Value) {
    if CONDITIONAL.contains(&verb(operation).0) {
        let description = "Only if this is the entity tag of the record: what the client has seen. (Several, or `*`, are taken too.)";
        take(operation, condition("If-Match", description));
    }
}

fn condition(name: &str, description: &str) -> Value {
    json!({
        "name": name,
        "in": "header",
        "required": false,
        "description": description,
        "schema": { "type": "string", "maxLength": 64, "pattern": ENTITY_TAG },
        "example": "\"3\"",
    })
}

fn take_if_none_match(operation: &mut Value) {
    let description = "The entity tag of what the client has. (Several, or `*`, are taken too.)";
    take(operation, condition("If-None-Match", description));
    operation["responses"]["304"] = json!({
        "description": "The client has it already.",
        "headers": {
            "ETag": header("ETag"),
            "X-Request-Id": header("RequestId"),
            "Access-Control-Allow-Origin": header("Access-Control-Allow-Origin"),
        },
    });
    tell_limits(&mut operation["responses"]["304"]["headers"]);
}

/// RFC 9110 8.8.3, strong, as ours are. What is hardly ever sent, a weak one, a list or `*`, is told of in words.
const ENTITY_TAG: &str = r#"^"[!#-~]*"$"#;

fn take(operation: &mut Value, parameter: Value) {
    match operation.get_mut("parameters").and_then(Value::as_array_mut) {
        Some(parameters) => parameters.push(parameter),
        None => operation["parameters"] = json!([parameter]),
    }
}

/// `fields=`: of each record only these members. The answer is then a partial record.
fn select(method: &str, operation: &mut Value, schemas: &Value) -> Option<String> {
    let (verb, _) = verb(operation);
    if method != "get" || !["get", "list"].contains(&verb) {
        return None;
    }
    let is_list = verb == "list";
    let schema = operation.pointer_mut("/responses/200/content/application~1json/schema")?;
    let whole = referred(schema)?.to_owned();
    let record = whole.strip_suffix("List").filter(|_| is_list).unwrap_or(&whole).to_owned();
    let members = schemas[&record]["properties"].as_object()?;
    if !is_versioned(&schemas[&record]) {
        return None;
    }
    let to = |name: String| json!({ "$ref": format!("#/components/schemas/{name}") });
    *schema = json!({ "anyOf": [to(whole.clone()), to(format!("Partial{whole}"))] });
    let name = members.keys().cloned().collect::<Vec<_>>().join("|");
    let parameter = json!({
        "name": "fields",
        "in": "query",
        "required": false,
        "description": "Only these members, separated by commas, and the id.",
        "schema": {
            "type": "string",
            "maxLength": 1000,
            "pattern": format!("^({name})(,({name}))*$"),
        },
        "example": "id",
    });
    take(operation, parameter);
    Some(record)
}

/// The records of which `fields=` leaves only some members.
fn add_partial(document: &mut Value, schemas: &Value, records: BTreeSet<String>) {
    for record in records {
        let of = &mut document["components"]["schemas"];
        of[format!("Partial{record}")] = json!({
            "type": "object",
            "description": format!("{record}, with only the members that `fields` asked for, and the id."),
            "required": ["id"],
            "properties": schemas[&record]["properties"],
        });
        let mut list = schemas[format!("{record}List")].clone();
        if list.is_object() {
            let item = format!("#/components/schemas/Partial{record}");
            list["properties"]["items"]["items"] = json!({ "$ref": item });
            of[format!("Partial{record}List")] = list;
        }
    }
}
