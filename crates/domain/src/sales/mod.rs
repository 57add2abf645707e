//! What is sold: products, orders and their lines.

mod number;
pub mod orders;
pub mod products;
