use rapport_migrations::{
    Migrator, MigratorTrait,
    seaql_migrations::{self, Model as Applied},
};
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::kernel::error::{Error, Result};

fn known() -> Vec<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}

/// Refuses a schema that this program is too old for.
pub fn refuse_newer(applied: &[Applied]) -> Result<()> {
    let known = known();
    match applied.iter().find(|applied| !known.contains(&applied.version)) {
        None => Ok(()),
        Some(newer) => Err(Error::Refused(format!(
            "the database has been migrated by a newer Rapport (it knows {}); \
             upgrade this program, or restore the database from before",
            newer.version
        ))),
    }
}

/// Refuses every schema but the one that this program is made for.
pub async fn check(db: &impl ConnectionTrait) -> Result<()> {
    let applied = seaql_migrations::Entity::find().all(db).await.unwrap_or_default();
    refuse_newer(&applied)?;
    if applied.len() == known().len() {
        return Ok(());
    }
    Err(Error::Refused(
        "the schema is not up to date, and it cannot be changed through a pooler; name PostgreSQL itself \
         with --database-direct-url, or run `rapport migrate` on it"
            .to_owned(),
    ))
}
