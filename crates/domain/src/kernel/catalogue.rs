//! The field catalogue: what may be filtered, sorted and aggregated, under which name, of which kind.
//! It is read off the entities, so a new column is in it at once; each resource adds its relations.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{LazyLock, RwLock},
};

use rapport_entity::{Currency, Owner, Resource};
use sea_orm::{ColumnTrait, ColumnType, IdenStatic, Iterable};

/// A resource whose fields and relations rules may speak of.
pub trait Described: Resource {
    /// The relations of the resource, whichever part of the business contributes them.
    fn relations() -> Vec<Relation>;
}

/// What is known of a resource without its Rust type.
#[derive(Debug)]
pub struct Catalogue {
    /// The resource's name in permissions and events.
    pub name: &'static str,
    /// The resource that one must be allowed to read: itself, unless it has no life of its own.
    pub read_as: &'static str,
    /// Of records without a life of their own, what is told of those that they are part of.
    pub part_of: Option<PartOf>,
    /// Its table.
    pub table: String,
    /// The column with the workspace's id.
    pub workspace: &'static str,
    /// The column with the record's id.
    pub id: &'static str,
    /// The column that says when the record was deleted, if records are deleted so.
    pub deleted_at: Option<&'static str>,
    /// How the owner of a row is found.
    pub owned_by: OwnedBy,
    /// The column full-text search looks through.
    pub search: Option<&'static str>,
    /// What rules may compare and lists may sort by.
    pub fields: Vec<Field>,
    /// Where rules may go from here.
    pub relations: Vec<Relation>,
}

/// Where it is told what happens to records that have no life of their own.
#[derive(Clone, Copy, Debug)]
pub struct PartOf {
    /// The resource that they are written with.
    pub resource: &'static str,
    /// The member of it that holds them.
    pub member: &'static str,
    /// The fields that are other members of it.
    pub its_own: &'static [&'static str],
    /// The fields that are of another resource, and which.
    pub of_others: &'static [(&'static str, &'static str)],
}

/// How the owner of a row is found: [`Owner`] without its Rust type.
#[derive(Clone, Copy, Debug)]
pub enum OwnedBy {
    /// There is none.
    Nobody,
    /// In this column.
    User(&'static str),
    /// The owner of the customer in this column.
    CustomersOwner(&'static str),
    /// The owner of the service request in this column.
    RequestsOwner(&'static str),
    /// The user in the first column, or the team in the second.
    UserOrTeam(&'static str, &'static str),
}

/// Something of a record that can be compared.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name on the wire.
    pub name: String,
    /// Where its value is.
    pub held: Held,
    /// Where what it is sorted by is.
    pub sorted_by: Held,
    /// Of a date, the column with its day of the year (month × 100 + day), where there is one.
    pub day_of_year: Option<&'static str>,
    /// Whether an index finds its values in their order.
    pub indexed: bool,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether it may hold nothing.
    pub nullable: bool,
}

/// Where a field's value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// In a column of its own.
    Column(&'static str),
    /// In a column that custom fields share, as text or as a number.
    Slot(&'static str),
    /// Among the record's comparables, under this key, as text, as a number or as a list of texts.
    Comparable(String),
    /// In a table of its own: the record's tags.
    Tags,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Text; one of these where there are any.
    Text(Vec<String>),
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A day.
    Date,
    /// A moment.
    Time,
    /// An id.
    Id,
    /// Minor units, in the currency of the column `currency` of the same row.
    Money,
    /// Minor units, always in this currency.
    MoneyIn(Currency),
    /// A number with a fraction.
    Number,
    /// A number with at most three decimals, kept as a whole number of thousandths.
    Thousandths,
    /// Any of these texts; any at all where there are none.
    Choices(Vec<String>),
}

impl FieldKind {
    /// Whether values add up.
    pub fn is_number(&self) -> bool {
        matches!(
            self,
            Self::Integer | Self::Number | Self::Thousandths | Self::Money | Self::MoneyIn(_)
        )
    }

    /// Whether one value comes before another.
    pub fn is_ordered(&self) -> bool {
        !matches!(self, Self::Boolean | Self::Id | Self::Choices(_))
    }
}

/// A way from a record to others.
#[derive(Clone, Debug)]
pub struct Relation {
    /// Its name in rules.
    pub name: &'static str,
    /// Our column.
    pub from: &'static str,
    /// What is at the other end.
    pub target: fn() -> &'static Catalogue,
    /// The column there that equals ours.
    pub to: &'static str,
    /// The date or time field there that a window is about when it names none.
    pub date: &'static str,
}

impl Field {
    /// A field that no rule finds by an index: of records without a life of their own.
    pub fn plain(name: &str, column: &'static str, kind: FieldKind) -> Self {
        Self {
            name: name.to_owned(),
            held: Held::Column(column),
            sorted_by: Held::Column(column),
            day_of_year: None,
            indexed: false,
            kind,
            nullable: true,
        }
    }
}

impl Catalogue {
    /// The resource's name as a type: `Customer`, `WebhookEndpoint`.
    pub fn type_name(&self) -> String {
        let name = camel_case(self.name);
        let mut letters = name.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
    }

    /// A field by its name on the wire.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// A relation by its name.
    pub fn relation(&self, name: &str) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.name == name)
    }
}

static CATALOGUES: LazyLock<RwLock<HashMap<TypeId, &'static Catalogue>>> =
    LazyLock::new(RwLock::default);

/// The catalogue of a resource: made once, kept for good.
pub fn catalogue<E: Described>() -> &'static Catalogue {
    let key = TypeId::of::<E>();
    let known = CATALOGUES.read().ok().and_then(|known| known.get(&key).copied());
    known.unwrap_or_else(|| {
        let made: &'static Catalogue = Box::leak(Box::new(describe::<E>()));
        if let Ok(mut known) = CATALOGUES.write() {
            return known.entry(key).or_insert(made);
        }
        made
    })
}

