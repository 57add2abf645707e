use std::str::FromStr;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use sqlx::{ConnectOptions, Executor, PgConnection, postgres::PgConnectOptions};
use uuid::Uuid;

use super::{Settings, connection::Connection};
use crate::kernel::error::Result;

/// How to connect.
///
/// # Errors
/// Where the URL is none.
pub fn options(settings: &Settings) -> Result<PgConnectOptions, sqlx::Error> {
    let options = PgConnectOptions::from_str(&settings.url)?
        .application_name("rapport")
        .disable_statement_logging();
    Ok(match settings.pooler {
        // Poolers know few parameters.
        true => options.extra_float_digits(None),
        false => options.statement_cache_capacity(512),
    })
}

/// What every connection is told: not to plan a bound LIMIT anew each time; and to give up rather than hang.
const TOLD: [(&str, &str); 6] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("idle_in_transaction_session_timeout", "8s"),
    ("lock_timeout", "5s"),
    ("statement_timeout", "10s"),
    ("jit", "off"),
    ("timezone", "UTC"),
];

fn settings(set: &str, workspace: Option<Uuid>) -> String {
    let told: String =
        TOLD.iter().map(|(name, value)| format!("{set} {name} = '{value}'; ")).collect();
    let workspace = workspace.map(|id| id.to_string()).unwrap_or_default();
    format!("{told}{set} rapport.workspace = '{workspace}'")
}

/// A connection that has been told what every new one is told, and its workspace.
pub async fn open(
    options: &PgConnectOptions,
    workspace: Option<Uuid>,
) -> Result<Connection, sqlx::Error> {
    let mut connection = <PgConnection as sqlx::Connection>::connect_with(options).await?;
    connection.execute(sqlx::AssertSqlSafe(settings("set", workspace))).await?;
    Ok(Connection::Postgres { on: connection, prepared: true })
}

/// A connection to a pooler, which is told everything anew with each transaction.
pub async fn open_pooled(options: &PgConnectOptions) -> Result<Connection, sqlx::Error> {
    let connection = <PgConnection as sqlx::Connection>::connect_with(options).await?;
    Ok(Connection::Postgres { on: connection, prepared: false })
}

/// Begins a transaction on whatever connection the pooler has.
pub fn begin_pooled(workspace: Option<Uuid>) -> String {
    format!("BEGIN; {}", settings("set local", workspace))
}

/// Which workspace row-level security lets a connection see from now on.
pub fn set_workspace(workspace: Option<Uuid>) -> Statement {
    let sql = "select set_config('rapport.workspace', $1, false)";
    let workspace = workspace.map(|id| id.to_string()).unwrap_or_default();
    Statement::from_sql_and_values(DbBackend::Postgres, sql, [workspace.into()])
}

/// Whether our role could go round row-level security.
pub async fn warnings(admin: &impl ConnectionTrait) -> Result<Vec<String>> {
    let sql = "select rolname::text as role, (rolsuper or rolbypassrls) as bypasses, exists (\
                 select from pg_class c join pg_namespace n on n.oid = c.relnamespace \
                 where n.nspname = current_schema() and c.relname = 'customer' \
                   and pg_has_role(current_user, c.relowner, 'member') and not c.relforcerowsecurity) as unforced \
               from pg_roles where rolname = current_user";
    let row = admin.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("current_user".into()))?;
    let role: String = row.try_get("", "role")?;
    let mut warnings = Vec::new();
    if row.try_get("", "bypasses")? {
        warnings.push(format!(
            "the database role {role:?} is a superuser or may bypass row-level security, so the second wall \
             between workspaces does not stand; connect with an ordinary role"
        ));
    } else if row.try_get("", "unforced")? {
        warnings.push(format!(
            "the database role {role:?} owns the tables and row-level security is not forced on owners"
        ));
    }
    Ok(warnings)
}
