//! What a device keeps of the workspace while it is offline: everything its user may read, page after page, and then
//! what has changed for them since.

mod changes;
mod cursor;
mod records;

use rapport_entity::identity::role::{Scope, Verb};
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;
use uuid::Uuid;

use cursor::{Cursor, Place};
pub use records::SYNCED;

use crate::kernel::{Ctx, Error, Faults, Result, log};

/// So many changes are given at once, at most.
pub const MOST: u64 = 1_000;

/// What a device asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Where the answer before ended; from the beginning where there is none.
    pub cursor: Option<String>,
    /// The kinds of record; all that the user may read where it names none.
    pub types: Vec<String>,
    /// At most so many changes.
    pub limit: u64,
}

/// A part of what a device is to do.
#[derive(Clone, Debug)]
pub struct SyncPage {
    /// What to do, in order.
    pub changes: Vec<SyncChange>,
    /// Where to go on, at once or later.
    pub next_cursor: String,
    /// Whether there is more already.
    pub more: bool,
    /// Whether the device is to forget what it has first: this is the beginning of everything.
    pub reset: bool,
}

/// What has become of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, async_graphql::Enum)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is new, or another than before.
    Changed,
    /// It was deleted.
    Deleted,
    /// The user may no longer read it.
    Removed,
}

/// A record that is to be kept, or forgotten.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SyncChange {
    /// Its kind, e.g. `customer`.
    #[serde(rename = "type")]
    #[schema(max_length = 40, pattern = "^[a-z_]+$")]
    pub kind: &'static str,
    /// Its id.
    pub id: Uuid,
    /// What has become of it.
    pub fate: Fate,
    /// The record as it is, where it is to be kept: what its own operation answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub record: Option<Json>,
}

/// What has changed for the actor since a cursor; everything where there is none, or where what they may read is not what
/// it was.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`]; [`Error::NotFound`] where the cursor is none of ours.
pub async fn page(ctx: &Ctx, asked: &Asked) -> Result<SyncPage> {
    let types = types(ctx, asked)?;
    let mark = cursor::mark(ctx.actor(), &types);
    let cursor = asked.cursor.as_deref().map(Cursor::read).transpose()?;
    let db = ctx.reader().await?;
    let workspace = ctx.actor().workspace;
    if let Some(cursor) =
        cursor.as_ref().filter(|cursor| cursor.place.is_none() && cursor.mark == mark)
        && !log::has_news(&db, workspace, cursor.position).await?
    {
        return Ok(SyncPage {
            changes: Vec::new(),
            next_cursor: cursor.write(),
            more: false,
            reset: false,
        });
    }
    let floor = log::floor(&db, workspace).await?;
    let known = cursor.filter(|cursor| cursor.mark == mark && cursor.position >= floor);
    let Some(cursor) = known else {
        log::settle(&db, workspace).await?;
        let position = log::end(&db, workspace).await?;
        drop(db);
        let start = Cursor { mark, position, place: Some(Place::default()) };
        return Ok(SyncPage { reset: true, ..everything(ctx, &types, start, asked.limit).await? });
    };
    drop(db);
    match cursor.place {
        Some(_) => everything(ctx, &types, cursor, asked.limit).await,
        None => changes::page(ctx, &types, cursor, asked.limit).await,
    }
}

/// The kinds that are asked for and may be read.
fn types(ctx: &Ctx, asked: &Asked) -> Result<Vec<&'static str>> {
    let permissions = &ctx.actor().permissions;
    if permissions.scope("event", Verb::Read) == Scope::None {
        return Err(Error::Forbidden { verb: "read", resource: "event" });
    }
    let mut faults = Faults::default();
    for kind in asked.types.iter().filter(|kind| !SYNCED.contains(&kind.as_str())) {
        faults.invalid("/types", format!("{kind:?} is none of {}", SYNCED.join(", ")));
    }
    if !(1..=MOST).contains(&asked.limit) {
        faults.invalid("/limit", format!("must be from 1 to {MOST}"));
    }
    faults.check()?;
    let wanted =
        |kind: &&str| asked.types.is_empty() || asked.types.iter().any(|asked| asked == kind);
    let may = |kind: &&str| permissions.scope(kind, Verb::Read) != Scope::None;
    Ok(SYNCED.into_iter().filter(wanted).filter(may).collect())
}

/// A part of everything, kind after kind, in the order of ids. What changes meanwhile comes after it.
async fn everything(
    ctx: &Ctx,
    types: &[&'static str],
    from: Cursor,
    limit: u64,
) -> Result<SyncPage> {
    let mut place = from.place.clone().unwrap_or_default();
    let mut changes = Vec::new();
    while let Some(kind) = types.get(place.kind) {
        let wanted = limit - changes.len() as u64;
        let found = records::after(ctx, kind, place.after, wanted).await?;
        let all = (found.len() as u64) < wanted;
        place = match found.last() {
            Some(last) if !all => Place { after: Some(last.id), ..place },
            _ => Place { kind: place.kind + 1, after: None },
        };
        changes.extend(found.into_iter().map(|found| found.change(kind)));
        if !all {
            break;
        }
    }
    let place = (place.kind < types.len()).then_some(place);
    let next_cursor = Cursor { place, ..from }.write();
    Ok(SyncPage { changes, next_cursor, more: true, reset: false })
}
