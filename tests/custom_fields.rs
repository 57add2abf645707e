//! Fields that a workspace defines itself, and tags.

use serde_json::{Value, json};

use crate::harness::{Client, on_both_databases};

async fn define(ada: &Client, key: &str, kind: &str, more: Value) -> Value {
    let mut new = json!({ "resource": "customer", "key": key, "label": key, "kind": kind });
    new.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    ada.post("/custom-fields", new).await.expect(201)
}

/// One field of each kind, some of them with an index.
async fn define_all(ada: &Client) {
    let choices = json!([
        { "value": "basic", "label": "Basic" },
        { "value": "premium", "label": "Premium" },
        { "value": "gold", "label": "Gold" },
    ]);
    for (key, kind, more) in [
        ("note", "text", json!({})),
        ("member", "text", json!({ "unique": true })),
        ("size", "number", json!({ "indexed": true })),
        ("shoe", "number", json!({})),
        ("budget", "money", json!({ "currency": "EUR", "indexed": true })),
        ("spent", "money", json!({ "currency": "JPY" })),
        ("wedding", "date", json!({ "indexed": true })),
        ("seen", "time", json!({})),
        ("vegan", "boolean", json!({ "indexed": true })),
        ("deaf", "boolean", json!({})),
        (
            "care",
            "single_choice",
            json!({ "choices": choices, "indexed": true, "default": "basic" }),
        ),
        ("likes", "multiple_choice", json!({ "choices": choices })),
        ("broker", "reference", json!({ "target": "customer", "indexed": true })),
        ("billing", "email", json!({})),
        ("fax", "phone", json!({})),
        ("shop", "url", json!({})),
    ] {
        define(ada, key, kind, more).await;
    }
}

fn everything(broker: &Value) -> Value {
    json!({
        "note": "Prefers Tea", "member": "M-1", "size": 42.5, "shoe": 43,
        "budget": { "amount": "1200.50", "currency": "EUR" }, "spent": { "amount": "900", "currency": "JPY" },
        "wedding": "2020-02-29", "seen": "2026-03-01T10:00:00+02:00", "vegan": true, "deaf": false,
        "care": "gold", "likes": ["gold", "basic"], "broker": broker,
        "billing": "books@acme.example", "fax": "+4930901820", "shop": "https://acme.example/shop",
    })
}

async fn names(client: &Client, filter: Value) -> Vec<String> {
    let list = client
        .post("/customers/search", json!({ "filter": filter, "sort": "name" }))
        .await
        .expect(200);
    let items = list["items"].as_array().expect("items");
    items.iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
}

fn compare(field: &str, operator: &str, value: Value) -> Value {
    json!({ "compare": { "field": format!("custom.{field}"), operator: value } })
}

