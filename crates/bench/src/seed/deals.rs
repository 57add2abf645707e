//! Fills the first pipeline of a workspace with opportunities, nine in ten of them closed in the last three years, with all
//! that they have been since when; on PostgreSQL.

use std::io::Write;

use anyhow::{Context, Result};
use uuid::Uuid;

use super::{CUSTOMER, Sql, World};
use crate::database::{Kind, Place};

/// What was made.
#[derive(Clone, Debug)]
pub struct Deals {
    pub pipeline: Uuid,
    /// The stages of the pipeline, in their order. A quarter of all opportunities is in each.
    pub stages: Vec<Uuid>,
    pub all: u64,
    /// So many of them are closed; all after these are open.
    pub closed: u64,
}

/// Opportunities that are made by one statement.
const CHUNK: u64 = 100_000;

const DEAL: &str = "004";

impl Deals {
    /// The id of an opportunity.
    pub fn id(n: u64) -> Uuid {
        Uuid::from_u128(0x0190_0000_0000_7004_8000_0000_0000_0000 | u128::from(n))
    }

    /// The open opportunities of the first stage, of which each fourth is one.
    pub fn in_first_stage(&self) -> impl Iterator<Item = Uuid> + use<> {
        let first = self.closed.next_multiple_of(4);
        (first..self.all).step_by(4).map(Self::id)
    }
}

/// Fills. The administrator does, without triggers and foreign keys, which would make it take ten times as long: the words
/// they are found by are written as the trigger would.
pub async fn fill(place: &Place, world: &World, all: u64) -> Result<Deals> {
    let deals = find(place, world, all).await?;
    let mut connection = place.administer().await?;
    connection.run("set session_replication_role = replica").await?;
    for from in (0..all).step_by(CHUNK as usize) {
        let to = (from + CHUNK).min(all) - 1;
        connection.run(render(OPPORTUNITIES, world, &deals, from, to)).await?;
        eprint!("\r  {} of {all} opportunities", to + 1);
        std::io::stderr().flush()?;
    }
    eprintln!();
    for rest in [PERIODS, WORDS] {
        connection.run(render(rest, world, &deals, 0, all)).await?;
    }
    connection.run("vacuum analyze").await?;
    connection.run("checkpoint").await?;
    Ok(deals)
}

const OPPORTUNITIES: &str = include_str!("opportunities.sql");
const PERIODS: &str = include_str!("periods.sql");
const WORDS: &str = "insert into opportunity_word \
    select workspace_id, unnest(string_to_array(search_text, ' ')), id from opportunity \
    where workspace_id = {workspace} on conflict do nothing";

async fn find(place: &Place, world: &World, all: u64) -> Result<Deals> {
    let mut connection = place.connect(Some(world.workspace)).await?;
    let pipeline = "select id from pipeline where is_default and deleted_at is null";
    let pipeline = connection.query(&pipeline.into(), Vec::new(), true).await?;
    let pipeline = pipeline.first().copied().context("a pipeline")?;
    let stages = format!(
        "select id from pipeline_stage where pipeline_id = '{pipeline}' and deleted_at is null order by position"
    );
    let stages = connection.query(&stages.into(), Vec::new(), true).await?;
    anyhow::ensure!(stages.len() == 4, "the pipeline has four stages");
    Ok(Deals { pipeline, stages, all, closed: all - all / 10 })
}

fn render(template: &str, world: &World, deals: &Deals, from: u64, to: u64) -> String {
    let sql = Sql { kind: Kind::Postgres, world };
    let customer = format!("i % {}", world.customers);
    let made = format!("{} + {customer}", super::CREATED);
    let words = [
        ("{from}", from.to_string()),
        ("{to}", to.to_string()),
        ("{all}", deals.all.to_string()),
        ("{closed}", deals.closed.to_string()),
        ("{workspace}", sql.uuid(world.workspace)),
        ("{pipeline}", sql.uuid(deals.pipeline)),
        ("{user}", sql.uuid(world.user)),
        ("{currency}", world.currency.clone()),
        ("{customer}", sql.id(CUSTOMER, &made, &customer)),
        ("{id}", format!("('0190000000007{DEAL}8' || lpad(to_hex(i), 15, '0'))::uuid")),
    ];
    words.iter().fold(template.to_owned(), |sql, (word, with)| sql.replace(word, with))
}
