//! What is asked of the API, and the SQL that the program sends for it, as it stands in the database's log.
//! [`crate::sent`] checks that it still does.

use std::sync::{Arc, LazyLock};

use serde_json::json;
use sqlx::types::chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    database::{Kind, Value, padded},
    http::Request,
    seed::{FAMILIES, INDUSTRY, World, family},
};

/// Something that clients do.
#[derive(Debug)]
pub struct Operation {
    /// What it is called in the table.
    pub name: &'static str,
    /// Whether it changes something.
    pub writes: bool,
    /// The request.
    pub request: fn(&Case) -> Request,
    /// The same as SQL; one that writes is one transaction.
    pub bare: fn(Kind) -> Vec<Statement>,
    /// How many times the bare SQL's CPU time it may take on PostgreSQL.
    pub at_most: Option<f64>,
}

/// A prepared statement, and what is bound to it.
#[derive(Clone, Debug)]
pub struct Statement {
    pub sql: Arc<str>,
    pub values: fn(&World, &Case) -> Vec<Value>,
    /// Whether the ids it finds are wanted by the next ones.
    pub finds: bool,
}

/// What one request is about.
#[derive(Clone, Debug)]
pub struct Case {
    pub customer: Uuid,
    /// The id of a customer to be made, and of an event.
    pub made: Uuid,
    pub number: u64,
    pub industry: &'static str,
    pub family: String,
    /// What the first statement has found.
    pub found: Vec<Uuid>,
}

/// Numbers that look like chance and are the same each time (splitmix64).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A row of numbers of its own.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// The next.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The next, below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

impl Case {
    /// Any.
    pub fn any(world: &World, random: &mut Random) -> Self {
        let number = random.below(world.customers);
        Self {
            customer: world.customer(number),
            made: Uuid::now_v7(),
            number: random.next(),
            industry: INDUSTRY[random.below(INDUSTRY.len() as u64) as usize],
            family: family(random.below(FAMILIES)),
            found: Vec::new(),
        }
    }

    /// Something to type into a search box: the beginning of a family name.
    fn prefix(&self) -> String {
        self.family[..self.family.len() - 2].to_ascii_lowercase()
    }
}

