//! What is sold: products, orders and their lines.

/// Orders.
pub mod order;
pub mod order_line;
/// Products.
pub mod product;
