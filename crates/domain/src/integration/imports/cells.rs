//! Reading the cells of a row as values. Space around a value does not belong to it; an empty cell is no value.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use rapport_entity::{Currency, Date, Invalid, Moment, Money, TimeZone};
use sea_orm::ActiveValue::{self, NotSet, Set};

use super::{Import, lines::ABSENT, report::Wrong, sheet::Row};
use crate::{
    integration::inert::plain,
    kernel::{Error, Result},
};

/// The name of a field: one that all workspaces have, or one of the workspace's own.
pub type FieldName = Cow<'static, str>;

/// Where a field comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// No column, and no constant: the field is left as it is.
    Nothing,
    /// A column of the file.
    Column(FieldName, usize),
    /// The same in every row.
    Constant(FieldName, String),
}

/// How values are written.
#[derive(Clone, Debug)]
pub struct Format {
    date: Option<String>,
    decimal_comma: bool,
}

impl Format {
    pub fn of(import: &Import) -> Result<Self> {
        if let Some(format) = &import.date_format {
            check_date_format(format)?;
        }
        Ok(Self { date: import.date_format.clone(), decimal_comma: import.decimal_comma })
    }

    pub fn date(&self, text: &str) -> Result<Date, Invalid> {
        let format = self.date.as_deref().unwrap_or("%Y-%m-%d");
        let parsed = NaiveDate::parse_from_str(text, format);
        let day = parsed.map_err(|_| {
            Invalid(match &self.date {
                Some(format) => format!("is no day as {format}"),
                None => {
                    "is no day as YYYY-MM-DD; say how days are written (date format)".to_owned()
                }
            })
        })?;
        day.try_into()
    }

    /// A moment: RFC 3339, with a space for the T where it likes, or as days are written with a time. What names no offset is
    /// meant in the workspace's time zone, and a day when it begins there.
    pub fn moment(&self, text: &str, zone: &TimeZone) -> Result<DateTime<Utc>, Invalid> {
        let with_offset = DateTime::parse_from_rfc3339(text)
            .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z"));
        let moment = match with_offset {
            Ok(moment) => Some(moment.with_timezone(&Utc)),
            Err(_) => self.local_moment(text, zone),
        };
        let moment = moment.filter(|moment| (1..=9999).contains(&moment.year()));
        moment.map(|moment| Moment::from(moment).time()).ok_or_else(|| {
            Invalid(
                "is no moment as 2026-11-22T09:30:00Z; say how days are written (date format), with %H:%M:%S"
                    .to_owned(),
            )
        })
    }

    fn local_moment(&self, text: &str, zone: &TimeZone) -> Option<DateTime<Utc>> {
        let format = self.date.as_deref();
        if let Some(moment) = format.and_then(|of| DateTime::parse_from_str(text, of).ok()) {
            return Some(moment.with_timezone(&Utc));
        }
        let day = |of: &str| NaiveDate::parse_from_str(text, of).ok().map(NaiveDateTime::from);
        let time = |of: &str| NaiveDateTime::parse_from_str(text, of).ok();
        let local = match format {
            Some(format) => time(format).or_else(|| day(format)),
            None => ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M"]
                .into_iter()
                .find_map(time)
                .or_else(|| day("%Y-%m-%d")),
        };
        Some(in_zone(local?, zone))
    }

    /// A decimal number with a point.
    pub fn decimal(&self, text: &str) -> Result<String, Invalid> {
        match self.decimal_comma {
            true if text.contains('.') => {
                Err(Invalid("has a point, but numbers have a decimal comma".to_owned()))
            }
            true => Ok(text.replace(',', ".")),
            false if text.contains(',') => Err(Invalid(
                "has a comma; say that numbers have a decimal comma if that is what it is"
                    .to_owned(),
            )),
            false => Ok(text.to_owned()),
        }
    }

    /// An amount of money.
    pub fn money(&self, text: &str, currency: &Currency) -> Result<Money, Invalid> {
        let money = Money { amount: self.decimal(text)?.try_into()?, currency: currency.clone() };
        money.minor().map(|_| money)
    }
}

/// The moment at which clocks first showed a time; where they never did, because they were put forward, an hour later.
fn in_zone(local: NaiveDateTime, zone: &TimeZone) -> DateTime<Utc> {
    let zone = zone.rules();
    let first = |local: NaiveDateTime| zone.from_local_datetime(&local).earliest();
    let moment = first(local).or_else(|| first(local + TimeDelta::hours(1)));
    moment.map_or_else(|| local.and_utc(), |moment| moment.with_timezone(&Utc))
}

fn check_date_format(format: &str) -> Result<()> {
    use chrono::format::{Item, StrftimeItems};
    match StrftimeItems::new(format).any(|item| item == Item::Error) {
        true => Err(Error::invalid("/dateFormat", "is no format as %d.%m.%Y is one")),
        false => Ok(()),
    }
}

/// One row being read. What is wrong in it is collected.
pub struct Cells<'a> {
    row: &'a Row,
    n: usize,
    pub wrong: Vec<Wrong>,
}

impl<'a> Cells<'a> {
    /// The `n`-th row of a record.
    pub fn new(n: usize, row: &'a Row) -> Self {
        Self { row, n, wrong: Vec::new() }
    }