on_both_databases! {
    async fn a_record_has_the_values_it_was_given_and_is_found_by_each(world) {
        let ada = world.ada().await;
        define_all(&ada).await;
        let broker = ada.post("/customers", json!({ "kind": "organization", "name": "Broker" })).await.expect(201);
        assert_eq!(broker["custom"], json!({ "care": "basic" }), "what is usual");
        let new = json!({ "kind": "person", "name": "Ann", "custom": everything(&broker["id"]), "tags": ["vip", "north", "vip"] });
        let ann = ada.post("/customers", new).await.expect(201);
        let mut expected = everything(&broker["id"]);
        expected["seen"] = json!("2026-03-01T08:00:00.000000Z");
        expected["likes"] = json!(["basic", "gold"]);
        assert_eq!(ann["custom"], expected);
        assert_eq!(ann["tags"], json!(["north", "vip"]));
        let path = format!("/customers/{}", ann["id"].as_str().expect("an id"));
        assert_eq!(ada.get(&path).await.expect(200), ann);

        for (field, operator, value) in [
            ("note", "eq", json!("Prefers Tea")), ("note", "contains", json!("tea")), ("member", "eq", json!("M-1")),
            ("size", "gt", json!(42)), ("size", "in", json!([42.5])), ("shoe", "lte", json!(43)),
            ("budget", "gte", json!({ "amount": "1200.50", "currency": "EUR" })), ("budget", "lt", json!("1200.51")),
            ("spent", "eq", json!(900)), ("wedding", "lt", json!("2020-03-01")), ("wedding", "eq", json!("2020-02-29")),
            ("seen", "lte", json!("2026-03-01T08:00:00Z")), ("seen", "gt", json!("2026-03-01T07:59:59Z")),
            ("vegan", "eq", json!(true)), ("deaf", "eq", json!(false)), ("care", "eq", json!("gold")),
            ("care", "in", json!(["gold", "premium"])), ("likes", "eq", json!("gold")), ("likes", "in", json!(["premium", "basic"])),
            ("broker", "eq", broker["id"].clone()), ("billing", "startsWith", json!("books@")),
            ("fax", "exists", json!(true)), ("shop", "ne", Value::Null),
        ] {
            if value.is_null() { continue; }
            assert_eq!(names(&ada, compare(field, operator, value.clone())).await, ["Ann"], "{field} {operator} {value}");
        }
        assert_eq!(names(&ada, compare("likes", "ne", json!("gold"))).await, ["Broker"]);
        assert_eq!(names(&ada, compare("size", "exists", json!(false))).await, ["Broker"]);
        assert_eq!(names(&ada, json!({ "compare": { "field": "tags", "eq": "vip" } })).await, ["Ann"]);
        assert_eq!(names(&ada, json!({ "compare": { "field": "tags", "notIn": ["vip", "south"] } })).await, ["Broker"]);
        let plain = ada.get("/customers?custom.size=42.5&custom.vegan=true&q=tea&custom.care=gold").await.expect(200);
        assert_eq!(plain["items"], json!([ann]));

        let patch = json!({ "custom": { "size": null, "care": "premium" }, "tags": ["south"] });
        let changed = ada.patch(&path, patch).await.expect(200);
        expected.as_object_mut().expect("an object").remove("size");
        expected["care"] = json!("premium");
        assert_eq!(changed["custom"], expected, "what is left out stays");
        assert_eq!(names(&ada, json!({ "compare": { "field": "tags", "eq": "vip" } })).await, [""; 0]);
        assert_eq!(names(&ada, compare("care", "eq", json!("gold"))).await, [""; 0]);
        let told = ada.events("types=rapport.customer.updated.v1", 1).await;
        let data = &told["items"][0]["data"];
        assert_eq!(data["before"]["custom"], json!({ "size": 42.5, "care": "gold" }));
        assert_eq!(data["after"]["custom"], json!({ "size": null, "care": "premium" }));
        assert_eq!(data["after"]["tags"], json!(["south"]));
    }

    async fn every_wrong_value_is_named_and_nothing_is_done(world) {
        let ada = world.ada().await;
        define_all(&ada).await;
        let missing = "01890a5d-ac96-774b-bcce-b302099a8057";
        let wrong = json!({
            "note": "", "size": "42", "budget": { "amount": "1.00", "currency": "USD" }, "spent": { "amount": "1.5", "currency": "JPY" },
            "wedding": "2020-02-30", "seen": "yesterday", "vegan": "yes", "care": "silver", "likes": ["gold", "silver"],
            "broker": 7, "billing": "nobody", "fax": "030", "shop": "acme", "unheardOf": 1,
        });
        let answer = ada.post("/customers", json!({ "kind": "person", "name": "Ann", "custom": wrong })).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        let mut pointers = answer.pointers();
        pointers.sort();
        let mut keys: Vec<String> = wrong.as_object().expect("an object").keys().map(|key| format!("/custom/{key}")).collect();
        keys.sort();
        assert_eq!(pointers, keys);
        let nobody = json!({ "kind": "person", "name": "Ann", "custom": { "broker": missing } });
        let answer = ada.post("/customers", nobody).await;
        assert_eq!((answer.status.as_u16(), answer.pointers()), (409, vec!["/custom/broker".to_owned()]));
        assert_eq!(ada.get("/customers?count=true").await.expect(200)["total"], 0);
        for filter in [compare("size", "eq", json!("a")), compare("unheardOf", "eq", json!(1)), compare("likes", "gt", json!("gold")),
            compare("care", "eq", json!("silver"))] {
            assert_eq!(ada.post("/customers/search", json!({ "filter": filter })).await.status, 422, "{filter}");
        }
        assert_eq!(ada.get("/customers?sort=custom.likes").await.status, 422);
    }

    async fn what_is_required_and_what_is_unique_stays_so(world) {
        let ada = world.ada().await;
        define(&ada, "member", "text", json!({ "required": true, "unique": true })).await;
        let new = |name: &str, member: Value| json!({ "kind": "person", "name": name, "custom": { "member": member } });
        let answer = ada.post("/customers", json!({ "kind": "person", "name": "Ann" })).await;
        assert_eq!((answer.status.as_u16(), answer.pointers()), (422, vec!["/custom/member".to_owned()]));
        let ann = ada.post("/customers", new("Ann", json!("M-1"))).await.expect(201);
        let again = ada.post("/customers", new("Bea", json!("M-1"))).await;
        assert_eq!(again.status, 409, "{}", again.text);
        assert!(again.text.contains("custom.member"), "{}", again.text);
        let path = format!("/customers/{}", ann["id"].as_str().expect("an id"));
        let cleared = ada.patch(&path, json!({ "custom": { "member": null } })).await;
        assert_eq!((cleared.status.as_u16(), cleared.pointers()), (422, vec!["/custom/member".to_owned()]));
        ada.post("/customers", new("Bea", json!("M-2"))).await.expect(201);
        ada.delete(&path).await.expect(204);
        ada.post("/customers", new("Cid", json!("M-1"))).await.expect(201);
        assert_eq!(ada.post(&format!("{path}/restore"), json!({})).await.status, 409, "somebody else has it");
    }

    async fn lists_are_walked_to_their_end_in_the_order_of_a_custom_field(world) {
        let ada = world.ada().await;
        define(&ada, "size", "number", json!({ "indexed": true })).await;
        define(&ada, "note", "text", json!({})).await;
        for n in 0..25 {
            let custom = match n % 5 {
                0 => json!({}),
                _ => json!({ "size": (n * 7) % 11, "note": format!("note {}", (n * 3) % 7) }),
            };
            ada.post("/customers", json!({ "kind": "person", "name": format!("{n}"), "custom": custom })).await.expect(201);
        }
        for sort in ["custom.size", "-custom.size,name", "custom.note,-custom.size"] {
            let mut seen = Vec::new();
            let mut cursor = Value::Null;
            loop {
                let search = json!({ "sort": sort, "limit": 4, "cursor": cursor });
                let page = ada.post("/customers/search", search).await.expect(200);
                seen.extend(page["items"].as_array().expect("items").iter().map(|item| item["id"].clone()));
                cursor = page["nextCursor"].clone();
                if cursor.is_null() { break; }
            }
            let all = ada.post("/customers/search", json!({ "sort": sort, "limit": 200 })).await.expect(200);
            let all: Vec<Value> = all["items"].as_array().expect("items").iter().map(|item| item["id"].clone()).collect();
            assert_eq!((seen.len(), &seen), (25, &all), "{sort}");
        }
    }

    async fn what_a_role_does_not_see_it_neither_reads_nor_asks_for_nor_loses(world) {
        let ada = world.ada().await;
        let roles = ada.get("/roles").await.expect(200);
        let role = |name: &str| roles["items"].as_array().expect("roles").iter().find(|role| role["builtIn"] == name).expect("a role")["id"].clone();
        define(&ada, "salary", "number", json!({ "visibleTo": [role("manager")] })).await;
        define(&ada, "size", "number", json!({})).await;
        let new = json!({ "kind": "person", "name": "Ann", "custom": { "salary": 100, "size": 1 } });
        let ann = ada.post("/customers", new).await.expect(201);
        let path = format!("/customers/{}", ann["id"].as_str().expect("an id"));
        let (agent, _) = world.join("agent", "agent").await;
        let (manager, _) = world.join("manager", "manager").await;
        assert_eq!(manager.get(&path).await.expect(200)["custom"], json!({ "salary": 100, "size": 1 }));
        assert_eq!(agent.get(&path).await.expect(200)["custom"], json!({ "size": 1 }));
        let asked = json!({ "filter": compare("salary", "gt", json!(1)) });
        assert_eq!(agent.post("/customers/search", asked).await.status, 422);
        assert_eq!(agent.get("/customers?sort=custom.salary").await.status, 422);
        assert_eq!(agent.patch(&path, json!({ "custom": { "salary": 1 } })).await.status, 422);
        let changed = agent.patch(&path, json!({ "custom": { "size": 2 }, "name": "Anna" })).await.expect(200);
        assert_eq!(changed["custom"], json!({ "size": 2 }));
        assert_eq!(ada.get(&path).await.expect(200)["custom"], json!({ "salary": 100, "size": 2 }));
        ada.patch(&path, json!({ "custom": { "salary": 120 } })).await.expect(200);
        world.settle().await;
        let told = agent.events("types=rapport.customer.*", 3).await.to_string();
        assert!(!told.contains("salary"), "{told}");
        assert!(ada.events("types=rapport.customer.*", 3).await.to_string().contains("salary"));
        let seen = agent.graphql("{ customers { nodes { custom } } }", json!({})).await.to_string();
        assert!(!seen.contains("salary"), "{seen}");
    }

    async fn a_deleted_field_hides_its_values_and_a_restored_one_brings_them_back(world) {
        let ada = world.ada().await;
        let field = define(&ada, "size", "number", json!({ "indexed": true })).await;
        let new = json!({ "kind": "person", "name": "Ann", "custom": { "size": 7 } });
        let ann = ada.post("/customers", new).await.expect(201);
        let path = format!("/customers/{}", ann["id"].as_str().expect("an id"));
        let of = format!("/custom-fields/{}", field["id"].as_str().expect("an id"));
        ada.delete(&of).await.expect(204);
        assert_eq!(ada.get(&path).await.expect(200)["custom"], json!({}));
        assert_eq!(ada.patch(&path, json!({ "custom": { "size": 8 } })).await.status, 422);
        ada.patch(&path, json!({ "name": "Anna" })).await.expect(200);
        let same = json!({ "resource": "customer", "key": "size", "label": "Size", "kind": "text" });
        assert_eq!(ada.post("/custom-fields", same).await.status, 409, "its values would be taken for the new field's");
        ada.post(&format!("{of}/restore"), json!({})).await.expect(200);
        assert_eq!(names(&ada, compare("size", "eq", json!(7))).await, ["Anna"]);
    }

    async fn a_definition_that_does_not_fit_is_refused(world) {
        let ada = world.ada().await;
        for (more, at) in [
            (json!({ "kind": "text", "choices": [{ "value": "a", "label": "A" }] }), "/choices"),
            (json!({ "kind": "single_choice" }), "/choices"),
            (json!({ "kind": "single_choice", "choices": [{ "value": "a", "label": "A" }, { "value": "a", "label": "B" }] }), "/choices/1/value"),
            (json!({ "kind": "number", "unique": true }), "/unique"),
            (json!({ "kind": "text", "currency": "EUR" }), "/currency"),
            (json!({ "kind": "reference" }), "/target"),
            (json!({ "kind": "number", "default": "7" }), "/default"),
            (json!({ "kind": "multiple_choice", "choices": [{ "value": "a", "label": "A" }], "indexed": true }), "/indexed"),
        ] {
            let mut new = json!({ "resource": "customer", "key": "x", "label": "X" });
            new.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            let answer = ada.post("/custom-fields", new).await;
            assert_eq!((answer.status.as_u16(), answer.pointers()), (422, vec![at.to_owned()]), "{more}: {}", answer.text);
        }
        for n in 0..4 {
            define(&ada, &format!("n{n}"), "number", json!({ "indexed": true })).await;
        }
        let fifth = json!({ "resource": "customer", "key": "n5", "label": "N", "kind": "number", "indexed": true });
        assert_eq!(ada.post("/custom-fields", fifth).await.status, 409);
        let choices = json!([{ "value": "a", "label": "A" }, { "value": "b", "label": "B" }]);
        let field = define(&ada, "care", "single_choice", json!({ "choices": choices })).await;
        ada.post("/customers", json!({ "kind": "person", "name": "Ann", "custom": { "care": "a" } })).await.expect(201);
        let of = format!("/custom-fields/{}", field["id"].as_str().expect("an id"));
        let only = |value: &str| json!({ "choices": [{ "value": value, "label": "X" }] });
        assert_eq!(ada.patch(&of, only("b")).await.status, 409, "a record has it");
        ada.patch(&of, only("a")).await.expect(200);
    }
}

