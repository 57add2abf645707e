//! What other systems say of requests: until when they were promised, and in which words files name what is not known here.

use sea_orm_migration::prelude::*;

use crate::render::render;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0032_service_history"
    }
}

const COLUMNS: &str = "\
alter table service_request add column promised_at {time};
alter table import add column unknown {json};
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = render(COLUMNS, manager.get_database_backend());
        manager.get_connection().execute_unprepared(&columns).await?;
        Ok(())
    }
}
