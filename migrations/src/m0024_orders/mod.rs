//! Orders that come from quotes: lines have discounts and tax, as those of quotes do.

mod indexes;

pub use indexes::Migration as Indexes;
use sea_orm_migration::prelude::*;

use crate::render::render;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0024_orders"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Neither database writes the rows anew for a column whose value is the same for all.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = render(include_str!("tables.sql"), manager.get_database_backend());
        manager.get_connection().execute_unprepared(&sql).await.map(drop)
    }
}
