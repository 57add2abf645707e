//! What every part of the business stands on, and which knows nothing of any: access, policy, errors, paging, limits,
//! the filter language, the event log, the clock and the two databases.

mod access;
pub(crate) mod bulk;
mod catalogue;
mod clock;
mod custom;
pub mod database;
mod error;
mod filter;
pub mod limits;
pub(crate) mod log;
pub mod outbound;
mod paging;
mod patch;
mod policy;
pub(crate) mod sealing;
mod search;

pub use access::{Access, Action, Create, Ctx, Delete, Expected, Read, Tx, Update};
pub(crate) use access::{Reads, Renew, Rows, Unit, differs, flat, members, patched};
pub(crate) use catalogue::camel_case;
pub use catalogue::{
    Catalogue, Described, Field, FieldKind, Held, OwnedBy, PartOf, Relation, catalogue,
};
pub use clock::Clock;
pub use custom::{CustomField, CustomFields, NUMBERS, TEXTS, UNIQUES, read as read_custom};
pub use database::{Database, Nodes, Settings};
pub(crate) use database::{Job, Timer, is_among};
pub use error::{Error, Fault, Faults, Result, Values};
pub(crate) use filter::{
    Between, Explanation, Moving, Outcome, about, day_of, moving, next_day, not, start_of,
    stretches, value_of,
};
pub use filter::{Limits, Scope as FilterScope, comparisons, compile, parameter, rule_schemas};
pub use log::{Entry, Log, Position};
pub use paging::{Cursor, Cursors, Listing, MOST_KEYS, Order, Page, Part};
pub use patch::Patch;
pub(crate) use patch::given;
pub use policy::{Actor, ActorData, Permissions, RESOURCES, VERBS};
