//! A file of JSON objects, one on each line. Their members are the columns; one that is left out of a line is left as it
//! is, and null clears it.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use csv::StringRecord;
use serde_json::{Map, Value};

use super::{
    report::BadRow,
    sheet::Row,
    table::{LONGEST, Table},
};
use crate::kernel::{Error, Result};

/// What stands in the cell of a member that a line does not have. No text that is imported can have it in it.
pub const ABSENT: &str = "\0";

/// The most members that all lines have together.
const MOST_COLUMNS: usize = 500;

/// An open file, at its first line.
pub struct Lines<R> {
    file: BufReader<R>,
    header: Vec<String>,
    line: u64,
    position: u64,
}

/// A line of the file.
enum Line {
    Blank,
    Text(String),
    Unreadable(&'static str),
}

impl<R: Read + Seek + Send + 'static> Lines<R> {
    /// Reads the file once, to know which members there are.
    pub fn open(file: R) -> Result<Self> {
        let file = BufReader::with_capacity(256 * 1024, file);
        let mut lines = Self { file, header: Vec::new(), line: 0, position: 0 };
        let mut header: Vec<String> = Vec::new();
        while let Some(line) = lines.next_line()? {
            let Line::Text(text) = line else { continue };
            let Ok(members) = object(&text) else { continue };
            for name in flat(members).map(|(name, _)| name) {
                if !header.contains(&name) {
                    header.push(name);
                }
            }
            if header.len() > MOST_COLUMNS {
                let why = format!("the lines have more than {MOST_COLUMNS} members together");
                return Err(Error::Malformed(why));
            }
        }
        if header.is_empty() {
            return Err(Error::Malformed("no line of the file is a JSON object".to_owned()));
        }
        lines.header = header;
        lines.rewind()?;
        Ok(lines)
    }

    fn next_line(&mut self) -> Result<Option<Line>> {
        let mut bytes = Vec::new();
        let read = (&mut self.file).take(LONGEST).read_until(b'\n', &mut bytes);
        let read = read.map_err(unreadable)? as u64;
        if read == 0 {
            return Ok(None);
        }
        self.line += 1;
        self.position += read;
        if read == LONGEST && !bytes.ends_with(b"\n") {
            self.position += self.file.skip_until(b'\n').map_err(unreadable)? as u64;
            return Ok(Some(Line::Unreadable("the line is longer than a megabyte")));
        }
        let first = self.line == 1;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").filter(|_| first).unwrap_or(&bytes);
        Ok(Some(match std::str::from_utf8(bytes).map(str::trim) {
            Ok("") => Line::Blank,
            Ok(text) => Line::Text(text.to_owned()),
            Err(_) => Line::Unreadable("is not UTF-8"),
        }))
    }

    fn row(&self, text: &str) -> Result<Row, BadRow> {
        let members = object(text).map_err(|why| self.bad("", why, text))?;
        let mut cells = vec![ABSENT.to_owned(); self.header.len()];
        for (name, value) in flat(members) {
            let place = self.header.iter().position(|column| *column == name);
            let Some(cell) = place.and_then(|place| cells.get_mut(place)) else { continue };
            *cell = match value {
                Value::Null => String::new(),
                Value::String(value) => value,
                Value::Number(value) => value.to_string(),
                Value::Bool(value) => value.to_string(),
                Value::Array(parts) if parts.iter().all(Value::is_string) => joined(&parts),
                Value::Array(_) | Value::Object(_) => {
                    let why = "is no text, number, truth value, null or list of texts".to_owned();
                    return Err(self.bad(&name, why, text));
                }
            };
        }
        Ok(Row { line: self.line, cells: StringRecord::from(cells) })
    }

    fn bad(&self, field: &str, reason: String, text: &str) -> BadRow {
        let cells = vec![text.to_owned()];
        BadRow { line: self.line, field: field.to_owned(), reason, cells }
    }
}

