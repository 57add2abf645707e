//! Targets, quotas among them, and how much of them is attained. Actual figures are those of the forecast and of what is
//! recorded of the work; nothing is kept of them.

mod actuals;
mod attainment;
mod organization;
mod quotas;
mod set;
mod subject;
mod tally;
#[cfg(test)]
mod tests;

pub use attainment::{
    Attainment, AttainmentAsked, AttainmentRow, MOST_ROWS, MeasuredValue, attainment,
};
pub use quotas::{NewTarget, TargetPatch, create, update};
pub(super) use subject::Subject;
