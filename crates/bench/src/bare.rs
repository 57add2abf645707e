//! The SQL of an operation run without the program: prepared statements on a connection, and nothing done with the rows.

use std::sync::Arc;

use anyhow::Result;

use crate::{
    database::{Connection, Kind, Place},
    load::Worker,
    operations::{Case, Operation, Random, Statement},
    seed::World,
};

/// One connection at work.
pub struct Bare {
    connection: Connection,
    statements: Vec<Statement>,
    begin: Option<&'static str>,
    world: Arc<World>,
    random: Random,
}

impl Bare {
    /// A connection that does what an operation does.
    pub async fn new(
        place: &Place,
        operation: &Operation,
        world: &Arc<World>,
        seed: u64,
    ) -> Result<Self> {
        let begin = match place.kind() {
            Kind::Postgres => "BEGIN",
            Kind::Sqlite => "BEGIN IMMEDIATE",
        };
        Ok(Self {
            connection: place.connect(Some(world.workspace)).await?,
            statements: (operation.bare)(place.kind()),
            begin: operation.writes.then_some(begin),
            world: world.clone(),
            random: Random::new(seed),
        })
    }
}

impl Worker for Bare {
    async fn once(&mut self) -> Result<()> {
        let mut case = Case::any(&self.world, &mut self.random);
        if let Some(begin) = self.begin {
            self.connection.run(begin).await?;
        }
        for Statement { sql, values, finds } in &self.statements {
            let values = values(&self.world, &case);
            let mut found = self.connection.query(sql, values, *finds).await?;
            if *finds {
                found.truncate(PAGE);
                case.found = found;
            }
        }
        if self.begin.is_some() {
            self.connection.run("COMMIT").await?;
        }
        Ok(())
    }
}

/// The last row of a page only says that there are more.
const PAGE: usize = 50;