fn describe<E: Described>() -> Catalogue {
    Catalogue {
        name: E::NAME,
        read_as: E::NAME,
        part_of: None,
        table: E::default().table_name().to_owned(),
        workspace: E::WORKSPACE.as_str(),
        id: E::ID.as_str(),
        deleted_at: Some(E::DELETED_AT.as_str()),
        owned_by: match E::OWNER {
            Owner::Nobody => OwnedBy::Nobody,
            Owner::Oneself => OwnedBy::User(E::ID.as_str()),
            Owner::Column(column) => OwnedBy::User(column.as_str()),
            Owner::UserOrTeam(user, team) => OwnedBy::UserOrTeam(user.as_str(), team.as_str()),
            Owner::OfCustomer(column) => OwnedBy::CustomersOwner(column.as_str()),
            Owner::OfRequest(column) => OwnedBy::RequestsOwner(column.as_str()),
        },
        search: E::SEARCH.map(|column| column.as_str()),
        fields: E::Column::iter().filter_map(field::<E>).chain(tags::<E>()).collect(),
        relations: E::relations(),
    }
}

fn field<E: Described>(column: E::Column) -> Option<Field> {
    let name = column.as_str();
    let tenancy = name == E::WORKSPACE.as_str() && name != E::ID.as_str();
    if E::hidden(&column) || tenancy || (name == "currency" && has_money::<E>()) {
        return None;
    }
    let wire = name.strip_suffix("_minor").unwrap_or(name);
    let definition = column.def();
    Some(Field {
        name: camel_case(wire),
        held: Held::Column(name),
        sorted_by: Held::Column(E::sort_column(column).as_str()),
        day_of_year: E::day_of_year(&column).map(|column| column.as_str()),
        indexed: E::indexed(&column),
        kind: kind::<E>(&column, definition.get_column_type(), wire != name)?,
        nullable: definition.is_null(),
    })
}

/// Whether there are amounts of money, which a currency beside them belongs to.
fn has_money<E: Resource>() -> bool {
    E::Column::iter().any(|column| column.as_str().ends_with("_minor"))
}

fn tags<E: Resource>() -> Option<Field> {
    E::EXTENSION.map(|_| Field {
        name: "tags".to_owned(),
        held: Held::Tags,
        sorted_by: Held::Tags,
        day_of_year: None,
        indexed: false,
        kind: FieldKind::Choices(Vec::new()),
        nullable: true,
    })
}

fn kind<E: Resource>(column: &E::Column, of: &ColumnType, money: bool) -> Option<FieldKind> {
    Some(match of {
        ColumnType::BigInteger if money => FieldKind::Money,
        _ if E::thousandths(column) => FieldKind::Thousandths,
        ColumnType::Integer | ColumnType::BigInteger => FieldKind::Integer,
        ColumnType::String(_) | ColumnType::Text => FieldKind::Text(E::choices(column)),
        ColumnType::Boolean => FieldKind::Boolean,
        ColumnType::Date => FieldKind::Date,
        ColumnType::TimestampWithTimeZone | ColumnType::DateTime | ColumnType::Timestamp => {
            FieldKind::Time
        }
        ColumnType::Uuid => FieldKind::Id,
        _ => return None,
    })
}

/// `ordered_on` as it is on the wire: `orderedOn`.
pub fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut camel, word| {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
        camel
    })
}