const FILE: &str = "externalId,kind,name,custom.size,custom.budget,custom.care,custom.likes,custom.broker,custom.member,tags\n\
    1,organization,Broker,,,,,,,\n\
    2,person,Ann,42.5,1200.5,gold,gold; basic,{broker},M-1,north;vip\n\
    3,person,Bea,large,1,gold,gold,,,\n\
    4,person,Cid,1,1,silver,,,M-3,\n\
    5,person,Dan,1,1,gold,,01890a5d-ac96-774b-bcce-b302099a8057,M-4,\n\
    6,person,Eva,1,1,gold,,,M-1,\n";

on_both_databases! {
    async fn custom_fields_and_tags_are_imported_and_exported(world) {
        let ada = world.ada().await;
        define_all(&ada).await;
        let broker = ada.put("/customers/by-external/erp/1", json!({ "kind": "organization", "name": "Broker" })).await.expect(201);
        let file = FILE.replace("{broker}", broker["id"].as_str().expect("an id"));
        let import = ada.upload("/imports?kind=customers&source=erp", "text/csv", file.clone()).await.expect(201);
        world.work().await;
        let path = format!("/imports/{}", import["id"].as_str().expect("an id"));
        let done = ada.get(&path).await.expect(200);
        assert_eq!((&done["state"], &done["imported"], &done["failed"]), (&json!("succeeded"), &json!(1), &json!(4)), "{done}");
        let errors = ada.get(&format!("{path}/errors")).await.text;
        for (line, field) in [(4, "custom.size"), (5, "custom.care"), (6, "custom.broker"), (7, "custom.member")] {
            assert!(errors.contains(&format!("\n{line},{field},")), "{line} {field}: {errors}");
        }
        let ann = ada.get("/customers?externalId=2").await.expect(200)["items"][0].clone();
        assert_eq!(ann["custom"], json!({
            "size": 42.5, "budget": { "amount": "1200.50", "currency": "EUR" }, "care": "gold",
            "likes": ["basic", "gold"], "broker": broker["id"], "member": "M-1",
        }));
        assert_eq!(ann["tags"], json!(["north", "vip"]));

        for format in ["csv", "ndjson"] {
            let new = json!({ "kind": "customers", "format": format, "sort": "externalId" });
            let export = ada.post("/exports", new).await.expect(201);
            world.work().await;
            let path = format!("/exports/{}/file", export["id"].as_str().expect("an id"));
            let text = ada.get(&path).await.text;
            let kind = if format == "csv" { "text/csv" } else { "application/x-ndjson" };
            let again = ada.upload("/imports?kind=customers&source=erp", kind, text.clone()).await.expect(201);
            world.work().await;
            let again = ada.get(&format!("/imports/{}", again["id"].as_str().expect("an id"))).await.expect(200);
            assert_eq!((&again["unchanged"], &again["failed"]), (&json!(2), &json!(0)), "{format}: {again} {text}");
        }
        let undone = ada.post(&format!("{path}/undo"), json!({})).await;
        assert!(undone.status.is_success(), "{}", undone.text);
        world.work().await;
        assert_eq!(ada.get("/customers?externalId=2&count=true").await.expect(200)["total"], 0);
    }
}

