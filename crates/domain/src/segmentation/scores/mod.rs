//! Scores: a number, and mostly a tier, that each customer has by a definition; kept by a reader of the log.

mod check;
mod distribution;
mod evaluation;
mod facts;
mod following;
mod formula;
mod groups;
mod quintiles;
mod results;
mod saving;
mod scores;
#[cfg(test)]
mod tests;

pub use distribution::{Distribution, Preview, TierSummary, distribution, preview, preview_change};
pub(super) use following::follow;
pub use results::{Wanted, of_customer, of_customers, results};
pub use scores::{NewScore, ScorePatch, create, delete, restore, update};
