//! Importing files. Every record has an id that stays the same in the system it comes from, so an import makes what
//! is new, changes what differs and leaves the rest alone: it can be run again. A bad row is reported with its line,
//! and the rest is imported. Nothing is guessed: what could be read in more than one way is told by an option, and what
//! was detected or left out is said in [`Opened`].

mod batches;
mod cells;
mod columns;
mod contacts;
mod customers;
mod extension;
mod former;
mod groups;
pub(crate) mod job;
mod leads;
mod lines;
mod opportunities;
mod orders;
mod products;
mod references;
mod report;
mod requests;
mod run;
mod sheet;
mod survey_responses;
mod table;
#[cfg(test)]
mod tests;
mod translated;
pub(crate) mod undo;
mod upload;
mod upsert;

pub use report::{BadRow, Opened, Report};
pub use run::{Told, run};
pub use upload::{NewImport, cancel, conflicts, create, errors, undo as undo_import};

pub use rapport_entity::integration::{Encoding, RecordKind as Kind};
use rapport_entity::{
    Slug, Source,
    identity::workspace,
    integration::{Format, ImportOptions, import},
    log::event::ActorKind,
};

use crate::{
    facts,
    kernel::{Ctx, Database, Error, Result},
};

/// An import: what the file has, and how it is to be read.
#[derive(Clone, Debug)]
pub struct Import {
    /// What is imported.
    pub kind: Kind,
    /// How the file is written.
    pub format: Format,
    /// The name of the system that the records come from.
    pub source: Source,
    /// Which column is which field, where the names differ.
    pub map: Vec<(String, String)>,
    /// Fields that are the same in every row.
    pub set: Vec<(String, String)>,
    /// What values of fields become: the field, the value in the file, and what it means here.
    pub values: Vec<(String, String, String)>,
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
            format: Format::Csv,
            source,
            map: Vec::new(),
            set: Vec::new(),
            values: Vec::new(),
            delimiter: None,
            encoding: Encoding::Utf8,
            date_format: None,
            decimal_comma: false,
            create_customers: false,
            dry_run: false,
        }
    }
}

impl Import {
    /// An import that is read as options say.
    fn of(kind: Kind, format: Format, source: Source, options: ImportOptions) -> Self {
        let ImportOptions { map, set, values, .. } = options;
        Self {
            kind,
            format,
            source,
            map: map.into_iter().map(|pair| (pair.column.into(), pair.field.into())).collect(),
            set: set.into_iter().map(|pair| (pair.field.into(), pair.value.into())).collect(),
            values: values
                .into_iter()
                .map(|of| (of.field.into(), of.value.into(), of.becomes.into()))
                .collect(),
            delimiter: options.delimiter.and_then(|text| text.as_str().chars().next()),
            encoding: options.encoding,
            date_format: options.date_format.map(String::from),
            decimal_comma: options.decimal_comma,
            create_customers: options.create_customers,
            dry_run: false,
        }
    }
}

impl From<&import::Model> for Import {
    fn from(row: &import::Model) -> Self {
        let import = Self::of(row.kind, row.format, row.source.clone(), row.options.clone());
        Self { dry_run: row.dry_run, ..import }
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
    facts::system(database, &workspace, ActorKind::Import).await
}
