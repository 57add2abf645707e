use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use rapport_domain::identity::roles;

/// What to print, or to do with what is printed.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The GraphQL schema
    Graphql,
    /// The OpenAPI document of the REST API
    Openapi,
    /// Who may do what: role, resource, verb and reach
    Permissions,
    /// Write all of them to the files that are kept in the repository
    Write(Root),
    /// Say whether the files in the repository are as they would be written
    Check(Root),
}

/// Where the files are.
#[derive(Debug, Args)]
pub struct Root {
    /// The repository's directory
    #[arg(long, default_value = ".", value_name = "DIRECTORY")]
    root: PathBuf,
}

type Document = (&'static str, fn() -> Result<String>);

const DOCUMENTS: [Document; 3] = [
    ("schema.graphql", graphql),
    ("openapi/openapi.json", openapi),
    ("permissions.txt", permissions),
];

/// Prints, writes or compares the documents that are made from the program.
pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Graphql => print!("{}", graphql()?),
        Command::Openapi => print!("{}", openapi()?),
        Command::Permissions => print!("{}", permissions()?),
        Command::Write(Root { root }) => {
            for (file, make) in DOCUMENTS {
                let path = root.join(file);
                fs::create_dir_all(path.parent().unwrap_or(root))?;
                fs::write(&path, make()?)
                    .with_context(|| format!("{} cannot be written", path.display()))?;
            }
        }
        Command::Check(Root { root }) => check(root)?,
    }
    Ok(())
}

fn check(root: &std::path::Path) -> Result<()> {
    let mut stale = Vec::new();
    for (file, make) in DOCUMENTS {
        if fs::read_to_string(root.join(file)).ok() != Some(make()?) {
            stale.push(file);
        }
    }
    if !stale.is_empty() {
        bail!(
            "not as the program would write them: {}; run `rapport schema write`",
            stale.join(", ")
        );
    }
    Ok(())
}

fn graphql() -> Result<String> {
    Ok(rapport_api::schema().sdl())
}

fn openapi() -> Result<String> {
    let mut text = serde_json::to_string_pretty(&rapport_api::document())?;
    text.push('\n');
    Ok(text)
}

fn permissions() -> Result<String> {
    Ok(roles::permissions_table())
}
