use std::io::{Read, Seek, Write};

use rapport_entity::{
    identity::role::{Scope, Verb},
    integration::Unknown,
};
use tokio::sync::mpsc::{self, Receiver};

use super::{
    Import, Kind,
    batches::{self, Batch, Item, Reader, bad_rows},
    cells::FieldName,
    columns::Columns,
    contacts, customers, extension, leads, opportunities, orders, products,
    report::{BadRow, ErrorFile, Opened, Report},
    requests, survey_responses,
    table::{self, Table},
    translated,
    upsert::Outcome,
};
use crate::kernel::{Actor, Ctx, Error, Result, Tx};

/// What an import says while it goes on.
#[derive(Clone, Debug)]
pub enum Told {
    /// The file is open, and its columns are known.
    Opened(Opened),
    /// Another batch is done.
    Progress(Report),
    /// What the file has named so far that is not known here.
    Unknown(Unknown),
}

/// How the records of one kind are written.
pub(super) trait Writer {
    /// What is written.
    type Record;

    /// Writes records in one transaction and says what became of each.
    async fn write(&mut self, tx: &Tx<'_>, items: &[Item<Self::Record>]) -> Result<Vec<Outcome>>;

    /// How many customers the last batch made for its orders.
    fn take_customers(&mut self) -> u64 {
        0
    }

    /// What the last batch names that is not known here.
    fn take_unknown(&mut self) -> Unknown {
        Unknown::default()
    }

    /// Nothing of the last batch was kept.
    fn forget(&mut self) {}
}

/// Keeps account of an import while it goes on.
pub(super) trait Journal {
    /// Who imports, with the leave that they have now.
    async fn ctx(&mut self) -> Result<Ctx>;

    /// The file is open. Says what of it has been done before.
    async fn open(&mut self, opened: &Opened) -> Result<Begun>;

    /// A batch is about to be written in a transaction.
    async fn begin(&mut self, tx: &Tx<'_>) -> Result<()>;

    /// A batch was written; what is recorded of it is kept if and only if the batch is.
    async fn keep(&mut self, tx: &Tx<'_>, done: &Done) -> Result<()>;

    /// A batch was written and kept.
    fn kept(&mut self, done: &Done) -> Result<()>;
}

/// What has been done of a file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Begun {
    /// So many batches.
    pub batches: u32,
    /// What became of their rows.
    pub report: Report,
}

/// A batch that is done.
#[derive(Debug)]
pub(super) struct Done {
    /// The how-many-eth it is, from 1.
    pub number: u32,
    /// How far into the file that is, in bytes.
    pub position: u64,
    /// What became of all rows so far.
    pub report: Report,
    /// The bad rows in it.
    pub bad: Vec<BadRow>,
    /// What it names that is not known here.
    pub unknown: Unknown,
}

/// Imports a file. Bad rows go to `errors`; nothing is written there while there is none.
///
/// # Errors
/// [`Error::Invalid`] names every option that does not fit the file, before anything is imported;
/// [`Error::Malformed`] where the file cannot be read; [`Error::Forbidden`] where the actor may not make and
/// change every record of the kind. What was imported before an error stays, and is left alone the next time.
pub async fn run(
    ctx: &Ctx,
    import: Import,
    file: impl Read + Seek + Send + 'static,
    errors: impl Write,
    tell: impl FnMut(Told),
) -> Result<Report> {
    let unknown = Unknown::default();
    let mut teller = Teller { ctx, to: Some(errors), errors: None, unknown, tell };
    let report = run_with(&mut teller, import, file).await?;
    teller.errors.as_mut().map_or(Ok(()), ErrorFile::flush)?;
    Ok(report)
}

/// Tells whoever waits for the import.
struct Teller<'a, W: Write, T> {
    ctx: &'a Ctx,
    to: Option<W>,
    errors: Option<ErrorFile<W>>,
    unknown: Unknown,
    tell: T,
}

impl<W: Write, T: FnMut(Told)> Journal for Teller<'_, W, T> {
    async fn ctx(&mut self) -> Result<Ctx> {
        Ok(self.ctx.clone())
    }

    async fn open(&mut self, opened: &Opened) -> Result<Begun> {
        let file = |to| ErrorFile::new(to, opened.header.clone(), opened.delimiter as u8);
        self.errors = self.to.take().map(file);
        (self.tell)(Told::Opened(opened.clone()));
        Ok(Begun::default())
    }

    async fn begin(&mut self, _: &Tx<'_>) -> Result<()> {
        Ok(())
    }

    async fn keep(&mut self, _: &Tx<'_>, _: &Done) -> Result<()> {
        Ok(())
    }

    fn kept(&mut self, done: &Done) -> Result<()> {
        if let Some(errors) = &mut self.errors {
            done.bad.iter().try_for_each(|bad| errors.write(bad))?;
        }
        if !done.unknown.is_empty() {
            self.unknown.join(done.unknown.clone());
            (self.tell)(Told::Unknown(self.unknown.clone()));
        }
        (self.tell)(Told::Progress(done.report));
        Ok(())
    }
}

