//! Which column is which field.

use super::{
    Import,
    cells::{Cell, FieldName},
};
use crate::kernel::{Error, Faults, Result};

/// The columns of a file, as the options and the header say.
#[derive(Debug)]
pub struct Columns {
    bound: Vec<(FieldName, Cell)>,
    /// Columns that are a field: the column's name and the field's.
    pub used: Vec<(String, FieldName)>,
    /// Columns that are none.
    pub ignored: Vec<String>,
}

impl Columns {
    /// Finds the column of each field: first what the options say, then what has the field's own name.
    pub fn new(header: &[String], fields: &[FieldName], import: &Import) -> Result<Self> {
        let mut binding = Binding { header, fields, faults: Faults::default(), bound: Vec::new() };
        for (field, value) in &import.set {
            binding.set(field, value);
        }
        for (column, field) in &import.map {
            binding.map(column, field);
        }
        binding.match_names(import);
        binding.faults.check()?;
        Ok(binding.into_columns())
    }

    /// Where a field comes from.
    pub fn cell(&self, field: &str) -> Cell {
        let found = self.bound.iter().find(|(name, _)| *name == field);
        found.map_or(Cell::Nothing, |(_, cell)| cell.clone())
    }
}

struct Binding<'a> {
    header: &'a [String],
    fields: &'a [FieldName],
    faults: Faults,
    bound: Vec<(FieldName, Cell)>,
}

impl Binding<'_> {
    fn set(&mut self, field: &str, value: &str) {
        if let Some(field) = self.field("/set", field) {
            self.bind("/set", field.clone(), Cell::Constant(field, value.trim().to_owned()));
        }
    }

    fn map(&mut self, column: &str, field: &str) {
        let found = self.header.iter().position(|name| name == column);
        let found =
            found.or_else(|| self.header.iter().position(|name| plain(name) == plain(column)));
        if found.is_none() {
            let columns = self.header.join(", ");
            self.faults
                .invalid("/map", format!("the file has no column {column:?}; it has {columns}"));
        }
        if let (Some(field), Some(n)) = (self.field("/map", field), found) {
            self.bind("/map", field.clone(), Cell::Column(field, n));
        }
    }

    /// A column whose name is a field's, written in whatever case, with or without spaces, `_` and `-`.
    fn match_names(&mut self, import: &Import) {
        let told: Vec<FieldName> = self.bound.iter().map(|(field, _)| field.clone()).collect();
        for (n, name) in self.header.iter().enumerate() {
            let field = self.fields.iter().find(|field| plain(field) == plain(name)).cloned();
            let Some(field) = field.filter(|field| !told.contains(field)) else { continue };
            let mapped = import.map.iter().any(|(column, _)| plain(column) == plain(name));
            if !mapped {
                self.bind("/map", field.clone(), Cell::Column(field, n));
            }
        }
    }

    fn field(&mut self, option: &str, name: &str) -> Option<FieldName> {
        let found = self.fields.iter().find(|field| plain(field) == plain(name)).cloned();
        if found.is_none() {
            let fields = self.fields.join(", ");
            self.faults.invalid(option, format!("there is no field {name:?}; there are {fields}"));
        }
        found
    }

    fn bind(&mut self, option: &str, field: FieldName, cell: Cell) {
        match self.bound.iter().any(|(bound, _)| *bound == field) {
            true => self
                .faults
                .invalid(option, format!("{field} is given twice; say which is meant with map")),
            false => self.bound.push((field, cell)),
        }
    }

    fn into_columns(self) -> Columns {
        let field_of = |n: usize| {
            let column = |cell: &Cell| matches!(cell, Cell::Column(_, column) if *column == n);
            self.bound.iter().find(|(_, cell)| column(cell)).map(|(field, _)| field.clone())
        };
        let named = || self.header.iter().enumerate().map(|(n, name)| (name.clone(), field_of(n)));
        Columns {
            used: named().filter_map(|(name, field)| Some((name, field?))).collect(),
            ignored: named().filter(|(_, field)| field.is_none()).map(|(name, _)| name).collect(),
            bound: self.bound.clone(),
        }
    }
}

/// A name without what people write differently.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The fields without which the rows mean nothing.
pub fn require(columns: &Columns, fields: &[&str]) -> Result<()> {
    let mut faults = Faults::default();
    for field in fields {
        if matches!(columns.cell(field), Cell::Nothing) {
            let ignored = columns.ignored.join(", ");
            faults.invalid(
                "/map",
                format!(
                    "no column is {field}; say which with map, COLUMN={field} (not used: {ignored})"
                ),
            );
        }
    }
    faults.check().map_err(|err| match err {
        Error::Invalid(faults) => Error::Invalid(faults),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use rapport_entity::Source;

    use super::{super::Kind, *};

    const FIELDS: [&str; 3] = ["name", "firstName", "email"];

    fn columns(header: &[&str], map: &[(&str, &str)], set: &[(&str, &str)]) -> Result<Columns> {
        let owned = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
        };
        let mut import = Import::new(Kind::Customers, "test".parse::<Source>().unwrap());
        (import.map, import.set) = (owned(map), owned(set));
        let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        Columns::new(&header, &FIELDS.map(FieldName::Borrowed), &import)
    }

    #[test]
    fn names_match_whatever_their_case_and_the_rest_is_told() {
        let columns = columns(&["First_Name", "E-MAIL", "Shoe size"], &[], &[]).unwrap();
        let used = [("First_Name", "firstName"), ("E-MAIL", "email")]
            .map(|(column, field)| (column.to_owned(), FieldName::Borrowed(field)));
        assert_eq!(columns.used, used);
        assert_eq!(columns.ignored, ["Shoe size"]);
    }

    #[test]
    fn what_is_told_goes_before_what_is_found() {
        let columns = columns(&["name", "label"], &[("label", "name")], &[]).unwrap();
        assert_eq!(columns.cell("name"), Cell::Column("name".into(), 1));
        assert_eq!(columns.ignored, ["name"]);
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let wrong = columns(&["name", "Name"], &[("a", "b")], &[("c", "d")]).unwrap_err();
        assert_eq!(wrong.faults().len(), 4, "{:?}", wrong.faults());
    }
}
