use std::str::FromStr;

use actix_web::{
    HttpRequest, HttpResponse, Responder, get, post,
    web::{Data, Path, Payload},
};
use futures_util::StreamExt;
use rapport_domain::{
    Error,
    integration::{
        files::Files,
        imports::{self, NewImport},
        jobs,
    },
    records,
};
use rapport_entity::{
    Invalid, Name, Source, Versioned,
    integration::{
        ColumnOfField, Encoding, Format, ImportOptions, MeaningOfValue, RecordKind, ValueOfField,
        import::{Entity, Id, Model},
    },
};
use rapport_http::{
    body,
    caller::Caller,
    problem::{ApiError, Problem},
    sse::{self, Message},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::IntoParams;

use crate::{
    Created, File, Json, ListQuery, Listed, Record, Reply, Routes, SearchRequest,
    query::{each_but, unknown},
    reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_imports)
        .service(search_imports)
        .service(create_import)
        .service(get_import)
        .service(cancel_import)
        .service(undo_import)
        .service(get_import_errors)
        .service(get_import_conflicts)
        .service(follow_import);
}

/// Imports, newest first.
#[utoipa::path(tag = "imports", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/imports")]
async fn list_imports(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Imports, as a list, with the parameters in the body.
#[utoipa::path(tag = "imports", responses((status = 200, body = List<Model>), Problem))]
#[post("/imports/search")]
async fn search_imports(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// The parameters of an import.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct ImportQuery {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    #[param(format = "uuid")]
    id: Option<String>,
    /// What is imported.
    #[param(inline)]
    kind: RecordKind,
    /// The system the records come from: external ids are unique within it. The mapping's, or `import`, where left out.
    #[param(min_length = 1, max_length = 63, pattern = "^[a-z0-9][a-z0-9_-]*$")]
    source: Option<String>,
    /// What the file is called.
    #[param(min_length = 1, max_length = 200, pattern = r"^[^\u0000]*$")]
    file_name: Option<String>,
    /// Do everything but change anything.
    #[param(default = false)]
    dry_run: Option<bool>,
    /// The name of the mapping that says how the file is read; the parameters below are not taken with it.
    #[param(min_length = 1, max_length = 200, pattern = r"^[^\u0000]*$")]
    mapping: Option<String>,
    /// Which column is which field, where the names differ, as `COLUMN=FIELD`; may be given many times.
    #[param(inline, max_items = 100)]
    map: Option<Vec<ColumnIsField>>,
    /// A field that is the same in every row, as `FIELD=VALUE`; may be given many times.
    #[param(inline, max_items = 100)]
    set: Option<Vec<FieldIsValue>>,
    /// What a value of a field becomes, as `FIELD:VALUE=MEANING`; may be given many times.
    #[param(inline, max_items = 500)]
    values: Option<Vec<FieldValueMeans>>,
    /// What stands between the cells of a CSV file: one ASCII character; found out from the header where left out.
    #[param(min_length = 1, max_length = 1, pattern = r"^[\t !#-~]$")]
    delimiter: Option<String>,
    /// How characters are written in a CSV file.
    #[param(inline)]
    encoding: Option<Encoding>,
    /// How days are written, as for `strftime`, e.g. `%d.%m.%Y`; `YYYY-MM-DD` where left out.
    #[param(min_length = 1, max_length = 50, pattern = "^(%[YymdejbBhUWaAuwGgVDFxv%]|[ -$&-~])*$")]
    date_format: Option<String>,
    /// Numbers have a decimal comma.
    #[param(default = false)]
    decimal_comma: Option<bool>,
    /// Orders: make the customers that are missing, from the row's customer fields.
    #[param(default = false)]
    create_customers: Option<bool>,
}

/// `COLUMN=FIELD`
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, min_length = 3, max_length = 301, pattern = r"^[^\u0000]{1,200}=[^\u0000=]{1,100}$")]
#[expect(dead_code, reason = "it describes what is read by hand")]
struct ColumnIsField(String);