/// All of them.
pub const OPERATIONS: [Operation; 9] = [
    Operation {
        name: "get by id",
        writes: false,
        request: |case| Request::get(format!("/api/v1/customers/{}", case.customer)),
        bare: |_| vec![GET.clone()],
        at_most: Some(3.5),
    },
    Operation {
        name: "list 50, filtered by industry, sorted by name",
        writes: false,
        request: |case| {
            let industry = case.industry;
            Request::get(format!("/api/v1/customers?industry={industry}&sort=name&limit=50"))
        },
        bare: |_| vec![LIST.clone()],
        at_most: Some(2.8),
    },
    Operation {
        name: "list 50, filtered by a custom field, newest first",
        writes: false,
        request: |case| {
            let branch = case.industry;
            Request::get(format!("/api/v1/customers?custom.branch={branch}&limit=50"))
        },
        bare: |_| vec![BY_BRANCH.clone()],
        at_most: None,
    },
    Operation {
        name: "list 50, filtered by source, newest first",
        writes: false,
        request: |_| Request::get("/api/v1/customers?source=bench&limit=50"),
        bare: |_| vec![BY_SOURCE.clone()],
        at_most: None,
    },
    Operation {
        name: "list 50, newest first",
        writes: false,
        request: |_| Request::get("/api/v1/customers"),
        bare: |_| vec![NEWEST.clone()],
        at_most: None,
    },
    Operation {
        name: "search by name prefix",
        writes: false,
        request: |case| Request::get(format!("/api/v1/customers?q={}", case.prefix())),
        bare: |kind| vec![search(kind)],
        at_most: None,
    },
    Operation {
        name: "create customer with its event",
        writes: true,
        request: |case| {
            let body = json!({
                "kind": "organization",
                "name": format!("{} Trading {}", case.family, case.number),
                "email": format!("trading{}@mail.example", case.number),
                "industry": case.industry,
                "employees": 12,
                "city": "Vienna",
            });
            Request::with("POST", "/api/v1/customers", &body)
        },
        bare: |_| vec![INSERT.clone(), CREATED.clone()],
        at_most: Some(2.5),
    },
    Operation {
        name: "patch customer with its event",
        writes: true,
        request: |case| {
            let body = json!({ "description": format!("Called {} times", case.number) });
            Request::with("PATCH", format!("/api/v1/customers/{}", case.customer), &body)
        },
        bare: |kind| vec![lock(kind), UPDATE.clone(), UPDATED.clone()],
        at_most: None,
    },
    Operation {
        name: "GraphQL: 50 customers, contacts, last 3 orders",
        writes: false,
        request: |case| {
            let rule = format!(r#"{{compare: {{field: "industry", eq: "{}"}}}}"#, case.industry);
            let query = format!(
                "{{ customers(first: 50, sort: \"name\", filter: {rule}) {{ nodes {{ \
                 id kind name email industry city createdAt \
                 contacts(first: 10) {{ id name email jobTitle }} \
                 orders(first: 3) {{ id number orderedOn status total {{ amount currency }} }} }} }} }}"
            );
            Request::with("POST", "/graphql", &json!({ "query": query }))
        },
        bare: |kind| vec![found_list(), latest_contacts(kind), latest_orders(kind)],
        at_most: Some(6.0),
    },
];

const CUSTOMER: [&str; 36] = [
    "id",
    "workspace_id",
    "kind",
    "name",
    "sort_name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "website",
    "industry",
    "employees",
    "annual_revenue",
    "founded_in",
    "birthday",
    "birthday_of_year",
    "street",
    "postal_code",
    "city",
    "country",
    "time_zone",
    "description",
    "parent_id",
    "owner_id",
    "source",
    "external_id",
    "stage_id",
    "stage_since",
    "search_text",
    "custom",
    "comparable",
    "tags",
    "version",
    "created_at",
    "updated_at",
    "deleted_at",
];

const CONTACT: [&str; 20] = [
    "id",
    "workspace_id",
    "customer_id",
    "name",
    "sort_name",
    "first_name",
    "last_name",
    "job_title",
    "role",
    "email",
    "phone",
    "description",
    "search_text",
    "custom",
    "comparable",
    "tags",
    "version",
    "created_at",
    "updated_at",
    "deleted_at",
];

pub const ORDER: [&str; 21] = [
    "id",
    "workspace_id",
    "number",
    "customer_id",
    "owner_id",
    "status",
    "ordered_on",
    "currency",
    "total_minor",
    "tax_minor",
    "quote_id",
    "description",
    "source",
    "external_id",
    "custom",
    "comparable",
    "tags",
    "version",
    "created_at",
    "updated_at",
    "deleted_at",
];

pub const EVENT: [&str; 10] = [
    "workspace_id",
    "id",
    "name",
    "subject_id",
    "subject_version",
    "customer_id",
    "actor_kind",
    "actor_id",
    "at",
    "data",
];

pub fn quoted(columns: &[&str]) -> String {
    columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ")
}

fn of_table(table: &str, columns: &[&str]) -> String {
    let column = |column: &&str| format!("\"{table}\".\"{column}\"");
    columns.iter().map(column).collect::<Vec<_>>().join(", ")
}

pub fn parameters(count: usize, between: &str) -> String {
    (1..=count).map(|n| format!("${n}")).collect::<Vec<_>>().join(between)
}

/// The customers that are there, and what more is asked of them.
fn customers(and: &str) -> String {
    format!(
        "SELECT {} FROM \"customer\" WHERE \"customer\".\"workspace_id\" = $1 \
         AND \"customer\".\"deleted_at\" IS NULL{and}",
        of_table("customer", &CUSTOMER)
    )
}

fn statement(sql: String, values: fn(&World, &Case) -> Vec<Value>) -> Statement {
    Statement { sql: sql.into(), values, finds: false }
}

static GET: LazyLock<Statement> = LazyLock::new(|| {
    statement(customers(" AND \"customer\".\"id\" = $2 LIMIT $3"), |world, case| {
        vec![Value::Id(world.workspace), Value::Id(case.customer), Value::Number(1)]
    })
});

static LIST: LazyLock<Statement> = LazyLock::new(|| {
    let and = " AND \"customer\".\"industry\" = $2 \
               ORDER BY \"customer\".\"sort_name\" ASC, \"customer\".\"id\" ASC LIMIT $3";
    statement(customers(and), |world, case| {
        vec![Value::Id(world.workspace), Value::Text(case.industry.into()), Value::Number(51)]
    })
});

static BY_BRANCH: LazyLock<Statement> = LazyLock::new(|| {
    let and = " AND \"customer\".\"x1\" = $2 \
               ORDER BY \"customer\".\"created_at\" DESC, \"customer\".\"id\" DESC LIMIT $3";
    statement(customers(and), |world, case| {
        vec![Value::Id(world.workspace), Value::Text(case.industry.into()), Value::Number(51)]
    })
});

static BY_SOURCE: LazyLock<Statement> = LazyLock::new(|| {
    let and = " AND \"customer\".\"source\" = $2 \
               ORDER BY \"customer\".\"created_at\" DESC, \"customer\".\"id\" DESC LIMIT $3";
    statement(customers(and), |world, _| {
        vec![Value::Id(world.workspace), Value::Text("bench".into()), Value::Number(51)]
    })
});

fn found_list() -> Statement {
    Statement { finds: true, ..LIST.clone() }
}

static NEWEST: LazyLock<Statement> = LazyLock::new(|| {
    let and = " ORDER BY \"customer\".\"created_at\" DESC, \"customer\".\"id\" DESC LIMIT $2";
    statement(customers(and), |world, _| vec![Value::Id(world.workspace), Value::Number(51)])
});

fn search(kind: Kind) -> Statement {
    const BY: &str = " ORDER BY \"customer\".\"created_at\" DESC, \"customer\".\"id\" DESC LIMIT ";
    match kind {
        Kind::Postgres => {
            let found = "SELECT \"customer_id\" FROM \"customer_word\" WHERE \
                         \"workspace_id\" = $2 AND \"word\" >= $3 AND \"word\" < $4";
            let and = format!(" AND \"customer\".\"id\" = ANY(ARRAY(({found}))){BY}$5");
            statement(customers(&and), |world, case| {
                let begin = case.prefix();
                let end = format!("{begin}{}", char::MAX);
                let [begin, end] = [Value::Text(begin), Value::Text(end)];
                let workspace = || Value::Id(world.workspace);
                vec![workspace(), workspace(), begin, end, Value::Number(51)]
            })
        }
        Kind::Sqlite => {
            let found =
                "SELECT \"rowid\" FROM \"customer_search\" WHERE \"customer_search\" MATCH $2";
            let and = format!(" AND \"customer\".\"seq\" IN ({found}){BY}$3");
            statement(customers(&and), |world, case| {
                let query = format!("\"{}\"*", case.prefix());
                vec![Value::Id(world.workspace), Value::Text(query), Value::Number(51)]
            })
        }
    }
}

static INSERT: LazyLock<Statement> = LazyLock::new(|| {
    let columns = quoted(&CUSTOMER);
    let values = parameters(CUSTOMER.len(), ", ");
    statement(format!("INSERT INTO \"customer\" ({columns}) VALUES ({values})"), |world, case| {
        let name = format!("{} Trading {}", case.family, case.number);
        let email = format!("trading{}@mail.example", case.number);
        let words = format!("{} trading{} mail example vienna", name.to_lowercase(), case.number);
        let value = |column: &str| match column {
            "id" => Value::Id(case.made),
            "workspace_id" => Value::Id(world.workspace),
            "kind" => Value::Text("organization".into()),
            "name" => Value::Text(name.clone()),
            "sort_name" => Value::Text(name.to_lowercase()),
            "email" => Value::Text(email.clone()),
            "industry" => Value::Text(case.industry.into()),
            "employees" => Value::Small(12),
            "city" => Value::Text("Vienna".into()),
            "owner_id" => Value::Id(world.user),
            "stage_id" => Value::Id(world.stage),
            "stage_since" => Value::Time(now(case)),
            "search_text" => Value::Text(words.clone()),
            "version" => Value::Small(1),
            "created_at" | "updated_at" => Value::Time(now(case)),
            _ => Value::Nothing,
        };
        CUSTOMER.iter().map(|column| value(column)).collect()
    })
});

/// The time is in the id, so that no clock is read.
fn now(case: &Case) -> DateTime<Utc> {
    let millis = (case.made.as_u128() >> 80) as i64;
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

fn event(values: fn(&World, &Case) -> Vec<Value>) -> Statement {
    let sql = format!(
        "insert into \"event\" ({}) values ({})",
        quoted(&EVENT),
        parameters(EVENT.len(), ",")
    );
    statement(sql, values)
}

fn told(world: &World, case: &Case, name: &str, of: Uuid, data: serde_json::Value) -> Vec<Value> {
    vec![
        Value::Id(world.workspace),
        Value::Id(case.made),
        Value::Text(name.into()),
        Value::Id(of),
        Value::Small(1),
        Value::Id(of),
        Value::Text("user".into()),
        Value::Id(world.user),
        Value::Time(now(case)),
        Value::Json(data),
    ]
}

static CREATED: LazyLock<Statement> = LazyLock::new(|| {
    event(|world, case| {
        let after = json!({
            "id": case.made,
            "kind": "organization",
            "name": format!("{} Trading {}", case.family, case.number),
            "email": format!("trading{}@mail.example", case.number),
            "industry": case.industry,
            "employees": 12,
            "city": "Vienna",
            "ownerId": world.user,
            "stageId": world.stage,
            "stageSince": "2026-11-21T21:46:47.767767Z",
            "version": 1,
            "createdAt": "2026-11-21T21:46:47.767767Z",
            "updatedAt": "2026-11-21T21:46:47.767767Z",
        });
        told(world, case, "customer.created", case.made, json!({ "before": {}, "after": after }))
    })
});

fn lock(kind: Kind) -> Statement {
    let locked = if kind == Kind::Postgres { " FOR NO KEY UPDATE" } else { "" };
    Statement { sql: format!("{}{locked}", GET.sql).into(), ..GET.clone() }
}

static UPDATE: LazyLock<Statement> = LazyLock::new(|| {
    let sql = "UPDATE \"customer\" SET \"description\" = $1, \"version\" = $2, \"updated_at\" = $3 \
               WHERE \"customer\".\"workspace_id\" = $4 AND \"customer\".\"id\" = $5";
    statement(sql.to_owned(), |world, case| {
        vec![
            Value::Text(format!("Called {} times", case.number)),
            Value::Small(2),
            Value::Time(now(case)),
            Value::Id(world.workspace),
            Value::Id(case.customer),
        ]
    })
});

static UPDATED: LazyLock<Statement> = LazyLock::new(|| {
    event(|world, case| {
        let description = format!("Called {} times", case.number);
        let data = json!({
            "before": { "description": "Called before" },
            "after": { "description": description },
        });
        told(world, case, "customer.updated", case.customer, data)
    })
});

fn latest_contacts(kind: Kind) -> Statement {
    statement(latest("contact", &CONTACT, "created_at", kind), |world, case| {
        vec![Value::Id(world.workspace), Value::Ids(case.found.clone()), Value::Number(10)]
    })
}

fn latest_orders(kind: Kind) -> Statement {
    statement(latest("order", &ORDER, "ordered_on", kind), |world, case| {
        vec![Value::Id(world.workspace), Value::Ids(case.found.clone()), Value::Number(3)]
    })
}

/// The page has 50 customers, and one more that says there are more.
const PAGE: usize = 50;

fn latest(table: &str, columns: &[&str], by: &str, kind: Kind) -> String {
    let (among, last) = match kind {
        Kind::Postgres => ("= ANY($2)".to_owned(), 3),
        Kind::Sqlite => {
            let ids: Vec<String> = (2..2 + padded(PAGE)).map(|n| format!("${n}")).collect();
            (format!("IN ({})", ids.join(", ")), 2 + padded(PAGE))
        }
    };
    format!(
        "SELECT {} FROM (SELECT {}, row_number() OVER ( PARTITION BY \"customer_id\" \
         ORDER BY \"{by}\" DESC, \"id\" DESC ) AS \"rank\" FROM \"{table}\" \
         WHERE \"{table}\".\"workspace_id\" = $1 AND \"{table}\".\"deleted_at\" IS NULL \
         AND \"customer_id\" {among}) AS \"{table}\" WHERE \"rank\" <= ${last} \
         ORDER BY \"{by}\" DESC, \"id\" DESC",
        quoted(columns),
        of_table(table, columns)
    )
}
