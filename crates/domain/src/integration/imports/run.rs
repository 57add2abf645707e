use std::io::{Read, Seek, Write};

use rapport_entity::identity::role::{Scope, Verb};
use tokio::sync::mpsc::{self, Receiver};

use super::{
    Import, Kind,
    batches::{self, Batch, Item, Reader, bad_rows},
    columns::Columns,
    contacts, customers, orders, products,
    report::{ErrorFile, Opened, Report},
    sheet::Sheet,
    upsert::Outcome,
};
use crate::kernel::{Ctx, Error, Result, Tx};

/// What an import says while it goes on.
#[derive(Clone, Debug)]
pub enum Told {
    /// The file is open, and its columns are known.
    Opened(Opened),
    /// Another batch is done.
    Progress(Report),
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

    /// Nothing of the last batch was kept.
    fn forget(&mut self) {}
}

/// Imports a file. Bad rows go to `errors`; nothing is written there while there is none.
///
/// # Errors
/// [`Error::Invalid`] names every option that does not fit the file, before anything is imported;
/// [`Error::Malformed`] where the file cannot be read as CSV; [`Error::Forbidden`] where the actor may not make and
/// change every record of the kind. What was imported before an error stays, and is left alone the next time.
pub async fn run(
    ctx: &Ctx,
    import: Import,
    file: impl Read + Seek + Send + 'static,
    errors: impl Write,
    tell: impl FnMut(Told),
) -> Result<Report> {
    let sheet = Sheet::open(file, import.delimiter, import.encoding)?;
    let running = Running { ctx, errors, tell };
    match import.kind {
        Kind::Customers => {
            ask(ctx, "customer")?;
            let columns = Columns::new(&sheet.header, &customers::FIELDS, &import)?;
            let reader = customers::Customers::new(&columns, &import)?;
            running.go(sheet, columns, reader, customers::Writing::new(&import)).await
        }
        Kind::Contacts => {
            ask(ctx, "contact")?;
            let columns = Columns::new(&sheet.header, &contacts::FIELDS, &import)?;
            let reader = contacts::Contacts::new(&columns)?;
            running.go(sheet, columns, reader, contacts::Writing::new(&import)).await
        }
        Kind::Products => {
            ask(ctx, "product")?;
            let columns = Columns::new(&sheet.header, &products::FIELDS, &import)?;
            let reader = products::Products::new(&columns, &import, ctx.actor().currency.clone())?;
            running.go(sheet, columns, reader, products::Writing::new(&import)).await
        }
        Kind::Orders => {
            ask(ctx, "order")?;
            if import.create_customers {
                ask(ctx, "customer")?;
            }
            let columns = Columns::new(&sheet.header, &orders::fields(&import), &import)?;
            let reader = orders::Orders::new(&columns, &import, ctx.actor().currency.clone())?;
            running.go(sheet, columns, reader, orders::Writing::new(&import)).await
        }
    }
}

/// An import makes and changes records whoever owns them.
fn ask(ctx: &Ctx, resource: &'static str) -> Result<()> {
    for (verb, said) in [(Verb::Create, "import"), (Verb::Update, "import")] {
        if ctx.actor().permissions.scope(resource, verb) != Scope::All {
            return Err(Error::Forbidden { verb: said, resource });
        }
    }
    Ok(())
}

struct Running<'a, W: Write, T> {
    ctx: &'a Ctx,
    errors: W,
    tell: T,
}

impl<W: Write, T: FnMut(Told)> Running<'_, W, T> {
    async fn go<R, K>(
        mut self,
        sheet: Sheet<R>,
        columns: Columns,
        reader: K,
        writer: impl Writer<Record = K::Record>,
    ) -> Result<Report>
    where
        R: Read + Seek + Send + 'static,
        K: Reader,
    {
        let errors = ErrorFile::new(&mut self.errors, sheet.header.clone(), sheet.delimiter as u8);
        (self.tell)(Told::Opened(Opened {
            delimiter: sheet.delimiter,
            detected: sheet.detected,
            used: columns.used,
            ignored: columns.ignored,
        }));
        let (to, from) = mpsc::channel(2);
        let reading = tokio::task::spawn_blocking(move || batches::send(sheet, reader, &to));
        let writing = Writes { ctx: self.ctx, errors, writer };
        let report = writing.all(from, &mut self.tell).await?;
        reading.await.map_err(|err| Error::Internal(err.into()))??;
        Ok(report)
    }
}

struct Writes<'a, W: Write, V> {
    ctx: &'a Ctx,
    errors: ErrorFile<W>,
    writer: V,
}

impl<W: Write, V: Writer> Writes<'_, W, V> {
    async fn all(
        mut self,
        mut from: Receiver<Batch<V::Record>>,
        tell: &mut impl FnMut(Told),
    ) -> Result<Report> {
        let mut report = Report::default();
        while let Some(batch) = from.recv().await {
            self.batch(batch, &mut report).await?;
            tell(Told::Progress(report));
        }
        self.errors.flush()?;
        Ok(report)
    }

    async fn batch(&mut self, mut batch: Batch<V::Record>, report: &mut Report) -> Result<()> {
        report.rows += batch.read;
        report.repeated += batch.repeated;
        let outcomes = self.write(&batch.items).await?;
        report.customers += self.writer.take_customers();
        for (item, outcome) in batch.items.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Imported => report.imported += 1,
                Outcome::Updated => report.updated += 1,
                Outcome::Unchanged => report.unchanged += 1,
                Outcome::Failed(wrong) => batch.bad.extend(bad_rows(item.rows, wrong)),
            }
        }
        report.failed += batch.bad.len() as u64;
        batch.bad.sort_by_key(|bad| bad.line);
        batch.bad.iter().try_for_each(|bad| self.errors.write(bad))
    }

    /// Where somebody else made one of the records at the same time, it is there the second time.
    async fn write(&mut self, items: &[Item<V::Record>]) -> Result<Vec<Outcome>> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        match self.try_write(items).await {
            Err(Error::Duplicate(_)) => {
                self.writer.forget();
                self.try_write(items).await
            }
            done => done,
        }
    }

    async fn try_write(&mut self, items: &[Item<V::Record>]) -> Result<Vec<Outcome>> {
        let writer = &mut self.writer;
        self.ctx.tx(async |tx| writer.write(tx, items).await).await
    }
}