/// `FIELD=VALUE`
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, min_length = 3, max_length = 301, pattern = r"^[^\u0000=]{1,100}=[^\u0000]{1,200}$")]
#[expect(dead_code, reason = "it describes what is read by hand")]
struct FieldIsValue(String);

/// `FIELD:VALUE=MEANING`
#[derive(utoipa::ToSchema)]
#[schema(
    value_type = String,
    min_length = 5,
    max_length = 502,
    pattern = r"^[^\u0000:]{1,100}:[^\u0000]{1,200}=[^\u0000=]{1,200}$"
)]
#[expect(dead_code, reason = "it describes what is read by hand")]
struct FieldValueMeans(String);

/// What the parameters say.
#[derive(Default)]
struct Asked {
    id: Option<Id>,
    kind: Option<RecordKind>,
    source: Option<Source>,
    file_name: Option<Name>,
    dry_run: Option<bool>,
    mapping: Option<Name>,
    options: Option<ImportOptions>,
}

impl Asked {
    fn read(query: &str, format: Format) -> Result<NewImport, Error> {
        let mut asked = Self::default();
        each_but(query, &["map", "set", "values"], |name, value| asked.set(name, value))?;
        let Self { id, kind, source, file_name, dry_run, mapping, options } = asked;
        let kind = kind.ok_or_else(|| Error::invalid("/kind", "is needed"))?;
        let format = Some(format);
        Ok(NewImport { id, kind, source, format, file_name, dry_run, mapping, options })
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        match name {
            "id" => {
                let wrong = |_| Error::invalid("/id", "must be a UUID");
                self.id = Some(value.parse().map_err(wrong)?);
            }
            "kind" => self.kind = Some(word(name, value)?),
            "source" => self.source = Some(text(name, value)?),
            "fileName" => self.file_name = Some(text(name, value)?),
            "dryRun" => self.dry_run = Some(truth(name, value)?),
            "mapping" => self.mapping = Some(text(name, value)?),
            _ => self.set_option(name, value)?,
        }
        Ok(())
    }

    fn set_option(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let options = self.options.get_or_insert_default();
        match name {
            "map" => options.map.push(pair(name, value.rsplit_once('='), |column, field| {
                Ok(ColumnOfField { column: text(name, column)?, field: text(name, field)? })
            })?),
            "set" => options.set.push(pair(name, value.split_once('='), |field, value| {
                Ok(ValueOfField { field: text(name, field)?, value: text(name, value)? })
            })?),
            "values" => {
                let (field, rest) = value.split_once(':').unwrap_or_default();
                options.values.push(pair(name, rest.rsplit_once('='), |value, becomes| {
                    let field = text(name, field)?;
                    Ok(MeaningOfValue {
                        field,
                        value: text(name, value)?,
                        becomes: text(name, becomes)?,
                    })
                })?);
            }
            "delimiter" => options.delimiter = Some(text(name, value)?),
            "encoding" => options.encoding = word(name, value)?,
            "dateFormat" => options.date_format = Some(text(name, value)?),
            "decimalComma" => options.decimal_comma = truth(name, value)?,
            "createCustomers" => options.create_customers = truth(name, value)?,
            _ => return Err(unknown(name)),
        }
        Ok(())
    }
}

fn text<T: FromStr<Err = Invalid>>(name: &str, value: &str) -> Result<T, Error> {
    value.parse().map_err(|why| Error::invalid(format!("/{name}"), why))
}

fn truth(name: &str, value: &str) -> Result<bool, Error> {
    value.parse().map_err(|_| Error::invalid(format!("/{name}"), "must be true or false"))
}

/// A word of a list.
fn word<T: DeserializeOwned>(name: &str, value: &str) -> Result<T, Error> {
    serde_json::from_value(Value::from(value))
        .map_err(|err| Error::invalid(format!("/{name}"), err))
}

fn pair<T>(
    name: &str,
    pair: Option<(&str, &str)>,
    of: impl FnOnce(&str, &str) -> Result<T, Error>,
) -> Result<T, Error> {
    let (left, right) = pair.ok_or_else(|| Error::invalid(format!("/{name}"), "wants A=B"))?;
    of(left, right)
}

