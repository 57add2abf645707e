use std::{fs::File, path::PathBuf};

use async_graphql::InputObject;
use futures_util::Stream;
use rapport_entity::{
    Name, Source,
    integration::{
        Format, ImportOptions, RecordKind,
        import::{ActiveModel, Entity, Id, Model, State},
    },
};
use sea_orm::ActiveValue::Set;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Import, run, table, undo::CONFLICT};
use crate::{
    integration::{
        files::{self, Files, Part},
        jobs::kind,
        mappings,
    },
    kernel::{Create, Ctx, Error, Expected, Fault, Read, Result, Update, patched},
};

/// A file to be imported.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewImport {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<Id>,
    /// What is imported.
    pub kind: RecordKind,
    /// The system the records come from; the mapping's, or `import`, where left out.
    pub source: Option<Source>,
    /// How the file is written; as CSV where left out.
    pub format: Option<Format>,
    /// What the file is called.
    pub file_name: Option<Name>,
    /// Do everything but change anything.
    pub dry_run: Option<bool>,
    /// The name of the mapping that says how the file is read.
    pub mapping: Option<Name>,
    /// How the file is read, where no mapping says so.
    pub options: Option<ImportOptions>,
}

/// Takes a file, as it comes, and has it imported: the import is queued, and this does not wait for it.
///
/// # Errors
/// [`Error::Forbidden`], before anything is read; [`Error::TooLarge`]; [`Error::Malformed`] where the file cannot be
/// read; [`Error::Conflict`] where the options do not fit its columns, or there is no such mapping.
pub async fn create<B: AsRef<[u8]>, E: From<Error>>(
    ctx: &Ctx,
    files: &Files,
    new: NewImport,
    body: impl Stream<Item = Result<B, E>>,
) -> Result<Model, E> {
    let given = new.id;
    let id = given.unwrap_or_default();
    let (import, row) = draft(ctx, new).await?;
    if given.is_some()
        && let Some(there) = ctx.can::<Entity, Read>()?.live(&[id]).await?.pop()
    {
        return Ok(again(there, &row)?);
    }
    let workspace = ctx.actor().workspace;
    let bytes = files.receive(workspace, id.uuid(), body).await?;
    let path = files.path(workspace, id.uuid(), Part::Upload);
    let made = match check(ctx, import, path).await {
        Ok(()) => queue(ctx, id, ActiveModel { bytes: Set(bytes as i64), ..row }).await,
        Err(err) => Err(err),
    };
    if made.is_err() {
        files.remove(workspace, id.uuid(), Part::Upload).await;
    }
    Ok(made?)
}

/// What is to be imported, and how.
async fn draft(ctx: &Ctx, new: NewImport) -> Result<(Import, ActiveModel)> {
    ctx.can::<Entity, Create>()?;
    let mapping = match (&new.mapping, &new.options) {
        (Some(_), Some(_)) => {
            let why = "is not taken with options: the mapping has its own";
            return Err(Error::Conflict(vec![Fault::new("/mapping", why)]));
        }
        (Some(name), None) => Some(mappings::named(ctx, name, new.kind).await?),
        _ => None,
    };
    let (source, options) = match mapping {
        Some(mapping) => (new.source.or(mapping.source), mapping.options),
        None => (new.source, new.options.unwrap_or_default()),
    };
    let source = match source {
        Some(source) => source,
        None => "import".parse().map_err(Error::internal)?,
    };
    let import = Import::of(new.kind, new.format.unwrap_or_default(), source, options.clone());
    run::ask(ctx, &import)?;
    let row = ActiveModel {
        kind: Set(new.kind),
        state: Set(State::Queued),
        source: Set(import.source.clone()),
        file_name: Set(new.file_name),
        format: Set(import.format),
        dry_run: Set(new.dry_run.unwrap_or(false)),
        options: Set(options),
        ..Default::default()
    };
    Ok((import, row))
}

/// A create that is repeated makes nothing, and its file is not read; it must ask for the same.
fn again(there: Model, row: &ActiveModel) -> Result<Model> {
    let wanted = patched::<Entity>(&there, row.clone())?;
    let same = Model { state: there.state, ..wanted } == there;
    match same {
        true => Ok(there),
        false => Err(Error::Duplicate("an import with this id already exists".to_owned())),
    }
}

