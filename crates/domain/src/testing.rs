//! Databases and workspaces for tests within the crate, which need what clients must not have.

use rapport_entity::{MonthOfYear, TimeZone, identity::workspace, log::event::ActorKind};
use rapport_test_postgres as postgres;
use sea_orm::{
    ConnectionTrait, ModelTrait,
    sea_query::{Expr, Query},
};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use crate::kernel::{Actor, Clock, Ctx, Database, Settings};

/// A database, gone with this value.
pub struct Store {
    pub database: Database,
    _directory: Option<tempfile::TempDir>,
    postgres: Option<postgres::Database>,
}

/// An empty database of each kind that is to be had.
pub async fn stores() -> Vec<Store> {
    stores_at(Clock::default).await
}

/// The same, where a clock of the test's tells the time: each has one of its own.
pub async fn stores_at(clock: impl Fn() -> Clock) -> Vec<Store> {
    stores_of(None, clock).await
}

/// The same, as the first release left them: with the first migration alone.
pub async fn stores_of_the_first_release() -> Vec<Store> {
    stores_of(Some(1), Clock::default).await
}

async fn stores_of(migrations: Option<u32>, clock: impl Fn() -> Clock) -> Vec<Store> {
    let mut stores = vec![sqlite(migrations, clock()).await];
    if let Some(postgres) = postgres::database().await {
        let database = migrated(&postgres.url, migrations, clock()).await;
        stores.push(Store { database, _directory: None, postgres: Some(postgres) });
    }
    stores
}

async fn sqlite(migrations: Option<u32>, clock: Clock) -> Store {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", directory.path().join("test.db").display());
    Store {
        database: migrated(&url, migrations, clock).await,
        _directory: Some(directory),
        postgres: None,
    }
}

async fn migrated(url: &str, migrations: Option<u32>, clock: Clock) -> Database {
    let database = Database::connect(&Settings::new(url), clock).await.unwrap();
    database.migrate_some(migrations).await.unwrap();
    database
}

impl Store {
    /// Closes it, so that nobody is connected when it goes.
    pub async fn close(self) {
        self.database.close().await;
        if let Some(postgres) = self.postgres {
            postgres.close().await;
        }
    }

    /// A new workspace, and Rapport itself at work in it.
    pub async fn workspace(&self) -> Ctx {
        self.workspace_in(TimeZone::default()).await
    }

    /// The same, where days begin in this time zone.
    pub async fn workspace_in(&self, time_zone: TimeZone) -> Ctx {
        let id = workspace::Id::new();
        let now = self.database.clock().now();
        let row = workspace::Model {
            id,
            slug: from(json!(format!("w{}", id.uuid().simple()))),
            name: from(json!("Test")),
            time_zone,
            currency: from(json!("EUR")),
            quote_introduction: None,
            quote_terms: None,
            quote_footer: None,
            fiscal_year_start: MonthOfYear::default(),
            version: 1,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        };
        // In a database of the first release too, which has no other columns.
        use workspace::Column::{
            CreatedAt, Currency, Id, Name, Slug, TimeZone as Zone, UpdatedAt, Version,
        };
        let columns = [Id, Slug, Name, Zone, Currency, Version, CreatedAt, UpdatedAt];
        let values = columns.map(|column| Expr::val(row.get(column)));
        let mut insert = Query::insert();
        insert.into_table(workspace::Entity).columns(columns).values_panic(values);
        let db = self.database.installation().await.unwrap();
        db.execute_raw(db.get_database_backend().build(&insert)).await.unwrap();
        Ctx::new(self.database.clone(), Actor::system(&row, ActorKind::System))
    }
}

/// A value from JSON, as a client would give it.
pub fn from<T: DeserializeOwned>(json: Json) -> T {
    serde_json::from_value(json).unwrap()
}
