//! Entitlements, and plans that give them, that say by which policy requests are answered.

use sea_orm_migration::prelude::*;

use crate::render::render;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0039_entitled_policy"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let columns = render(include_str!("columns.sql"), backend);
        manager.get_connection().execute_unprepared(&columns).await?;
        Ok(())
    }
}
