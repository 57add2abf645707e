//! Lists: filter, sort, search, and a cursor that stays right while rows come and go, at any depth.

mod query;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Datelike, Utc};
use rapport_entity::{Date, rule::Rule};
use sea_orm::{
    DbBackend,
    sea_query::{Alias, Condition, Expr, ExprTrait, NullOrdering, SelectStatement},
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{
    catalogue::{Catalogue, Field, FieldKind, Held},
    error::{Error, Faults, Result},
    filter::value_of,
    policy::Actor,
};

/// What a list is asked for.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Only the records of which this holds.
    pub filter: Option<Rule>,
    /// Only the records with a word that begins with each of these words.
    pub q: Option<String>,
    /// `name` or `-name`, separated by commas.
    pub sort: Option<String>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// At most so many: 1 to 200.
    pub limit: u64,
    /// Whether to count all that the filter selects.
    pub count: bool,
    /// The deleted records, rather than the ones there are.
    pub deleted: bool,
}

impl Default for Listing {
    fn default() -> Self {
        Self {
            filter: None,
            q: None,
            sort: None,
            cursor: None,
            limit: 50,
            count: false,
            deleted: false,
        }
    }
}

/// Which part of a history is asked for.
#[derive(Clone, Debug)]
pub struct Part {
    /// Where the part before ended.
    pub cursor: Option<String>,
    /// At most so many.
    pub limit: u64,
}

impl Part {
    /// The part, if there can be such a one.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the limit is not from 1 to 200.
    pub fn checked(self) -> Result<Self> {
        match self.limit {
            1..=200 => Ok(self),
            _ => Err(Error::invalid("/limit", "must be from 1 to 200")),
        }
    }
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The records, in order.
    pub items: Vec<T>,
    /// A cursor after each of the records.
    pub cursors: Cursors,
    /// Whether there are more.
    pub more: bool,
    /// How many there are in all, where that was asked for.
    pub total: Option<i64>,
}

impl<T> Page<T> {
    /// The cursor to go on from; `None` at the end.
    pub fn next_cursor(&self) -> Option<String> {
        let last = self.items.len().checked_sub(1)?;
        self.more.then(|| self.cursors.after(last)).flatten()
    }

    /// The same page of other things.
    pub fn map<U>(self, to: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(to).collect(),
            cursors: self.cursors,
            more: self.more,
            total: self.total,
        }
    }
}

/// All there is.
impl<T> From<Vec<T>> for Page<T> {
    fn from(items: Vec<T>) -> Self {
        let cursors = Cursors { order: String::new(), keys: Vec::new() };
        Self { items, cursors, more: false, total: None }
    }
}

/// Where each record of a page stands in its list. A cursor is written only once somebody asks for it.
#[derive(Clone, Debug)]
pub struct Cursors {
    order: String,
    keys: Vec<Vec<sea_orm::Value>>,
}

impl Cursors {
    /// The cursors of a list that is ordered by a number.
    pub(crate) fn of_numbers(order: &str, numbers: impl IntoIterator<Item = i64>) -> Self {
        let keys = numbers.into_iter().map(|number| vec![number.into()]).collect();
        Self { order: order.to_owned(), keys }
    }

    /// The number in a cursor of such a list.
    ///
    /// # Errors
    /// Where the text is not one of ours, or belongs to another order.
    pub(crate) fn number(order: &str, text: &str) -> Result<i64> {
        let parts = parts(text).ok_or(Error::NotFound("cursor in this list"))?;
        match &parts[..] {
            [name, number] if name.as_str() == Some(order) => number.as_i64(),
            _ => None,
        }
        .ok_or(Error::NotFound("cursor in this list"))
    }

    /// The cursors of a list that is ordered by a number with a fraction and an id.
    pub(crate) fn of_values(order: &str, keys: impl IntoIterator<Item = (f64, Uuid)>) -> Self {
        let keys = keys.into_iter().map(|(value, id)| vec![value.into(), id.into()]).collect();
        Self { order: order.to_owned(), keys }
    }

    /// The number and the id in a cursor of such a list.
    ///
    /// # Errors
    /// Where the text is not one of ours, or belongs to another order.
    pub(crate) fn value(order: &str, text: &str) -> Result<(f64, Uuid)> {
        let parts = parts(text).ok_or(Error::NotFound("cursor in this list"))?;
        match &parts[..] {
            [name, value, id] if name.as_str() == Some(order) => {
                value.as_f64().zip(id.as_str().and_then(|id| id.parse().ok()))
            }
            _ => None,
        }
        .ok_or(Error::NotFound("cursor in this list"))
    }

