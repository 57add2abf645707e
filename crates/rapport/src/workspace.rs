use std::io::Read;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use rapport_domain::identity::workspaces::{self, NewWorkspace};
use rapport_entity::{Currency, Email, Name, Slug, TimeZone, identity::NewPassword};

use crate::settings::{DatabaseSettings, told};

/// What to do with workspaces.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a workspace and its first user, who may do everything in it
    Create(Create),
}

/// The workspace to be made.
#[derive(Debug, Args)]
pub struct Create {
    /// The short name used to sign in: letters a to z, digits and hyphens
    slug: Slug,

    /// The company's name
    #[arg(long, value_name = "NAME")]
    name: Name,

    /// The address the first user signs in with
    #[arg(long, value_name = "ADDRESS")]
    admin_email: Email,

    /// What the first user is called; their address where left out
    #[arg(long, value_name = "NAME")]
    admin_name: Option<Name>,

    /// Read the first user's password from standard input: it is given in no other way, so that no list of processes
    /// shows it
    #[arg(long, required = true)]
    password_stdin: bool,

    /// The time zone in which days begin, by its IANA name
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    time_zone: TimeZone,

    /// The currency of amounts that do not name one, by its ISO 4217 code
    #[arg(long, default_value = "EUR", value_name = "CODE")]
    currency: Currency,

    #[command(flatten)]
    database: DatabaseSettings,
}

/// Looks after workspaces.
pub async fn run(command: Command) -> Result<()> {
    let Command::Create(create) = command;
    let admin_password = password()?;
    let database = create.database.open().await?;
    let admin_name = match create.admin_name {
        Some(name) => name,
        None => create.admin_email.as_str().parse()?,
    };
    let new = NewWorkspace {
        slug: create.slug,
        name: create.name,
        time_zone: create.time_zone,
        currency: create.currency,
        admin_email: create.admin_email,
        admin_name,
        admin_password,
    };
    let (workspace, admin) = workspaces::create(&database, new).await.map_err(told)?;
    println!("made workspace {} ({}); sign in as {}", workspace.slug, workspace.id, admin.email);
    database.close().await;
    Ok(())
}

/// The first line of standard input.
fn password() -> Result<NewPassword> {
    let mut text = String::new();
    std::io::stdin().take(4096).read_to_string(&mut text).context("no password can be read")?;
    let line = text.lines().next().unwrap_or_default();
    line.parse().map_err(|err| anyhow::anyhow!("the password {err}"))
}
