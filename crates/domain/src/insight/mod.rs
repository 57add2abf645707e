//! What the data tell: revenue and what it is made of, who comes back, how long customers have been with us, how they go
//! from stage to stage, what segments are like, how selling goes and what is to come of it, how service goes. Everything is made of the
//! customers, orders, opportunities and service requests that the caller may read, and of nothing else.

mod basis;
/// Whether what was promised was kept.
pub mod compliance;
mod decomposition;
/// What is to come of selling.
pub mod forecast;
/// How customers go from stage to stage.
pub mod funnel;
mod period;
/// Who comes back after the first purchase.
pub mod retention;
/// Revenue, and what its change is made of.
pub mod revenue;
/// How selling goes.
pub mod sales;
/// What segments are like.
pub mod segments;
/// How service goes.
pub mod service;
mod share;
/// What is to be reached, and how much of it is.
pub mod targets;
/// How long customers have been with us.
pub mod tenure;
#[cfg(test)]
mod tests;

pub use period::{MOST_MONTHS, Period};
