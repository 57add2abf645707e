//! Fills a workspace: customers (people and organizations by turns), contacts of the organizations, five orders each
//! with one line, in 2016 to 2018. All of it follows from a customer's number, so that clients know it without asking.

pub mod deals;
mod words;

use std::io::Write;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use uuid::Uuid;

use crate::{
    database::{Connection, Kind, Place},
    http::{Client, Request},
};
pub use deals::Deals;
pub use words::{FAMILIES, INDUSTRY, family};

/// What was made.
#[derive(Clone, Debug)]
pub struct World {
    pub workspace: Uuid,
    /// The one who does everything.
    pub user: Uuid,
    /// The stage that customers begin in.
    pub stage: Uuid,
    pub customers: u64,
    pub currency: String,
}

/// Orders of each customer.
pub const ORDERS: u64 = 5;

/// Customers that are made by one statement.
const CHUNK: u64 = 20_000;

/// The first customer is made at the beginning of 2020, each next one a second later.
const CREATED: u64 = 1_577_836_800;

/// The first day of orders, 2016-01-01.
const ORDERED: u64 = 1_451_606_400;

const CUSTOMER: &str = "001";
const CONTACT: &str = "002";
const ORDER: &str = "003";

impl World {
    /// The id of a customer.
    pub fn customer(&self, n: u64) -> Uuid {
        let time = u128::from((CREATED + n) * 1000) << 80;
        Uuid::from_u128(time | 0x7001_8000_0000_0000_0000 | u128::from(n))
    }

    /// The external id of a customer, from the source `bench`.
    pub fn external_id(n: u64) -> String {
        format!("C{n}")
    }
}

/// Fills the workspace `bench`, of which `workspace create` has made no more than the first user.
pub async fn fill(place: &Place, customers: u64) -> Result<World> {
    let world = find(place, customers).await?;
    let mut connection = place.connect(Some(world.workspace)).await?;
    if place.kind() == Kind::Sqlite {
        connection.run("pragma synchronous = off; pragma cache_size = -262144").await?;
    }
    give_words(&mut connection).await?;
    let sql = Sql { kind: place.kind(), world: &world };
    for from in (0..customers).step_by(CHUNK as usize) {
        let to = (from + CHUNK).min(customers);
        connection.run("begin").await?;
        for template in [CUSTOMERS, CONTACTS, ORDERS_SQL, LINES] {
            connection.run(sql.render(template, from, to)).await?;
        }
        connection.run("commit").await?;
        eprint!("\r  {to} of {customers} customers");
        std::io::stderr().flush()?;
    }
    eprintln!();
    let orders = customers * ORDERS;
    connection
        .run(format!(
            "insert into counter (workspace_id, name, value) values ({}, 'order', {orders})",
            sql.uuid(world.workspace)
        ))
        .await?;
    settle(place, &mut connection).await?;
    Ok(world)
}

const CUSTOMERS: &str = include_str!("customers.sql");
const CONTACTS: &str = include_str!("contacts.sql");
const ORDERS_SQL: &str = include_str!("orders.sql");
const LINES: &str = include_str!("lines.sql");

/// Leaves the database as it would be after a quiet night.
async fn settle(place: &Place, connection: &mut Connection) -> Result<()> {
    match place.kind() {
        Kind::Postgres => {
            connection.run("vacuum analyze").await?;
            // Only the administrator may; without, the first minutes are a little slower.
            let _ = place.administer().await?.run("checkpoint").await;
        }
        Kind::Sqlite => connection.run("analyze; pragma wal_checkpoint(truncate)").await?,
    }
    Ok(())
}

async fn find(place: &Place, customers: u64) -> Result<World> {
    let mut connection = place.administer().await?;
    let workspace = "select id from workspace where slug = 'bench'";
    let user = "select id from \"user\"";
    let currency = "select currency from workspace where slug = 'bench'";
    let mut id = async |sql: &'static str| -> Result<Uuid> {
        let ids = connection.query(&sql.into(), Vec::new(), true).await?;
        ids.first().copied().context("the workspace is not there")
    };
    let (workspace, user) = (id(workspace).await?, id(user).await?);
    let stage = id("select id from lifecycle_stage where key = 'attracted'").await?;
    let currency = connection.text(currency).await?;
    Ok(World { workspace, user, stage, customers, currency })
}

async fn give_words(connection: &mut Connection) -> Result<()> {
    let families: Vec<String> = (0..FAMILIES).map(family).collect();
    let families: Vec<&str> = families.iter().map(String::as_str).collect();
    let create = "create temp table word (kind text, n integer, word text, primary key (kind, n))";
    connection.run(create).await?;
    for (kind, words) in [
        ("given", &words::GIVEN[..]),
        ("family", &families[..]),
        ("trade", &words::TRADE[..]),
        ("industry", &words::INDUSTRY[..]),
        ("city", &words::CITY[..]),
    ] {
        let row = |(n, word): (usize, &&str)| format!("('{kind}', {n}, '{word}')");
        let rows: Vec<String> = words.iter().enumerate().map(row).collect();
        connection.run(format!("insert into word values {}", rows.join(","))).await?;
    }
    connection.run("analyze word").await
}

/// The same SQL in the words of each database.
struct Sql<'a> {
    kind: Kind,
    world: &'a World,
}

