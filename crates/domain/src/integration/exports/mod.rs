//! Exporting records to files: what a filtered list gives, however much it is.

pub(crate) mod job;
mod write;

use async_graphql::InputObject;
use futures_util::Stream;
use rapport_entity::{
    Label,
    integration::{
        ExportKind, Format,
        export::{ActiveModel, Entity, Fields, Id, Model, State},
    },
    rule::Rule,
};
use sea_orm::ActiveValue::Set;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    files::{self, Files, Part},
    jobs::kind,
};
use crate::kernel::{Create, Ctx, Error, Expected, Faults, Listing, Read, Result, Update};

/// What is to be exported.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewExport {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<Id>,
    /// What is exported.
    pub kind: ExportKind,
    /// How the file is written; as CSV where left out.
    pub format: Option<Format>,
    /// Only the records of which this rule holds.
    pub filter: Option<Rule>,
    /// Only the records with a word that begins with each of these words.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\u0000]*$")]
    pub q: Option<String>,
    /// The fields to sort by, separated by commas; `-` before one turns its order round. Newest first where left out.
    #[schema(min_length = 1, max_length = 500, pattern = "^-?[A-Za-z]+(,-?[A-Za-z]+){0,4}$")]
    pub sort: Option<String>,
    /// Only these fields, in this order; all where left out.
    #[schema(min_items = 1, max_items = 100)]
    pub fields: Option<Vec<Label>>,
}

/// Has records exported to a file: the export is queued, and this does not wait for it.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`] names everything in the filter and the order that is wrong;
/// [`Error::Conflict`] every field that the records do not have.
pub async fn create(ctx: &Ctx, new: NewExport) -> Result<Model> {
    ctx.can::<Entity, Create>()?;
    if let Some(id) = new.id
        && let Some(there) = ctx.can::<Entity, Read>()?.live(&[id]).await?.pop()
    {
        return again(there, &new);
    }
    let listing = Listing {
        filter: new.filter.clone(),
        q: new.q.clone(),
        sort: new.sort.clone(),
        limit: 1,
        ..Listing::default()
    };
    // Whatever is wrong with it is found by asking.
    write::page(ctx, new.kind, &listing.checked()?).await?;
    let fields = new.fields.map(|fields| fields.into_iter().map(String::from).collect::<Vec<_>>());
    check(ctx, new.kind, fields.as_deref().unwrap_or_default())?;
    let row = ActiveModel {
        kind: Set(new.kind),
        state: Set(State::Queued),
        format: Set(new.format.unwrap_or_default()),
        filter: Set(new.filter),
        q: Set(new.q),
        sort: Set(new.sort),
        fields: Set(fields.map(Fields)),
        rows: Set(0),
        bytes: Set(0),
        attempt: Set(0),
        api_key_id: Set(ctx.actor().key),
        ..Default::default()
    };
    ctx.tx(async |tx| {
        let made = tx.can::<Entity, Create>()?.insert(new.id, row).await?;
        tx.enqueue(made.id.uuid(), kind::EXPORT).await?;
        Ok(made)
    })
    .await
}

/// A create that is repeated makes nothing; it must ask for the same.
fn again(there: Model, new: &NewExport) -> Result<Model> {
    let fields = new.fields.iter().flatten().map(|field| field.as_str());
    let same = there.kind == new.kind
        && there.format == new.format.unwrap_or_default()
        && there.filter == new.filter
        && there.q == new.q
        && there.sort == new.sort
        && there.fields.iter().flat_map(|fields| &fields.0).eq(fields);
    match same {
        true => Ok(there),
        false => Err(Error::Duplicate("an export with this id already exists".to_owned())),
    }
}

fn check(ctx: &Ctx, kind: ExportKind, fields: &[String]) -> Result<()> {
    let mut faults = Faults::default();
    for (n, name) in fields.iter().enumerate() {
        if ctx.actor().field(write::catalogue_of(kind), name).is_none() {
            faults.conflict(format!("/fields/{n}"), format!("there is no field {name:?}"));
        } else if fields.iter().take(n).any(|known| known == name) {
            faults.conflict(format!("/fields/{n}"), "is given twice");
        }
    }
    faults.check()
}

/// Calls an export off.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where it is over.
pub async fn cancel(ctx: &Ctx, id: Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let exports = tx.can::<Entity, Update>()?;
        let row = exports.lock(id, Expected::Any).await?;
        if row.state.is_over() {
            return Err(Error::Refused("the export is not under way".to_owned()));
        }
        tx.dequeue(id.uuid()).await?;
        let after = Model { state: State::Cancelled, ended_at: Some(tx.now()), ..row.clone() };
        exports.save(&row, after, "updated", &[]).await
    })
    .await
}

/// The file of an export that is done.
///
/// # Errors
/// [`Error::NotFound`] where there is no such export, or its file is no longer kept; [`Error::Refused`] where it is
/// not done.
pub async fn file(
    ctx: &Ctx,
    files: &Files,
    id: Id,
) -> Result<(Model, impl Stream<Item = std::io::Result<Vec<u8>>> + Send + use<>)> {
    let row = ctx.can::<Entity, Read>()?.one(id).await?;
    if row.state != State::Succeeded {
        return Err(Error::Refused("the export is not done".to_owned()));
    }
    let now = ctx.database().clock().now();
    if row.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::NotFound("file"));
    }
    let path = files.path(row.workspace_id, id.uuid(), Part::Export);
    let file = files::read_or(path, row.bytes, "")?;
    Ok((row, file))
}
