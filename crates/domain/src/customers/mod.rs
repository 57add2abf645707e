//! The centre: customers and the people at them.

pub mod contacts;
pub mod customers;
