//! What is sold: products, orders and their lines.

mod number;
/// Orders and their lines.
pub mod orders;
/// Products.
pub mod products;
