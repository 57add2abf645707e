//! The filter language: a rule tree, checked against the field catalogue and compiled into one bound SQL condition.
//! Lists, segments and everything later that asks "which of them?" use it, so it has one meaning.

mod aggregate;
mod anniversary;
mod choices;
mod compare;
mod compile;
mod crossing;
mod explain;
mod held;
mod moving;
mod sample;
mod schema;
mod time;
mod value;

pub(crate) use compile::not;
pub use compile::{Limits, Scope, compile};
pub use crossing::Between;
pub(crate) use explain::{Explanation, Outcome, about};
pub(super) use held::comparable;
pub(crate) use held::value_of;
pub use moving::{Moving, moving, next_day};
pub use schema::{comparisons, parameter, rule_schemas};
pub(crate) use time::{day_of, start_of, stretches};
pub(super) use value::number;
