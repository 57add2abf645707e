//! Orders, and what becomes of them: deliveries and returns, payments and refunds.

/// Goods on their way to customers, or back.
pub mod deliveries;
/// How orders differ from quotes.
pub mod differences;
/// The lines of orders.
pub mod lines;
/// Orders and their lines.
pub mod orders;
mod packing;
/// Money paid for orders, or paid back.
pub mod payments;
pub(crate) mod progress;
pub(crate) mod states;
mod whole;

#[cfg(test)]
mod tests;