on_both_databases! {
    async fn a_workspace_describes_its_own_fields_to_those_who_see_them(world) {
        let ada = world.ada().await;
        define_all(&ada).await;
        let roles = ada.get("/roles?builtIn=manager").await.expect(200);
        define(&ada, "salary", "number", json!({ "visibleTo": [roles["items"][0]["id"]] })).await;
        define(&ada, "code", "text", json!({ "required": true, "label": "Code of conduct" })).await;
        let document = ada.get("/openapi.json").await.expect(200);
        let custom = |name: &str| document["components"]["schemas"][name].clone();
        assert_eq!(custom("Customer")["properties"]["custom"]["$ref"], "#/components/schemas/CustomerCustom");
        assert_eq!(custom("CustomerCustom")["properties"]["care"]["enum"], json!(["basic", "premium", "gold"]));
        assert_eq!(custom("CustomerCustom")["properties"]["code"]["title"], "Code of conduct");
        assert_eq!(custom("NewCustomerCustom")["required"], json!(["code"]));
        assert_eq!(custom("CustomerCustomPatch")["required"], Value::Null);
        let fields: Vec<String> = custom("CustomerComparison")["oneOf"].as_array().expect("kinds").iter()
            .flat_map(|part| part["properties"]["field"]["enum"].as_array().expect("names").clone())
            .map(|name| name.as_str().expect("a name").to_owned()).collect();
        for field in ["name", "custom.size", "custom.care", "custom.likes", "custom.salary", "tags"] {
            assert!(fields.contains(&field.to_owned()), "{field}");
        }
        let (viewer, _) = world.join("viewer", "viewer").await;
        let seen = viewer.get("/openapi.json").await.text;
        assert!(seen.contains("custom.size") && !seen.contains("salary"));
        assert!(!world.rita().await.get("/openapi.json").await.text.contains("custom.size"));
        assert_eq!(world.stranger().get("/openapi.json").await.status, 401);
    }

    async fn graphql_has_values_with_their_types_and_takes_them(world) {
        let ada = world.ada().await;
        define_all(&ada).await;
        let made = "mutation($custom: Custom, $tags: [Tag!]) { createCustomer(input: { kind: PERSON, name: \"Ann\", custom: $custom, tags: $tags }) { id custom tags
            customValues { key kind text number money { amount currency } date boolean choices { value label } } } }";
        let custom = json!({ "size": 42.5, "budget": { "amount": "1.00", "currency": "EUR" }, "wedding": "2020-02-29", "vegan": false, "likes": ["gold"] });
        let ann = ada.graphql(made, json!({ "custom": custom, "tags": ["vip"] })).await["createCustomer"].clone();
        assert_eq!(ann["custom"]["size"], 42.5);
        let none = json!({ "text": null, "number": null, "money": null, "date": null, "boolean": null, "choices": null });
        let value = |key: &str, kind: &str, more: Value| {
            let mut value = none.clone();
            let members = value.as_object_mut().expect("an object");
            members.extend([("key".to_owned(), json!(key)), ("kind".to_owned(), json!(kind))]);
            members.extend(more.as_object().expect("an object").clone());
            value
        };
        assert_eq!(ann["customValues"], json!([
            value("budget", "MONEY", json!({ "money": { "amount": "1.00", "currency": "EUR" } })),
            value("care", "SINGLE_CHOICE", json!({ "choices": [{ "value": "basic", "label": "Basic" }] })),
            value("likes", "MULTIPLE_CHOICE", json!({ "choices": [{ "value": "gold", "label": "Gold" }] })),
            value("size", "NUMBER", json!({ "number": 42.5 })),
            value("vegan", "BOOLEAN", json!({ "boolean": false })),
            value("wedding", "DATE", json!({ "date": "2020-02-29" })),
        ]));
        let found = "{ customers(filter: { all: [{ compare: { field: \"custom.size\", gt: 42 } }, { compare: { field: \"tags\", eq: \"vip\" } }] }) { totalCount } tags(resource: CUSTOMER) }";
        assert_eq!(ada.graphql(found, json!({})).await, json!({ "customers": { "totalCount": 1 }, "tags": ["vip"] }));
        assert_eq!(ada.get("/tags/customer").await.expect(200), json!({ "items": ["vip"] }));
    }

    async fn a_segment_follows_a_custom_field_and_a_tag(world) {
        let ada = world.ada().await;
        define_all(&ada).await;
        let rule = json!({ "all": [compare("size", "gte", json!(40)), { "compare": { "field": "tags", "in": ["vip"] } }] });
        let segment = ada.post("/segments", json!({ "name": "Large", "rule": rule })).await.expect(201);
        let new = json!({ "kind": "person", "name": "Ann", "custom": { "size": 41 }, "tags": ["vip"] });
        let ann = ada.post("/customers", new).await.expect(201);
        let (ann, segment) = (format!("/customers/{}", ann["id"].as_str().expect("an id")), format!("/segments/{}", segment["id"].as_str().expect("an id")));
        let members = async || { world.catch_up().await; ada.get(&segment).await.expect(200)["memberCount"].clone() };
        assert_eq!(members().await, 1);
        ada.patch(&ann, json!({ "custom": { "size": 39 } })).await.expect(200);
        assert_eq!(members().await, 0);
        ada.patch(&ann, json!({ "custom": { "size": 40 } })).await.expect(200);
        assert_eq!(members().await, 1);
        ada.patch(&ann, json!({ "tags": [] })).await.expect(200);
        assert_eq!(members().await, 0);
    }
}
