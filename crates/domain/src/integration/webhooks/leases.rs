//! Who sends where. A lease is a row; it ends by the database's clock, so nodes need not agree on the time. On SQLite
//! there is one node, whose leases do not end.

use std::time::Duration;

use rapport_entity::{identity::workspace, integration::webhook_endpoint};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use uuid::Uuid;

use crate::kernel::{Database, Result};

/// How long a lease lasts that is not renewed: so long after a node's sudden end another takes its endpoints over.
pub const LASTS: Duration = Duration::from_secs(10);

/// How often leases are renewed.
pub const RENEW: Duration = Duration::from_secs(3);

/// So many endpoints are taken at once, so that nodes which start together share them.
const AT_ONCE: i64 = 100;

/// An endpoint to send to.
pub type Leased = (workspace::Id, webhook_endpoint::Id);

/// Milliseconds since 1970 by the database's clock.
const NOW: &str = "(extract(epoch from clock_timestamp()) * 1000)::bigint";

/// Takes endpoints that nobody sends to. `first` is the first time that a node does.
pub async fn claim(database: &Database, node: Uuid, first: bool) -> Result<Vec<Leased>> {
    match database.backend() {
        DbBackend::Postgres => {
            let sql = format!(
                "update webhook_lease set node = $1, until = {NOW} + $2 \
                 where (workspace_id, endpoint_id) in (\
                   select workspace_id, endpoint_id from webhook_lease where until < {NOW} \
                   order by until limit $3 for update skip locked) \
                 returning workspace_id, endpoint_id"
            );
            let lasts = LASTS.as_millis() as i64;
            run(database, &sql, vec![node.into(), lasts.into(), AT_ONCE.into()]).await
        }
        _ => {
            let free = if first { "" } else { "where node is null" };
            if !first && !is_any_free(database).await? {
                return Ok(Vec::new());
            }
            let sql = format!(
                "update webhook_lease set node = ?, until = {} {free} \
                 returning workspace_id, endpoint_id",
                i64::MAX
            );
            run(database, &sql, vec![node.into()]).await
        }
    }
}

/// On SQLite looking does not take the one writer, claiming does.
async fn is_any_free(database: &Database) -> Result<bool> {
    let sql = "select 1 from webhook_lease where node is null limit 1";
    let statement = Statement::from_string(DbBackend::Sqlite, sql);
    Ok(database.lookup().await?.query_one_raw(statement).await?.is_some())
}

/// Keeps a node's leases; those it still has.
pub async fn renew(database: &Database, node: Uuid) -> Result<Vec<Leased>> {
    let sql = format!(
        "update webhook_lease set until = {NOW} + $2 where node = $1 and until >= {NOW} \
         returning workspace_id, endpoint_id"
    );
    run(database, &sql, vec![node.into(), (LASTS.as_millis() as i64).into()]).await
}

/// Gives a node's leases back, so that another need not wait for their end.
pub async fn give_back(database: &Database, node: Uuid) -> Result<()> {
    let sql = match database.backend() {
        DbBackend::Postgres => {
            "update webhook_lease set node = null, until = 0 where node = $1 \
             returning workspace_id, endpoint_id"
        }
        _ => {
            "update webhook_lease set node = null, until = 0 where node = ? \
             returning workspace_id, endpoint_id"
        }
    };
    run(database, sql, vec![node.into()]).await.map(|_| ())
}

async fn run(database: &Database, sql: &str, values: Vec<Value>) -> Result<Vec<Leased>> {
    let statement = Statement::from_sql_and_values(database.backend(), sql, values);
    let rows = database.installation().await?.query_all_raw(statement).await?;
    let leased = rows.iter().map(|row| {
        let workspace: Uuid = row.try_get("", "workspace_id")?;
        let endpoint: Uuid = row.try_get("", "endpoint_id")?;
        Ok((workspace.into(), endpoint.into()))
    });
    leased.collect()
}
