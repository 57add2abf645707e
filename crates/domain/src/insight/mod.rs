//! What the data tell: revenue and what it is made of, who comes back, how long customers have been with us, how they go
//! from stage to stage, and what segments are like. Everything is made of the customers and orders that the caller may
//! read, and of nothing else.

mod basis;
mod decomposition;
/// How customers go from stage to stage.
pub mod funnel;
mod period;
/// Who comes back after the first purchase.
pub mod retention;
/// Revenue, and what its change is made of.
pub mod revenue;
/// What segments are like.
pub mod segments;
mod share;
/// How long customers have been with us.
pub mod tenure;
#[cfg(test)]
mod tests;

pub use period::{MOST_MONTHS, Period};
