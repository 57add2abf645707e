/// A place in a workspace's log. Events are read window after window, and within one in the order of writing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The transaction that the window ends before; 0 on SQLite, where transactions do not overlap and one window does.
    pub tx: i64,
    /// The event.
    pub seq: i64,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:x}-{:x}", self.tx, self.seq)
    }
}

impl std::str::FromStr for Position {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (tx, seq) = text.split_once('-').unwrap_or((text, ""));
        Ok(Self { tx: i64::from_str_radix(tx, 16)?, seq: i64::from_str_radix(seq, 16)? })
    }
}