impl Sql<'_> {
    fn render(&self, template: &str, from: u64, to: u64) -> String {
        let made = format!("{CREATED} + i");
        let ordered = format!("{ORDERED} + day * 86400 + o % 86400");
        let words = [
            ("{numbers}", self.numbers("i", from, to - 1)),
            ("{order_numbers}", self.numbers("o", from * ORDERS, to * ORDERS - 1)),
            ("{workspace}", self.uuid(self.world.workspace)),
            ("{user}", self.uuid(self.world.user)),
            ("{stage}", self.uuid(self.world.stage)),
            ("{branch}", self.object("branch", "industry")),
            ("{slots}", self.object("x1", "industry")),
            ("{currency}", self.world.currency.clone()),
            ("{customer_id}", self.id(CUSTOMER, &made, "i")),
            ("{customer_time}", self.time(&made)),
            ("{contact_id}", self.id(CONTACT, &made, "i * 2 + c")),
            ("{order_id}", self.id(ORDER, &ordered, "o")),
            ("{order_time}", self.time(&ordered)),
            ("{ordered_on}", self.day("day")),
            ("{amount}", "((o * 7919) % 10000 + 1) * 1000".to_owned()),
        ];
        words.iter().fold(template.to_owned(), |sql, (word, with)| sql.replace(word, with))
    }

    fn numbers(&self, name: &str, from: u64, to: u64) -> String {
        match self.kind {
            Kind::Postgres => format!("select generate_series({from}::bigint, {to}::bigint)"),
            Kind::Sqlite => {
                format!("select {from} union all select {name} + 1 from n where {name} < {to}")
            }
        }
    }

    fn uuid(&self, id: Uuid) -> String {
        match self.kind {
            Kind::Postgres => format!("'{id}'::uuid"),
            Kind::Sqlite => format!("x'{}'", id.simple()),
        }
    }

    /// A UUIDv7 of a moment, with a number in the place of chance.
    fn id(&self, kind: &str, seconds: &str, n: &str) -> String {
        match self.kind {
            Kind::Postgres => format!(
                "(lpad(to_hex(({seconds})::bigint * 1000), 12, '0') || '7{kind}8' \
                 || lpad(to_hex(({n})::bigint), 15, '0'))::uuid"
            ),
            Kind::Sqlite => format!("unhex(printf('%012x7{kind}8%015x', ({seconds}) * 1000, {n}))"),
        }
    }

    /// An object with one member.
    fn object(&self, name: &str, value: &str) -> String {
        match self.kind {
            Kind::Postgres => format!("jsonb_build_object('{name}', {value})"),
            Kind::Sqlite => format!("json_object('{name}', {value})"),
        }
    }

    fn time(&self, seconds: &str) -> String {
        match self.kind {
            Kind::Postgres => format!("to_timestamp({seconds})"),
            Kind::Sqlite => {
                format!("strftime('%Y-%m-%dT%H:%M:%S+00:00', {seconds}, 'unixepoch')")
            }
        }
    }

    fn day(&self, days: &str) -> String {
        match self.kind {
            Kind::Postgres => format!("date '2016-01-01' + ({days})::int"),
            Kind::Sqlite => format!("date('2016-01-01', ({days}) || ' days')"),
        }
    }
}

/// Words in whatever order: one that the client does not give stands among the others.
fn words_of(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split(' ').collect();
    words.sort_unstable();
    words
}

/// What a client does not say of a new customer, or not of this one.
const OF_THE_PROGRAM: [&str; 9] = [
    "id",
    "source",
    "externalId",
    "stageId",
    "stageSince",
    "version",
    "createdAt",
    "updatedAt",
    "deletedAt",
];

/// Defines the field that seeded organizations have a value of: their branch, which is their industry. It is the first that
/// is found by an index, and so in the first slot for text.
pub async fn define_branch(client: &mut Client) -> Result<()> {
    let field = json!({
        "resource": "customer", "key": "branch", "label": "Branch", "kind": "text", "indexed": true,
    });
    client.send(&Request::with("POST", "/api/v1/custom-fields", &field)).await?.check()
}

/// Has the program itself make customers like the first person and the first organization, and compares what it derives
/// from their names: seeded rows must be as the program would have written them.
///
/// # Errors
/// Where they are not.
pub async fn check(place: &Place, client: &mut Client, world: &World) -> Result<()> {
    let mut connection = place.connect(Some(world.workspace)).await?;
    let sql = Sql { kind: place.kind(), world };
    for n in [0, 1] {
        let id = world.customer(n);
        let seeded = client.send(&Request::get(format!("/api/v1/customers/{id}"))).await?.json()?;
        let mut like = seeded.clone();
        for member in OF_THE_PROGRAM {
            like.as_object_mut().context("an object")?.remove(member);
        }
        let made = client.send(&Request::with("POST", "/api/v1/customers", &like)).await?.json()?;
        let made: Uuid = made["id"].as_str().context("an id")?.parse()?;
        let mut derived = async |id: Uuid| {
            let id = sql.uuid(id);
            connection
                .text(format!(
                    "select sort_name || '|' || search_text from customer where id = {id}"
                ))
                .await
        };
        let (expected, found) = (derived(made).await?, derived(id).await?);
        let expected = format!("{expected} c{n}");
        ensure!(
            words_of(&expected) == words_of(&found),
            "the program writes {expected:?}, the seed {found:?}"
        );
        connection.run(format!("delete from customer where id = {}", sql.uuid(made))).await?;
    }
    Ok(())
}