/// What can be told from the beginning of the file is told at once. (The columns of NDJSON are known at its end.)
async fn check(ctx: &Ctx, import: Import, path: PathBuf) -> Result<()> {
    if import.format == Format::Ndjson {
        return Ok(());
    }
    let ctx = ctx.clone();
    let checked = tokio::task::spawn_blocking(move || {
        let file = File::open(path).map_err(files::unwritable)?;
        let table = table::open(&import, file)?;
        run::check(&ctx, &import, table.header())
    });
    let checked = checked.await.map_err(|err| Error::Internal(err.into()))?;
    // The options are sound in themselves; they do not fit the file.
    checked.map_err(|err| match err {
        Error::Invalid(faults) => Error::Conflict(faults),
        other => other,
    })
}

async fn queue(ctx: &Ctx, id: Id, row: ActiveModel) -> Result<Model> {
    let nothing_yet = ActiveModel {
        api_key_id: Set(ctx.actor().key),
        bytes_read: Set(0),
        rows: Set(0),
        imported: Set(0),
        updated: Set(0),
        unchanged: Set(0),
        failed: Set(0),
        repeated: Set(0),
        customers: Set(0),
        deleted: Set(0),
        restored: Set(0),
        conflicts: Set(0),
        attempt: Set(0),
        batches: Set(0),
        batch_rows: Set(0),
        error_bytes: Set(0),
        conflict_bytes: Set(0),
        ..row
    };
    ctx.tx(async |tx| {
        let made = tx.can::<Entity, Create>()?.insert(Some(id), nothing_yet).await?;
        tx.enqueue(id.uuid(), kind::IMPORT).await?;
        Ok(made)
    })
    .await
}

/// Calls an import off. What was imported until then stays, and can be undone.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where it is over, or being undone.
pub async fn cancel(ctx: &Ctx, id: Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let imports = tx.can::<Entity, Update>()?;
        let row = imports.lock(id, Expected::Any).await?;
        if !matches!(row.state, State::Queued | State::Running) {
            return Err(Error::Refused("the import is not under way".to_owned()));
        }
        tx.dequeue(id.uuid()).await?;
        let after = Model { state: State::Cancelled, ended_at: Some(tx.now()), ..row.clone() };
        imports.save(&row, after, "updated", &[]).await
    })
    .await
}

/// Has an import undone: what it made is deleted, what it changed is changed back, but for members that somebody has
/// changed since. This does not wait for it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where it is not over, is undone already or was a dry run;
/// [`Error::Forbidden`].
pub async fn undo(ctx: &Ctx, id: Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let imports = tx.can::<Entity, Update>()?;
        let row = imports.lock(id, Expected::Any).await?;
        run::ask_undo(tx.actor(), &Import::from(&row))?;
        let refused = match row.state {
            State::Queued | State::Running => Some("the import is under way; cancel it first"),
            State::Undoing => Some("the import is being undone"),
            State::Undone => Some("the import is undone"),
            _ if row.dry_run => Some("a dry run has changed nothing"),
            _ => None,
        };
        if let Some(why) = refused {
            return Err(Error::Refused(why.to_owned()));
        }
        // The queue counts its attempts anew.
        let (undone_by, undone_by_key) = (tx.actor().user, tx.actor().key);
        let before = Model { attempt: 0, undone_by, undone_by_key, ..row };
        let silent = ActiveModel {
            attempt: Set(0),
            undone_by: Set(undone_by),
            undone_by_key: Set(undone_by_key),
            ..Default::default()
        };
        tx.rows::<Entity>().change(silent, super::job::this(id)).await?;
        tx.enqueue(id.uuid(), kind::UNDO).await?;
        let after =
            Model { state: State::Undoing, ended_at: None, problem: None, ..before.clone() };
        imports.save(&before, after, "updated", &[]).await
    })
    .await
}

/// The rows that were not imported, as a CSV file, as far as they are known.
///
/// # Errors
/// [`Error::NotFound`] where there is no such import, or its files are no longer kept.
pub async fn errors(
    ctx: &Ctx,
    files: &Files,
    id: Id,
) -> Result<impl Stream<Item = std::io::Result<Vec<u8>>> + Send + use<>> {
    let row = ctx.can::<Entity, Read>()?.one(id).await?;
    let path = files.path(row.workspace_id, id.uuid(), Part::Errors);
    files::read_or(path, row.error_bytes, "line,field,reason\n")
}

/// What could not be undone, as a CSV file, as far as it is known.
///
/// # Errors
/// [`Error::NotFound`] where there is no such import, or its files are no longer kept.
pub async fn conflicts(
    ctx: &Ctx,
    files: &Files,
    id: Id,
) -> Result<impl Stream<Item = std::io::Result<Vec<u8>>> + Send + use<>> {
    let row = ctx.can::<Entity, Read>()?.one(id).await?;
    let path = files.path(row.workspace_id, id.uuid(), Part::Conflicts);
    files::read_or(path, row.conflict_bytes, &format!("{}\n", CONFLICT.join(",")))
}
