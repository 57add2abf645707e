//! A CSV file: its delimiter, its header, its rows and the lines they begin on.

use std::io::{Read, Seek, SeekFrom};

use csv::{ByteRecord, Position, ReaderBuilder, StringRecord, Terminator};

pub use rapport_entity::integration::Encoding;

use super::{
    report::BadRow,
    table::{Bounded, Table},
};
use crate::kernel::{Error, Result};

/// One row, and the line it begins on (from 1, the header's line).
#[derive(Clone, Debug)]
pub struct Row {
    pub line: u64,
    pub cells: StringRecord,
}

/// An open file, at its first row.
pub struct Sheet<R> {
    csv: csv::Reader<Bounded<R>>,
    encoding: Encoding,
    /// Where the file ends, if its last line has no end.
    open_end: Option<u64>,
    first: Position,
    pub delimiter: char,
    pub detected: bool,
    pub header: Vec<String>,
}

const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];

/// How much of the file the header is looked for in.
const HEAD: u64 = 64 * 1024;

impl<R: Read + Seek + Send + 'static> Sheet<R> {
    pub fn open(
        mut source: Bounded<R>,
        delimiter: Option<char>,
        encoding: Encoding,
    ) -> Result<Self> {
        let head = head(&mut source)?;
        let open_end = open_end(&mut source)?;
        let detected = delimiter.is_none();
        let delimiter = delimiter.unwrap_or_else(|| detect(&head));
        let byte = u8::try_from(delimiter)
            .ok()
            .filter(u8::is_ascii)
            .ok_or_else(|| Error::invalid("/delimiter", "must be one ASCII character"))?;
        let mut csv = ReaderBuilder::new()
            .delimiter(byte)
            .has_headers(false)
            .flexible(true)
            .terminator(Terminator::Any(b'\n'))
            .buffer_capacity(256 * 1024)
            .from_reader(source);
        let mut header = ByteRecord::new();
        csv.get_mut().begin_row();
        if !csv.read_byte_record(&mut header).map_err(unreadable)? {
            return Err(Error::Malformed(
                "the file is empty; its first line must name the columns".into(),
            ));
        }
        let header = decode(without_carriage_return(header), encoding).map_err(|_| {
            Error::Malformed("the header is not UTF-8; say --encoding latin1 if it is that".into())
        })?;
        let header = header.iter().map(|name| name.trim().to_owned()).collect();
        Ok(Self {
            first: csv.position().clone(),
            csv,
            encoding,
            open_end,
            delimiter,
            detected,
            header,
        })
    }

    /// The next line that is not blank.
    fn next_record(&mut self) -> Result<Option<ByteRecord>> {
        let mut cells = ByteRecord::new();
        self.csv.get_mut().begin_row();
        while self.csv.read_byte_record(&mut cells).map_err(unreadable)? {
            let cells = without_carriage_return(std::mem::take(&mut cells));
            if cells.len() > 1 || cells.get(0).is_some_and(|cell| !cell.is_empty()) {
                return Ok(Some(cells));
            }
            self.csv.get_mut().begin_row();
        }
        Ok(None)
    }

    /// The line that the record just read begins on. (The reader's own count begins before blank lines.)
    fn line_of(&self, cells: &ByteRecord) -> u64 {
        let end = self.csv.position();
        let ended = u64::from(self.open_end != Some(end.byte()));
        let inside = cells.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
        end.line().saturating_sub(ended + inside)
    }
}

impl<R: Read + Seek + Send + 'static> Table for Sheet<R> {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn delimiter(&self) -> char {
        self.delimiter
    }

    fn detected(&self) -> bool {
        self.detected
    }

    fn next(&mut self) -> Result<Option<Result<Row, BadRow>>> {
        let Some(cells) = self.next_record()? else { return Ok(None) };
        let line = self.line_of(&cells);
        if cells.len() != self.header.len() {
            let reason =
                format!("the row has {} cells, the header {}", cells.len(), self.header.len());
            return Ok(Some(Err(bad(line, "", reason, &cells))));
        }
        Ok(Some(match decode(cells, self.encoding) {
            Ok(cells) => Ok(Row { line, cells }),
            Err((column, cells)) => {
                let name = self.header.get(column).map_or("", String::as_str);
                Err(bad(line, name, "is not UTF-8".to_owned(), &cells))
            }
        }))
    }

    fn rewind(&mut self) -> Result<()> {
        self.csv.seek(self.first.clone()).map_err(unreadable)
    }

    fn position(&self) -> u64 {
        self.csv.position().byte()
    }
}

/// Lines are split at LF, so that they can be counted; the CR before it is not part of the last cell.
fn without_carriage_return(cells: ByteRecord) -> ByteRecord {
    let Some(last) = cells.len().checked_sub(1) else { return cells };
    match cells.get(last).and_then(|cell| cell.strip_suffix(b"\r")) {
        Some(cell) => cells.iter().take(last).chain([cell]).collect(),
        None => cells,
    }
}