    /// The text of a cell; empty where there is none.
    pub fn text<'c>(&self, cell: &'c Cell) -> &'c str
    where
        'a: 'c,
    {
        text(self.row, cell)
    }

    /// Whether the row says nothing of a field.
    pub fn is_absent(&self, cell: &Cell) -> bool {
        is_absent(self.row, cell)
    }

    pub fn fault(&mut self, field: &str, reason: impl ToString) {
        self.wrong.push(Wrong { row: self.n, field: field.to_owned(), reason: reason.to_string() });
    }

    /// The value of a cell, where there is one.
    pub fn parse<T>(
        &mut self,
        cell: &Cell,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        let (Cell::Column(field, _) | Cell::Constant(field, _)) = cell else { return None };
        match text(self.row, cell) {
            "" => None,
            text => parse(text).map_err(|invalid| self.fault(field, invalid)).ok(),
        }
    }

    /// A value that reads itself.
    pub fn value<T: TryFrom<String, Error = Invalid>>(&mut self, cell: &Cell) -> Option<T> {
        self.parse(cell, |text| T::try_from(text.to_owned()))
    }

    /// For a field that may be nothing: an empty cell clears it, no column leaves it as it is.
    pub fn set<T>(
        &mut self,
        cell: &Cell,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> ActiveValue<Option<T>>
    where
        Option<T>: Into<sea_orm::Value>,
    {
        match is_absent(self.row, cell) {
            true => NotSet,
            false => Set(self.parse(cell, parse)),
        }
    }

    /// As [`Cells::set`], for a value that reads itself.
    pub fn set_value<T: TryFrom<String, Error = Invalid>>(
        &mut self,
        cell: &Cell,
    ) -> ActiveValue<Option<T>>
    where
        Option<T>: Into<sea_orm::Value>,
    {
        self.set(cell, |text| T::try_from(text.to_owned()))
    }

    /// For a field that must be something: an empty cell is wrong, no column leaves it as it is.
    pub fn must<T>(
        &mut self,
        cell: &Cell,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> ActiveValue<T>
    where
        T: Into<sea_orm::Value>,
    {
        match cell {
            cell if is_absent(self.row, cell) => NotSet,
            Cell::Column(field, _) | Cell::Constant(field, _)
                if text(self.row, cell).is_empty() =>
            {
                self.fault(field, "is missing");
                NotSet
            }
            cell => self.parse(cell, parse).map_or(NotSet, Set),
        }
    }

    /// The value of a cell that must be there.
    pub fn needed<T: TryFrom<String, Error = Invalid>>(
        &mut self,
        cell: &Cell,
        field: &'static str,
    ) -> Option<T> {
        if text(self.row, cell).is_empty() {
            self.fault(field, "is missing");
        }
        self.value(cell)
    }
}

/// The text of a cell, without the space around it.
pub fn text<'r>(row: &'r Row, cell: &'r Cell) -> &'r str {
    match cell {
        Cell::Nothing => "",
        Cell::Column(_, n) => {
            let text = row.cells.get(*n).unwrap_or_default();
            if text == ABSENT { "" } else { plain(text.trim()) }
        }
        Cell::Constant(_, text) => text,
    }
}

/// Whether a row says nothing of a field: there is no column for it, or the row has nothing there, not even nothing.
pub fn is_absent(row: &Row, cell: &Cell) -> bool {
    match cell {
        Cell::Nothing => true,
        Cell::Column(_, n) => row.cells.get(*n) == Some(ABSENT),
        Cell::Constant(..) => false,
    }
}

/// A word of a fixed list, in whatever case.
pub fn word<T: serde::de::DeserializeOwned>(text: &str, words: &[&str]) -> Result<T, Invalid> {
    let word = text.to_lowercase().replace([' ', '-'], "_");
    let read = serde_json::from_value(serde_json::Value::String(word));
    read.map_err(|_| Invalid(format!("must be {}", words.join(", "))))
}

/// A whole number.
pub fn whole<T: TryFrom<i64, Error = Invalid>>(text: &str) -> Result<T, Invalid> {
    let number: i64 = text.parse().map_err(|_| Invalid("must be a whole number".to_owned()))?;
    number.try_into()
}

/// True or false.
pub fn truth(text: &str) -> Result<bool, Invalid> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err(Invalid("must be true or false".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_with_their_offset_or_in_the_workspaces_zone() {
        let zone: TimeZone = "Europe/Berlin".parse().unwrap();
        let plain = Format { date: None, decimal_comma: false };
        let read = |text: &str| plain.moment(text, &zone).map(|moment| moment.to_rfc3339());
        for (text, expected) in [
            ("2011-10-11 13:42:22.688000+02:00", "2011-10-11T11:42:22.688+00:00"),
            ("2011-10-11T13:42:22+02:00", "2011-10-11T11:42:22+00:00"),
            ("2010-01-13 08:40:25", "2010-01-13T07:40:25+00:00"),
            ("2010-07-13 08:40", "2010-07-13T06:40:00+00:00"),
            ("2010-07-13", "2010-07-12T22:00:00+00:00"),
            ("2026-03-29 02:30:00", "2026-03-29T01:30:00+00:00"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
        assert!(read("13.07.2010 08:40").is_err());
        let other = Format { date: Some("%Y/%m/%d %H:%M:%S%.f".to_owned()), decimal_comma: false };
        let read = |text: &str| other.moment(text, &zone).map(|moment| moment.to_rfc3339());
        assert_eq!(read("2012/04/03 16:55:38.000").as_deref(), Ok("2012-04-03T14:55:38+00:00"));
    }

    #[test]
    fn numbers_and_days_are_read_as_told_and_never_guessed() {
        let plain = Format { date: None, decimal_comma: false };
        assert!(plain.decimal("1,50").is_err());
        assert!(plain.date("31.12.2017").is_err());
        let german = Format { date: Some("%d.%m.%Y".to_owned()), decimal_comma: true };
        assert_eq!(german.decimal("1,50"), Ok("1.50".to_owned()));
        assert!(german.decimal("1.234,50").is_err());
        assert_eq!(german.date("31.12.2017"), "2017-12-31".parse());
        assert!(check_date_format("%Q").is_err());
    }
}