/// Import a file, which is the body.
///
/// The answer comes when the file is here; the import then goes on by itself, and goes on where it was after every
/// end of the program. A row that is wrong is left out and stands in the error file; the rest is imported. Records are
/// known by their external ids, so the same file can be imported again, and changes what differs.
#[utoipa::path(
    tag = "imports",
    params(ImportQuery),
    request_body(content((String = "text/csv"), (String = "application/x-ndjson")), description = "The file."),
    responses((status = 201, body = Model), Problem)
)]
#[post("/imports")]
async fn create_import(
    me: Caller,
    req: HttpRequest,
    body: Payload,
    files: Data<Files>,
) -> Result<Created<Model>, actix_web::Error> {
    let format = if body::is_of(&req, NDJSON) { Format::Ndjson } else { Format::Csv };
    let new = Asked::read(req.query_string(), format).map_err(ApiError::from)?;
    let body = body::stream(&req, body.into_inner(), &["text/csv", NDJSON], files.most())?;
    let record = imports::create(&me, &files, new, body).await.map_err(|refused| refused.0)?;
    Ok(Created { record, at: "imports" })
}

/// JSON objects, one on each line.
pub const NDJSON: &str = "application/x-ndjson";

/// One import, as far as it has come.
#[utoipa::path(tag = "imports", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/imports/{id}")]
async fn get_import(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Call an import off. What was imported until then stays, and can be undone.
#[utoipa::path(tag = "imports", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/imports/{id}/cancel")]
async fn cancel_import(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(imports::cancel(&me, *id).await?))
}

/// Undo an import: what it made is deleted, what it changed is changed back.
///
/// A member that somebody has changed since stays as it is, and stands in the file of conflicts. What was deleted can be
/// restored.
#[utoipa::path(tag = "imports", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/imports/{id}/undo")]
async fn undo_import(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(imports::undo_import(&me, *id).await?))
}

/// The rows that were not imported, each with its line, the fields and the reasons, under the file's own columns: put them
/// right, and import this file.
#[utoipa::path(
    tag = "imports",
    params(Id),
    responses((status = 200, body = String, content_type = "text/csv"), Problem)
)]
#[get("/imports/{id}/errors")]
async fn get_import_errors(me: Caller, id: Path<Id>, files: Data<Files>) -> Reply<impl Responder> {
    let content = imports::errors(&me, &files, *id).await?;
    Ok(File { name: format!("import-{id}-errors.csv"), kind: CSV, content })
}

/// What could not be undone: members that somebody has changed since, each with what it was before, what was imported,
/// and what it is now.
#[utoipa::path(
    tag = "imports",
    params(Id),
    responses((status = 200, body = String, content_type = "text/csv"), Problem)
)]
#[get("/imports/{id}/conflicts")]
async fn get_import_conflicts(
    me: Caller,
    id: Path<Id>,
    files: Data<Files>,
) -> Reply<impl Responder> {
    let content = imports::conflicts(&me, &files, *id).await?;
    Ok(File { name: format!("import-{id}-conflicts.csv"), kind: CSV, content })
}

/// The media type of a CSV file.
pub const CSV: &str = "text/csv; charset=utf-8";

/// How far an import has come, as it goes on: the import, each time that it has changed, until it is over.
#[utoipa::path(
    tag = "imports",
    params(Id),
    responses((status = 200, body = String, content_type = "text/event-stream"), Problem)
)]
#[get("/imports/{id}/progress")]
async fn follow_import(me: Caller, id: Path<Id>, req: HttpRequest) -> Reply<HttpResponse> {
    let is_over = |row: &Model| row.state.is_over();
    let progress = jobs::follow::<Entity>(me.clone(), *id, is_over).await?;
    Ok(sse::answer(&req, progress.map(|row| message(&row?))))
}

/// A record as an event of a stream.
pub fn message<T: Serialize + Versioned>(record: &T) -> Result<Message, Error> {
    let data = serde_json::to_string(record).map_err(|err| Error::Internal(err.into()))?;
    Ok(Message { id: Some(record.tag()), event: Some("progress"), data })
}
