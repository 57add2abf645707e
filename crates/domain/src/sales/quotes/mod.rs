//! Quotes: what is offered to customers, in revisions, until it is accepted, declined or runs out.

mod expiry;
/// Lines.
pub mod lines;
/// What the customer does, who has a link.
pub mod links;
/// What is left of them.
pub mod margins;
/// What becomes of those that are accepted.
pub mod ordering;
/// How quotes look on paper.
pub mod papers;
/// Quotes themselves.
pub mod quotes;
mod saving;
/// From draft to order.
pub mod states;

pub use expiry::QuoteExpiry;

#[cfg(test)]
mod tests;