/// Imports a file, or what is left of it.
pub(super) async fn run_with(
    journal: &mut impl Journal,
    import: Import,
    file: impl Read + Seek + Send + 'static,
) -> Result<Report> {
    let opening = import.clone();
    let table = tokio::task::spawn_blocking(move || table::open(&opening, file)).await;
    let table = table.map_err(|err| Error::Internal(err.into()))??;
    let ctx = journal.ctx().await?;
    ask(&ctx, &import)?;
    let actor = ctx.actor().clone();
    let columns = columns(table.header(), &import, &actor)?;
    let (of, table) = (import.clone(), translated::translated(table, &columns, &import));
    let running = Running { journal, import: of, table, columns };
    match import.kind {
        Kind::Customers => {
            let reader = customers::Customers::new(&running.columns, &import, &actor)?;
            running.go(reader, customers::Writing::new(&import)).await
        }
        Kind::Contacts => {
            let reader = contacts::Contacts::new(&running.columns, &import, &actor)?;
            running.go(reader, contacts::Writing::new(&import)).await
        }
        Kind::Products => {
            let reader = products::Products::new(&running.columns, &import, &actor)?;
            running.go(reader, products::Writing::new(&import)).await
        }
        Kind::Opportunities => {
            let reader = opportunities::Opportunities::new(&running.columns, &import, &actor)?;
            running.go(reader, opportunities::Writing::new(&import)).await
        }
        Kind::Leads => {
            let reader = leads::Leads::new(&running.columns, &import, &actor)?;
            running.go(reader, leads::Writing::new(&import)).await
        }
        Kind::ServiceRequests => {
            let reader = requests::Requests::new(&running.columns, &import, &actor)?;
            running.go(reader, requests::Writing::new(&import)).await
        }
        Kind::SurveyResponses => {
            let reader = survey_responses::SurveyResponses::new(&running.columns, &import, &actor)?;
            running.go(reader, survey_responses::Writing::new(&import)).await
        }
        Kind::Orders => {
            let reader = orders::Orders::new(&running.columns, &import, &actor)?;
            running.go(reader, orders::Writing::new(&import)).await
        }
    }
}

/// Whether the options fit the file, as far as its beginning tells.
///
/// # Errors
/// As [`run`].
pub(super) fn check(ctx: &Ctx, import: &Import, header: &[String]) -> Result<()> {
    let actor = ctx.actor();
    let columns = columns(header, import, actor)?;
    match import.kind {
        Kind::Customers => customers::Customers::new(&columns, import, actor).map(drop),
        Kind::Contacts => contacts::Contacts::new(&columns, import, actor).map(drop),
        Kind::Products => products::Products::new(&columns, import, actor).map(drop),
        Kind::Opportunities => opportunities::Opportunities::new(&columns, import, actor).map(drop),
        Kind::Leads => leads::Leads::new(&columns, import, actor).map(drop),
        Kind::ServiceRequests => requests::Requests::new(&columns, import, actor).map(drop),
        Kind::SurveyResponses => {
            survey_responses::SurveyResponses::new(&columns, import, actor).map(drop)
        }
        Kind::Orders => orders::Orders::new(&columns, import, actor).map(drop),
    }
}

fn columns(header: &[String], import: &Import, actor: &Actor) -> Result<Columns> {
    let fields = match import.kind {
        Kind::Customers => customers::FIELDS.to_vec(),
        Kind::Contacts => contacts::FIELDS.to_vec(),
        Kind::Products => products::FIELDS.to_vec(),
        Kind::Opportunities => opportunities::FIELDS.to_vec(),
        Kind::Leads => leads::FIELDS.to_vec(),
        Kind::ServiceRequests => requests::FIELDS.to_vec(),
        Kind::SurveyResponses => survey_responses::FIELDS.to_vec(),
        Kind::Orders => orders::fields(import),
    };
    let fields = fields.into_iter().map(FieldName::Borrowed);
    let all: Vec<FieldName> =
        fields.chain(extension::fields(actor, resource(import.kind))).collect();
    let columns = Columns::new(header, &all, import)?;
    translated::check(&columns, import)?;
    Ok(columns)
}

/// An import finds, makes and changes records whoever owns them; contacts and orders are a customer's.
pub(super) fn ask(ctx: &Ctx, import: &Import) -> Result<()> {
    let may = |resource, verb| match ctx.actor().permissions.scope(resource, verb) {
        Scope::All => Ok(()),
        _ => Err(Error::Forbidden { verb: "import", resource }),
    };
    let resource = resource(import.kind);
    may(resource, Verb::Read)?;
    may(resource, Verb::Create)?;
    may(resource, Verb::Update)?;
    if matches!(
        import.kind,
        Kind::Contacts | Kind::Opportunities | Kind::Orders | Kind::SurveyResponses
    ) {
        may("customer", Verb::Read)?;
    }
    if import.kind == Kind::SurveyResponses {
        may("survey", Verb::Read)?;
    }
    if import.kind == Kind::ServiceRequests {
        may("request_message", Verb::Create)?;
    }
    match import.create_customers && import.kind == Kind::Orders {
        true => may("customer", Verb::Create).and(may("customer", Verb::Update)),
        false => Ok(()),
    }
}

