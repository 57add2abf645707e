//! Files that belong to service requests and to what is written about them, answers that are written once, and
//! mailboxes and forms whose mail and submissions become requests.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{render::render, row_level_security::row_level_security, search::search};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0033_attachments"
    }
}

const SCOPED: [&str; 5] =
    ["stored_object", "attachment", "canned_answer", "mailbox", "inbound_mail"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();
        db.execute_unprepared(&render(include_str!("tables.sql"), backend)).await?;
        db.execute_unprepared(&search(&["canned_answer"], backend)).await?;
        if backend == DbBackend::Postgres {
            db.execute_unprepared(&row_level_security(SCOPED)).await?;
        }
        Ok(())
    }
}
