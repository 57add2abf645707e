//! What was measured, and what it should have been.

use std::time::Duration;

use crate::{database::Kind, load::Load};

/// All figures of one database and size.
#[derive(Debug)]
pub struct Report {
    pub kind: Kind,
    pub customers: u64,
    pub cells: Vec<Cell>,
    pub others: Vec<Other>,
    /// Where the bare SQL is not what the program sends.
    pub differences: Option<Vec<String>>,
    /// The load average before and after.
    pub load_average: (f64, f64),
}

/// An operation at a number of connections.
#[derive(Debug)]
pub struct Cell {
    pub operation: &'static str,
    pub connections: usize,
    pub served: Load,
    pub bare: Load,
    /// How many connections the bare SQL had.
    pub bare_connections: usize,
    pub at_most: Option<f64>,
}

impl Cell {
    /// CPU time of server and database against the bare SQL's.
    pub fn ratio(&self) -> f64 {
        self.served.total_us() / self.bare.total_us()
    }
}

/// Something that is no request.
#[derive(Debug)]
pub struct Other {
    pub name: String,
    pub value: String,
    /// The bar and whether it is met, where there is one.
    pub bar: Option<(String, bool)>,
}

impl Other {
    /// Without a bar.
    pub fn plain(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), bar: None }
    }

    /// With a bar.
    pub fn with(
        name: impl Into<String>,
        value: impl Into<String>,
        bar: impl Into<String>,
        met: bool,
    ) -> Self {
        Self { bar: Some((bar.into(), met)), ..Self::plain(name, value) }
    }
}

impl Report {
    /// A cell.
    pub fn cell(&self, operation: &str, connections: usize) -> Option<&Cell> {
        self.cells
            .iter()
            .find(|cell| cell.operation == operation && cell.connections == connections)
    }
}

/// Milliseconds, with as many digits as tell something.
pub fn millis(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1e3;
    match millis {
        ..10.0 => format!("{millis:.2}"),
        ..100.0 => format!("{millis:.1}"),
        _ => format!("{millis:.0}"),
    }
}

/// A number with its thousands apart.
pub fn grouped(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let mut out = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!(grouped(1_234_567.4), "1,234,567");
        assert_eq!(grouped(999.0), "999");
        assert_eq!(millis(Duration::from_micros(1234)), "1.23");
        assert_eq!(millis(Duration::from_millis(250)), "250");
    }
}
