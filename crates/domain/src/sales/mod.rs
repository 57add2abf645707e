//! What is sold: products, orders and their lines.

/// The lines of orders.
pub mod lines;
mod number;
/// Orders and their lines.
pub mod orders;
/// Products.
pub mod products;