/// To undo an import is to change and delete records whoever owns them.
pub(super) fn ask_undo(actor: &Actor, import: &Import) -> Result<()> {
    let may = |resource, verb| match actor.permissions.scope(resource, verb) {
        Scope::All => Ok(()),
        _ => Err(Error::Forbidden { verb: "undo an import of", resource }),
    };
    let with_customers = import.create_customers && import.kind == Kind::Orders;
    let resources = std::iter::once(resource(import.kind));
    for resource in resources.chain(with_customers.then_some("customer")) {
        may(resource, Verb::Update)?;
        may(resource, Verb::Delete)?;
    }
    Ok(())
}

fn resource(kind: Kind) -> &'static str {
    match kind {
        Kind::Customers => "customer",
        Kind::Contacts => "contact",
        Kind::Products => "product",
        Kind::Opportunities => "opportunity",
        Kind::Leads => "lead",
        Kind::ServiceRequests => "service_request",
        Kind::SurveyResponses => "survey_response",
        Kind::Orders => "order",
    }
}

struct Running<'a, J> {
    journal: &'a mut J,
    import: Import,
    table: Box<dyn Table>,
    columns: Columns,
}

impl<J: Journal> Running<'_, J> {
    async fn go<K>(self, reader: K, writer: impl Writer<Record = K::Record>) -> Result<Report>
    where
        K: Reader,
    {
        let opened = Opened {
            delimiter: self.table.delimiter(),
            detected: self.table.detected(),
            header: self.table.header().to_vec(),
            used: self.columns.used,
            ignored: self.columns.ignored,
        };
        let begun = self.journal.open(&opened).await?;
        let (to, from) = mpsc::channel(2);
        let table = self.table;
        let reading =
            tokio::task::spawn_blocking(move || batches::send(table, reader, begun.batches, &to));
        let writing =
            Writes { journal: self.journal, import: self.import, writer, report: begun.report };
        let report = writing.all(from).await?;
        reading.await.map_err(|err| Error::Internal(err.into()))??;
        Ok(report)
    }
}

struct Writes<'a, J, V> {
    journal: &'a mut J,
    import: Import,
    writer: V,
    report: Report,
}

impl<J: Journal, V: Writer> Writes<'_, J, V> {
    async fn all(mut self, mut from: Receiver<Batch<V::Record>>) -> Result<Report> {
        while let Some(batch) = from.recv().await {
            let done = self.write(batch).await?;
            self.report = done.report;
            self.journal.kept(&done)?;
        }
        Ok(self.report)
    }

    /// Where somebody else made one of the records at the same time, it is there the second time.
    async fn write(&mut self, batch: Batch<V::Record>) -> Result<Done> {
        match self.try_write(&batch).await {
            Err(Error::Duplicate(_)) => {
                self.writer.forget();
                self.try_write(&batch).await
            }
            done => done,
        }
    }

    async fn try_write(&mut self, batch: &Batch<V::Record>) -> Result<Done> {
        let ctx = self.journal.ctx().await?;
        ask(&ctx, &self.import)?;
        let (journal, writer, before) = (&mut *self.journal, &mut self.writer, self.report);
        ctx.tx(async |tx| {
            journal.begin(tx).await?;
            let outcomes = match batch.items.is_empty() {
                true => Vec::new(),
                false => writer.write(tx, &batch.items).await?,
            };
            let mut done = settled(batch, outcomes, before);
            done.report.customers += writer.take_customers();
            done.unknown = writer.take_unknown();
            journal.keep(tx, &done).await?;
            Ok(done)
        })
        .await
    }
}

/// What became of the rows of a batch.
fn settled<T>(batch: &Batch<T>, outcomes: Vec<Outcome>, mut report: Report) -> Done {
    let mut bad = batch.bad.clone();
    for (item, outcome) in batch.items.iter().zip(outcomes) {
        match outcome {
            Outcome::Imported => report.imported += 1,
            Outcome::Updated => report.updated += 1,
            Outcome::Unchanged => report.unchanged += 1,
            Outcome::Failed(wrong) => bad.extend(bad_rows(item.rows.clone(), wrong)),
        }
    }
    report.rows += batch.read;
    report.repeated += batch.repeated;
    report.failed += bad.len() as u64;
    bad.sort_by_key(|bad| bad.line);
    let unknown = Unknown::default();
    Done { number: batch.number, position: batch.position, report, bad, unknown }
}