fn bad(line: u64, field: &str, reason: String, cells: &ByteRecord) -> BadRow {
    let cells = cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
    BadRow { line, field: field.to_owned(), reason, cells }
}

fn unreadable(err: csv::Error) -> Error {
    Error::Malformed(format!("the file cannot be read: {err}"))
}

/// The beginning of the file; the source is back at its start.
fn head(source: &mut (impl Read + Seek)) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    let read = source.by_ref().take(HEAD).read_to_end(&mut head);
    let rewound = read.and_then(|_| source.seek(SeekFrom::Start(0)));
    rewound.map_err(|err| Error::Malformed(format!("the file cannot be read: {err}")))?;
    if head.contains(&b'\r') && !head.contains(&b'\n') {
        return Err(Error::Malformed(
            "the lines end in CR alone; save the file with LF or CRLF".into(),
        ));
    }
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return Err(Error::Malformed("the file is UTF-16; save it as UTF-8".into()));
    }
    Ok(head)
}

/// Where the source ends, if not with LF; the source is back at its start.
fn open_end(source: &mut (impl Read + Seek)) -> Result<Option<u64>> {
    let unreadable = |err| Error::Malformed(format!("the file cannot be read: {err}"));
    let end = source.seek(SeekFrom::End(0)).map_err(unreadable)?;
    let mut last = [b'\n'];
    if end > 0 {
        source.seek(SeekFrom::End(-1)).map_err(unreadable)?;
        source.read_exact(&mut last).map_err(unreadable)?;
    }
    source.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    Ok((last != [b'\n']).then_some(end))
}

/// The delimiter that is in the header most often, outside quotes.
fn detect(head: &[u8]) -> char {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            _ if !quoted => {
                if let Some(n) = DELIMITERS.iter().position(|d| *d == char::from(*byte)) {
                    counts[n] += 1;
                }
            }
            _ => {}
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    counts.iter().position(|count| *count == most).map_or(',', |n| DELIMITERS[n])
}

/// The cells as text, or the first cell that is none.
fn decode(cells: ByteRecord, encoding: Encoding) -> Result<StringRecord, (usize, ByteRecord)> {
    match encoding {
        Encoding::Utf8 => StringRecord::from_byte_record(cells)
            .map_err(|err| (err.utf8_error().field(), err.into_byte_record())),
        Encoding::Latin1 => Ok(cells
            .iter()
            .map(|cell| cell.iter().copied().map(char::from).collect::<String>())
            .collect()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn sheet(text: &[u8]) -> Sheet<Cursor<Vec<u8>>> {
        Sheet::open(Bounded::new(Cursor::new(text.to_vec())), None, Encoding::Utf8).unwrap()
    }

    #[test]
    fn the_delimiter_is_the_one_that_is_most_often_in_the_header() {
        assert_eq!(sheet(b"a,b;c;d\n").delimiter, ';');
        assert_eq!(sheet(b"a\tb\n1,2,3\n").delimiter, '\t');
        assert_eq!(sheet(b"\"a;b;c\",b\n").delimiter, ',');
        assert_eq!(sheet(b"a|b").delimiter, '|');
        assert_eq!(sheet(b"alone\n").delimiter, ',');
    }

    #[test]
    fn lines_are_counted_through_quoted_line_ends_and_a_rewind() {
        let mut sheet = sheet(b"\xef\xbb\xbfa,b\r\n1,\"x\r\ny\"\r\n\r\n\n2,\"z\"\r\n3,last");
        assert_eq!(sheet.header, ["a", "b"], "without the mark and the line's end");
        for _ in 0..2 {
            let mut rows = Vec::new();
            while let Some(row) = sheet.next().unwrap() {
                rows.push(row.unwrap());
            }
            let seen: Vec<_> =
                rows.iter().map(|row| (row.line, &row.cells[0], &row.cells[1])).collect();
            assert_eq!(seen, [(2, "1", "x\r\ny"), (6, "2", "z"), (7, "3", "last")]);
            sheet.rewind().unwrap();
        }
    }

    #[test]
    fn a_byte_that_is_no_utf_8_spoils_its_row_only() {
        let mut sheet = sheet(b"a,b\n1,\xff\n1\n2,z\n");
        let bad = sheet.next().unwrap().unwrap().unwrap_err();
        assert_eq!((bad.line, bad.field.as_str()), (2, "b"));
        assert_eq!(sheet.next().unwrap().unwrap().unwrap_err().line, 3);
        assert_eq!(&sheet.next().unwrap().unwrap().unwrap().cells[1], "z");
    }

    #[test]
    fn latin_1_is_read_where_it_is_told() {
        let source = Cursor::new(b"name\nJos\xe9\n".to_vec());
        let mut sheet = Sheet::open(Bounded::new(source), None, Encoding::Latin1).unwrap();
        assert_eq!(&sheet.next().unwrap().unwrap().unwrap().cells[0], "José");
    }
}
