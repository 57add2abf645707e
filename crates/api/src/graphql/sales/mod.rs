mod orders;
mod products;

pub use orders::{Order, OrderMutation, OrderQuery};
pub use products::{Product, ProductMutation, ProductQuery};
