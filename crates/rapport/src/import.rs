use std::{
    fs::File,
    io::{self, Cursor, Read, Seek, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use rapport_domain::integration::imports::{self, Encoding, Import, Kind, Opened, Report, Told};
use rapport_entity::{
    Slug, Source,
    integration::{Format, Unknown, UnknownValue},
};

use crate::settings::{DatabaseSettings, told};

/// Some rows were not imported.
const INCOMPLETE: u8 = 2;

/// What to import, and how it is written.
///
/// The exit code is 0 when every row was imported, 2 when some were not, 1 when the import could not be done.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What the file has
    kind: KindOfRecord,

    /// The CSV file; .gz is unpacked, - is standard input
    file: PathBuf,

    /// The workspace to import into
    #[arg(long, env = "RAPPORT_WORKSPACE", value_name = "SLUG")]
    workspace: Slug,

    /// The system the records come from: external ids are unique within it
    #[arg(long, default_value = "import", value_name = "NAME")]
    source: Source,

    /// Which column is which field, where the names differ; may be given many times
    #[arg(long, value_name = "COLUMN=FIELD", value_parser = pair)]
    map: Vec<(String, String)>,

    /// A field that is the same in every row; may be given many times
    #[arg(long, value_name = "FIELD=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,

    /// What a value of a field becomes; may be given many times
    #[arg(long = "value", value_name = "FIELD:VALUE=MEANING", value_parser = meaning)]
    values: Vec<(String, String, String)>,

    /// What stands between the cells (\t for a tab); detected in the header where left out
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<char>,

    /// How characters are written
    #[arg(long, default_value = "utf-8", value_name = "NAME")]
    encoding: NameOfEncoding,

    /// How days are written, as for strftime, e.g. %d.%m.%Y; YYYY-MM-DD where left out
    #[arg(long, value_name = "FORMAT")]
    date_format: Option<String>,

    /// Numbers have a decimal comma
    #[arg(long)]
    decimal_comma: bool,

    /// Orders: make customers that are missing, from the row's customer fields
    #[arg(long)]
    create_customers: bool,

    /// Do everything but change anything
    #[arg(long)]
    dry_run: bool,

    /// Where to write the rows that are not imported; FILE.errors.csv where left out
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,

    #[command(flatten)]
    database: DatabaseSettings,
}

/// What can be imported.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindOfRecord {
    Customers,
    Contacts,
    Products,
    Orders,
    Opportunities,
    Leads,
    ServiceRequests,
    SurveyResponses,
}

/// How characters can be written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum NameOfEncoding {
    #[value(name = "utf-8", alias = "utf8")]
    Utf8,
    #[value(name = "latin1", alias = "iso-8859-1")]
    Latin1,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.rsplit_once('=').filter(|(left, _)| !left.is_empty());
    pair.map(|(left, right)| (left.to_owned(), right.to_owned())).ok_or("wants A=B".to_owned())
}

fn meaning(text: &str) -> Result<(String, String, String), String> {
    let wants = || "wants FIELD:VALUE=MEANING".to_owned();
    let (field, rest) = text.split_once(':').ok_or_else(wants)?;
    let (value, becomes) = pair(rest).map_err(|_| wants())?;
    Ok((field.to_owned(), value, becomes))
}

fn delimiter(text: &str) -> Result<char, String> {
    let text = if matches!(text, "\\t" | "tab") { "\t" } else { text };
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter.is_ascii() && letter != '"' => Ok(letter),
        _ => Err("wants one ASCII character".to_owned()),
    }
}

/// Imports a file.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let file = open(&arguments.file)?;
    let database = arguments.database.open().await?;
    let ctx = imports::context(&database, &arguments.workspace).await;
    let ctx = ctx.map_err(|_| {
        anyhow::anyhow!(
            "there is no workspace {}; make it with `rapport workspace create`",
            arguments.workspace
        )
    })?;
    let bar = bar(&file);
    let mut errors = ErrorFile { path: errors_path(&arguments), file: None };
    let begun = Instant::now();
    let source = bar.wrap_read(file);
    let mut unknown = Unknown::default();
    let tell = |told| match told {
        Told::Opened(opened) => bar.suspend(|| explain(&opened)),
        Told::Progress(report) => bar.set_message(speed(&report, begun)),
        Told::Unknown(found) => unknown = found,
    };
    let report = imports::run(&ctx, arguments.import(), source, &mut errors, tell).await;
    bar.finish_and_clear();
    let report = report.map_err(told)?;
    summarize(&report, &arguments, begun, &errors);
    name(&unknown);
    database.close().await;
    Ok(if report.failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(INCOMPLETE) })
}

