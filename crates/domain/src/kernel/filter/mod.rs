//! The filter language: a rule tree, checked against the field catalogue and compiled into one bound SQL condition.
//! Lists, segments and everything later that asks "which of them?" use it, so it has one meaning.

mod aggregate;
mod choices;
mod compare;
mod compile;
mod held;
mod schema;
mod value;

pub use compile::{Limits, Scope, compile};
pub(super) use held::comparable;
pub(crate) use held::value_of;
pub use schema::{comparisons, parameter, rule_schemas};
pub(super) use value::number;
