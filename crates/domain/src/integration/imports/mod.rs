//! Importing CSV files. Every record has an id that stays the same in the system it comes from, so an import makes what
//! is new, changes what differs and leaves the rest alone: it can be run again. A bad row is reported with its line,
//! and the rest is imported. Nothing is guessed: what could be read in more than one way is told by an option, and what
//! was detected or left out is said in [`Opened`].

mod batches;
mod cells;
mod columns;
mod contacts;
mod customers;
mod groups;
mod orders;
mod products;
mod references;
mod report;
mod run;
mod sheet;
#[cfg(test)]
mod tests;
mod upsert;

pub use report::{BadRow, Opened, Report};
pub use run::{Told, run};
pub use sheet::Encoding;

use rapport_entity::{Slug, Source, identity::workspace, log::event::ActorKind};

use crate::kernel::{Actor, Ctx, Database, Error, Result};

/// What is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Customers, known by `externalId`.
    Customers,
    /// Contacts, known by their customer's external id and their e-mail address, or where they have none, their name.
    Contacts,
    /// Products, known by `sku`.
    Products,
    /// Orders, known by `externalId`. Rows with the same one are the lines of one order. Where no column has it, each
    /// row is an order, known by its customer, its day, and how many of that customer and day came before it.
    Orders,
}

/// An import: what the file has, and how it is to be read.
#[derive(Clone, Debug)]
pub struct Import {
    /// What is imported.
    pub kind: Kind,
    /// The name of the system that the records come from.
    pub source: Source,
    /// Which column is which field, where the names differ.
    pub map: Vec<(String, String)>,
    /// Fields that are the same in every row.
    pub set: Vec<(String, String)>,
    /// What stands between the cells; detected in the header where left out.
    pub delimiter: Option<char>,
    /// How characters are written.
    pub encoding: Encoding,
    /// How days are written (as for `strftime`); `YYYY-MM-DD` where left out.
    pub date_format: Option<String>,
    /// Numbers have a decimal comma.
    pub decimal_comma: bool,
    /// Orders: make the customers that are missing, from the row's customer fields.
    pub create_customers: bool,
    /// Do everything but change anything.
    pub dry_run: bool,
}

impl Import {
    /// An import that is read in the usual way.
    pub fn new(kind: Kind, source: Source) -> Self {
        Self {
            kind,
            source,
            map: Vec::new(),
            set: Vec::new(),
            delimiter: None,
            encoding: Encoding::Utf8,
            date_format: None,
            decimal_comma: false,
            create_customers: false,
            dry_run: false,
        }
    }
}

/// An import at work in a workspace, for whoever operates the program.
///
/// # Errors
/// [`Error::NotFound`] where there is no such workspace.
pub async fn context(database: &Database, slug: &Slug) -> Result<Ctx> {
    let all = database.workspaces().await?;
    let live = |row: &workspace::Model| row.slug == *slug && row.deleted_at.is_none();
    let workspace = all.into_iter().find(live).ok_or(Error::NotFound("workspace"))?;
    Ok(Ctx::new(database.clone(), Actor::system(&workspace, ActorKind::Import)))
}
