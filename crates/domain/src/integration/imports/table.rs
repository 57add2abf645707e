//! A file as rows under named columns, however it is written.

use std::io::{self, Read, Seek, SeekFrom};

use rapport_entity::integration::Format;

use super::{
    Import,
    lines::Lines,
    report::BadRow,
    sheet::{Row, Sheet},
};
use crate::kernel::Result;

/// An open file, at its first row.
pub trait Table: Send + 'static {
    /// The names of the columns.
    fn header(&self) -> &[String];

    /// What stands between the cells.
    fn delimiter(&self) -> char {
        ','
    }

    /// Whether that was found out, not told.
    fn detected(&self) -> bool {
        false
    }

    /// The next row, or why it cannot be read as one.
    fn next(&mut self) -> Result<Option<Result<Row, BadRow>>>;

    /// Back to the first row.
    fn rewind(&mut self) -> Result<()>;

    /// How much of the file has been read, in bytes.
    fn position(&self) -> u64;
}

/// Opens a file.
///
/// # Errors
/// [`Error::Malformed`](crate::Error::Malformed).
pub fn open(import: &Import, file: impl Read + Seek + Send + 'static) -> Result<Box<dyn Table>> {
    let file = Bounded::new(file);
    Ok(match import.format {
        Format::Csv => Box::new(Sheet::open(file, import.delimiter, import.encoding)?),
        Format::Ndjson => Box::new(Lines::open(file)?),
    })
}

/// The most bytes of a row. A quotation mark that is never closed would otherwise make the whole file one cell.
pub const LONGEST: u64 = 1024 * 1024;

/// A file of which no row takes more memory than it may.
pub struct Bounded<R> {
    file: R,
    left: u64,
}

impl<R> Bounded<R> {
    pub fn new(file: R) -> Self {
        Self { file, left: u64::MAX }
    }

    /// From here on a row is read. What is read ahead counts too, so a little more is let through.
    pub fn begin_row(&mut self) {
        self.left = 2 * LONGEST;
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(
                "a row is longer than a megabyte; is a quotation mark not closed?",
            ));
        }
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let (part, _) = buffer.split_at_mut(most);
        let read = self.file.read(part)?;
        self.left -= read as u64;
        Ok(read)
    }
}

impl<R: Seek> Seek for Bounded<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.left = u64::MAX;
        self.file.seek(to)
    }
}