    /// The cursor after a record of the page.
    pub fn after(&self, place: usize) -> Option<String> {
        let parts = self.keys.get(place)?.iter().map(to_json);
        let parts = std::iter::once(Json::from(self.order.as_str())).chain(parts).collect();
        Some(BASE64_URL_SAFE_NO_PAD.encode(Json::Array(parts).to_string()))
    }
}

/// How many fields a list may be sorted by.
pub const MOST_KEYS: usize = 5;

/// The order of a list: some fields, and the id last, so that no two records are equal.
#[derive(Debug)]
pub struct Order {
    keys: Vec<(Field, bool)>,
}

/// The values of the sort keys of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor(Vec<Option<sea_orm::Value>>);

impl Order {
    /// The order that `sort` names; newest first where it names none.
    ///
    /// # Errors
    /// Names every field that is not known.
    pub fn parse(sort: Option<&str>, of: &Catalogue, actor: &Actor) -> Result<Self> {
        let mut faults = Faults::default();
        let mut keys: Vec<(Field, bool)> = Vec::new();
        for part in sort.unwrap_or("-createdAt").split(',') {
            let (name, descending) = part.strip_prefix('-').map_or((part, false), |n| (n, true));
            match actor.field(of, name) {
                Some(Field { kind: FieldKind::Choices(_), .. }) => {
                    faults.invalid("/sort", format!("{name:?} has no order"));
                }
                Some(field) if keys.iter().all(|(known, _)| known.name != name) => {
                    keys.push((field.clone(), descending));
                }
                // What is already ordered by cannot be ordered by again.
                Some(_) => {}
                None => faults.invalid("/sort", format!("there is no field {name:?}")),
            }
        }
        if sort.is_some_and(|sort| sort.split(',').count() > MOST_KEYS) {
            faults.invalid("/sort", format!("names more than {MOST_KEYS} fields"));
        }
        faults.check()?;
        if let (Some(id), true) = (of.field("id"), keys.iter().all(|(field, _)| field.name != "id"))
        {
            let descending = keys.last().is_some_and(|(_, descending)| *descending);
            keys.push((id.clone(), descending));
        }
        Ok(Self { keys })
    }

    /// Where what a cursor is made of is.
    pub fn places(&self) -> impl Iterator<Item = &Held> {
        self.keys.iter().map(|(field, _)| &field.sorted_by)
    }

    /// Orders a query. Nothing comes before something: that is SQLite's order, and PostgreSQL is told.
    pub fn apply(&self, query: &mut SelectStatement, table: &Alias, backend: DbBackend) {
        for (field, descending) in &self.keys {
            let value = value_of(field, &field.sorted_by, table, backend);
            let order = if *descending { sea_orm::Order::Desc } else { sea_orm::Order::Asc };
            match (field.nullable, descending) {
                (false, _) => query.order_by_expr(value, order),
                (true, false) => query.order_by_expr_with_nulls(value, order, NullOrdering::First),
                (true, true) => query.order_by_expr_with_nulls(value, order, NullOrdering::Last),
            };
        }
    }

    /// The condition that a record comes after a cursor.
    pub fn after(&self, cursor: &Cursor, table: &Alias, backend: DbBackend) -> Condition {
        let column = |field: &Field| value_of(field, &field.sorted_by, table, backend);
        if let Some(tuple) = self.as_tuple(cursor, &column) {
            return Condition::all().add(tuple);
        }
        let mut any = Condition::any();
        for (last, ((field, descending), value)) in self.keys.iter().zip(&cursor.0).enumerate() {
            let mut all = Condition::all();
            for ((field, _), value) in self.keys.iter().zip(&cursor.0).take(last) {
                all = all.add(match value {
                    Some(value) => column(field).eq(value.clone()),
                    None => column(field).is_null(),
                });
            }
            let beyond = match (value, descending) {
                (Some(value), false) => Condition::any().add(column(field).gt(value.clone())),
                (Some(value), true) if field.nullable => Condition::any()
                    .add(column(field).lt(value.clone()))
                    .add(column(field).is_null()),
                (Some(value), true) => Condition::any().add(column(field).lt(value.clone())),
                (None, false) => Condition::any().add(column(field).is_not_null()),
                (None, true) => continue,
            };
            any = any.add(all.add(beyond));
        }
        any
    }

