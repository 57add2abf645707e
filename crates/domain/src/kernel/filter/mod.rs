//! The filter language: a rule tree, checked against the field catalogue and compiled into one bound SQL condition.
//! Lists, segments and everything later that asks "which of them?" use it, so it has one meaning.

mod aggregate;
mod compare;
mod compile;
mod schema;
mod value;

pub use compile::{Limits, Scope, compile};
pub use schema::{parameter, rule_schemas};