impl Arguments {
    fn import(&self) -> Import {
        Import {
            format: match self.file.extension().and_then(|extension| extension.to_str()) {
                Some("ndjson" | "jsonl") => Format::Ndjson,
                _ => Format::Csv,
            },
            kind: match self.kind {
                KindOfRecord::Customers => Kind::Customers,
                KindOfRecord::Contacts => Kind::Contacts,
                KindOfRecord::Products => Kind::Products,
                KindOfRecord::Orders => Kind::Orders,
                KindOfRecord::Opportunities => Kind::Opportunities,
                KindOfRecord::Leads => Kind::Leads,
                KindOfRecord::ServiceRequests => Kind::ServiceRequests,
                KindOfRecord::SurveyResponses => Kind::SurveyResponses,
            },
            source: self.source.clone(),
            map: self.map.clone(),
            set: self.set.clone(),
            values: self.values.clone(),
            delimiter: self.delimiter,
            encoding: match self.encoding {
                NameOfEncoding::Utf8 => Encoding::Utf8,
                NameOfEncoding::Latin1 => Encoding::Latin1,
            },
            date_format: self.date_format.clone(),
            decimal_comma: self.decimal_comma,
            create_customers: self.create_customers,
            dry_run: self.dry_run,
        }
    }
}

/// A file, or what has been read into memory because it cannot be read twice.
enum Input {
    File(File),
    Memory(Cursor<Vec<u8>>),
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Memory(bytes) => bytes.read(buffer),
        }
    }
}

impl Seek for Input {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Memory(bytes) => bytes.seek(to),
        }
    }
}

fn open(path: &Path) -> Result<Input> {
    let mut bytes = Vec::new();
    let input = || -> io::Result<Input> {
        if path == Path::new("-") {
            io::stdin().read_to_end(&mut bytes)?;
        } else if path.extension().is_some_and(|extension| extension == "gz") {
            flate2::read::MultiGzDecoder::new(File::open(path)?).read_to_end(&mut bytes)?;
        } else {
            return File::open(path).map(Input::File);
        }
        Ok(Input::Memory(Cursor::new(bytes)))
    };
    input().with_context(|| format!("{} cannot be read", path.display()))
}

/// How far the reading is. On no terminal nothing is shown.
fn bar(input: &Input) -> ProgressBar {
    let length = match input {
        Input::File(file) => file.metadata().map_or(0, |file| file.len()),
        Input::Memory(bytes) => bytes.get_ref().len() as u64,
    };
    let style = ProgressStyle::with_template("{bar:40} {percent:>3}%  {msg}  {eta} left");
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn speed(report: &Report, begun: Instant) -> String {
    let seconds = begun.elapsed().as_secs_f64().max(0.001);
    format!(
        "{} rows, {:.0} a second, {} bad",
        report.rows,
        report.rows as f64 / seconds,
        report.failed
    )
}

/// What was found out about the file, so that nothing is taken for granted.
fn explain(opened: &Opened) {
    let how = if opened.detected { " (detected)" } else { "" };
    eprintln!("delimiter: {:?}{how}", opened.delimiter);
    let used: Vec<String> =
        opened.used.iter().map(|(column, field)| format!("{column} = {field}")).collect();
    eprintln!("columns: {}", used.join(", "));
    if !opened.ignored.is_empty() {
        eprintln!("not imported: {}", opened.ignored.join(", "));
    }
}

fn summarize(report: &Report, arguments: &Arguments, begun: Instant, errors: &ErrorFile) {
    let would = if arguments.dry_run { "dry run, nothing was changed: " } else { "" };
    println!(
        "{would}{} rows: {} imported, {} updated, {} unchanged, {} failed, {} repeated further down, \
         {} customers made ({:.1} s)",
        report.rows,
        report.imported,
        report.updated,
        report.unchanged,
        report.failed,
        report.repeated,
        report.customers,
        begun.elapsed().as_secs_f64()
    );
    if errors.file.is_some() {
        eprintln!("the rows that failed are in {}", errors.path.display());
    }
}

/// What is not known here, so that it can be said what it means.
fn name(unknown: &Unknown) {
    for UnknownValue { field, value, rows, line } in &unknown.values {
        eprintln!("not known: {field} {value:?} in {rows} rows, first on line {line}");
    }
    if unknown.others > 0 {
        eprintln!("not known: other values in {} rows", unknown.others);
    }
}

fn errors_path(arguments: &Arguments) -> PathBuf {
    arguments.errors.clone().unwrap_or_else(|| {
        let name = arguments.file.file_name().filter(|name| *name != "-");
        let name = name.map_or("import".into(), |name| name.to_string_lossy());
        PathBuf::from(format!(
            "{}.errors.csv",
            name.trim_end_matches(".gz").trim_end_matches(".csv")
        ))
    })
}

/// A file that is there only if something is written to it.
struct ErrorFile {
    path: PathBuf,
    file: Option<File>,
}

impl Write for ErrorFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => self.file.insert(File::create(&self.path)?).write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), File::flush)
    }
}