impl<R: Read + Seek + Send + 'static> Table for Lines<R> {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn next(&mut self) -> Result<Option<Result<Row, BadRow>>> {
        while let Some(line) = self.next_line()? {
            match line {
                Line::Blank => {}
                Line::Text(text) => return Ok(Some(self.row(&text))),
                Line::Unreadable(why) => return Ok(Some(Err(self.bad("", why.to_owned(), "")))),
            }
        }
        Ok(None)
    }

    fn rewind(&mut self) -> Result<()> {
        (self.line, self.position) = (0, 0);
        self.file.seek(SeekFrom::Start(0)).map(drop).map_err(unreadable)
    }

    fn position(&self) -> u64 {
        self.position
    }
}

fn unreadable(err: std::io::Error) -> Error {
    Error::Malformed(format!("the file cannot be read: {err}"))
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|err| format!("is no JSON object: {err}"))
}

/// Several texts, as they stand in one cell.
fn joined(parts: &[Value]) -> String {
    parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(";")
}

/// The members, with an amount of money as an export writes it taken apart, and custom fields each for itself.
fn flat(members: Map<String, Value>) -> impl Iterator<Item = (String, Value)> {
    members.into_iter().flat_map(|(name, value)| match value {
        Value::Object(values) if name == "custom" => {
            let own = |(key, value)| (format!("custom.{key}"), amount(value));
            values.into_iter().map(own).collect()
        }
        Value::Object(mut money) if money.len() == 2 && money.contains_key("amount") => {
            let amount = money.remove("amount").unwrap_or_default();
            let more = money.remove("currency").map(|currency| ("currency".to_owned(), currency));
            [Some((name, amount)), more].into_iter().flatten().collect::<Vec<_>>()
        }
        value => vec![(name, value)],
    })
}

/// A custom field's amount of money has its currency by its definition.
fn amount(value: Value) -> Value {
    match value {
        Value::Object(mut money) if money.contains_key("currency") => {
            money.remove("amount").unwrap_or_default()
        }
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A row's cells, or on which line it is wrong and how.
    type Read = Result<Vec<String>, (u64, String)>;

    fn rows(text: &[u8]) -> (Vec<String>, Vec<Read>) {
        let mut lines = Lines::open(Cursor::new(text.to_vec())).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = lines.next().unwrap() {
            rows.push(match row {
                Ok(row) => Ok(row.cells.iter().map(str::to_owned).collect()),
                Err(bad) => Err((bad.line, bad.field)),
            });
        }
        assert_eq!(lines.position(), text.len() as u64);
        (lines.header, rows)
    }

    #[test]
    fn members_are_columns_and_what_is_left_out_is_not_empty() {
        let text = b"\xef\xbb\xbf{\"a\":\"x\",\"n\":1.50}\n\n{\"b\":null,\"a\":true}\r\n{\"price\":{\"amount\":\"2.00\",\"currency\":\"EUR\"}}";
        let (header, rows) = rows(text);
        assert_eq!(header, ["a", "n", "b", "price", "currency"]);
        let absent = |cells: [&str; 5]| Ok(cells.map(str::to_owned).to_vec());
        assert_eq!(rows[0], absent(["x", "1.5", "\0", "\0", "\0"]));
        assert_eq!(rows[1], absent(["true", "\0", "", "\0", "\0"]));
        assert_eq!(rows[2], absent(["\0", "\0", "\0", "2.00", "EUR"]));
    }

    #[test]
    fn a_bad_line_spoils_itself_only() {
        let long = format!("{{\"a\":\"{}\"}}\n", "x".repeat(LONGEST as usize));
        let text = format!("{{\"a\":1}}\nno json\n[1]\n{{\"a\":[1]}}\n{long}{{\"a\":2}}\n");
        let mut text = text.into_bytes();
        text.extend(b"{\"a\":\"\xff\"}\n{\"a\":3}\n");
        let (_, rows) = rows(&text);
        let bad: Vec<u64> =
            rows.iter().filter_map(|row| row.as_ref().err()).map(|bad| bad.0).collect();
        assert_eq!(bad, [2, 3, 4, 5, 7]);
        assert_eq!(rows.iter().filter(|row| row.is_ok()).count(), 3);
    }
}