    /// One row comparison, which an index answers, where all keys go the same way and none is null.
    fn as_tuple(&self, cursor: &Cursor, column: &dyn Fn(&Field) -> Expr) -> Option<Expr> {
        let descending = self.keys.first()?.1;
        let plain = |(field, way): &(Field, bool)| !field.nullable && *way == descending;
        if !self.keys.iter().all(plain) {
            return None;
        }
        let columns = Expr::tuple(self.keys.iter().map(|(field, _)| column(field)));
        let values: Option<Vec<Expr>> =
            cursor.0.iter().map(|value| value.clone().map(Expr::val)).collect();
        let values = Expr::tuple(values?);
        Some(if descending { columns.lt(values) } else { columns.gt(values) })
    }

    /// A cursor from text that we once gave.
    ///
    /// # Errors
    /// Where the text is not one of ours, or belongs to another order.
    pub fn read(&self, text: &str) -> Result<Cursor> {
        let refuse = || Error::NotFound("cursor in this list");
        let parts = parts(text).ok_or_else(refuse)?;
        let (sort, values) = parts.split_first().ok_or_else(refuse)?;
        if sort.as_str() != Some(&self.name()) || values.len() != self.keys.len() {
            return Err(refuse());
        }
        let values = self.keys.iter().zip(values).map(|((field, _), value)| match value {
            Json::Null if field.nullable => Some(None),
            value => from_json(field, value).map(Some),
        });
        values.collect::<Option<_>>().map(Cursor).ok_or_else(refuse)
    }

    /// The cursors of records with these keys.
    pub fn cursors(&self, keys: Vec<Vec<sea_orm::Value>>) -> Cursors {
        Cursors { order: self.name(), keys }
    }

    fn name(&self) -> String {
        let key = |(field, descending): &(Field, bool)| {
            format!("{}{}", if *descending { "-" } else { "" }, field.name)
        };
        self.keys.iter().map(key).collect::<Vec<_>>().join(",")
    }
}

/// What a cursor of ours is made of.
fn parts(text: &str) -> Option<Vec<Json>> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

fn to_json(value: &sea_orm::Value) -> Json {
    use sea_orm::Value;
    match value {
        Value::String(Some(text)) => Json::from(text.as_str()),
        Value::Int(Some(number)) => Json::from(*number),
        Value::BigInt(Some(number)) => Json::from(*number),
        Value::Double(Some(number)) => Json::from(*number),
        Value::Bool(Some(truth)) => Json::from(*truth),
        Value::Uuid(Some(id)) => Json::from(id.to_string()),
        Value::ChronoDate(Some(day)) => Json::from(day.to_string()),
        Value::ChronoDateTimeUtc(Some(time)) => Json::from(time.timestamp_micros()),
        _ => Json::Null,
    }
}

fn from_json(field: &Field, value: &Json) -> Option<sea_orm::Value> {
    if let Held::Slot(_) | Held::Comparable(_) = field.sorted_by {
        return match field.kind.is_number() {
            true => value.as_f64().map(sea_orm::Value::from),
            false => text(value),
        };
    }
    Some(match field.kind {
        FieldKind::Text(_) | FieldKind::Choices(_) => text(value)?,
        FieldKind::Number => value.as_f64()?.into(),
        FieldKind::Integer | FieldKind::Thousandths | FieldKind::Money | FieldKind::MoneyIn(_) => {
            value.as_i64()?.into()
        }
        FieldKind::Boolean => value.as_bool()?.into(),
        FieldKind::Date => value.as_str()?.parse::<Date>().ok()?.day().into(),
        FieldKind::Id => value.as_str()?.parse::<Uuid>().ok()?.into(),
        FieldKind::Time => {
            let time = DateTime::<Utc>::from_timestamp_micros(value.as_i64()?)?;
            Some(time).filter(|time| (0..=9999).contains(&time.year()))?.into()
        }
    })
}

fn text(value: &Json) -> Option<sea_orm::Value> {
    Some(value.as_str().filter(|text| !text.contains('\0'))?.into())
}
