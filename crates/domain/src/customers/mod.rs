//! The centre: customers, the people at them, and what goes on between them and us.

pub(crate) mod beginning;
/// What customers agreed to.
pub mod consents;
/// How customers are reached.
pub mod contact_points;
/// People at customers.
pub mod contacts;
/// Fields that workspaces define themselves.
pub mod custom_fields;
/// Customers.
pub mod customers;
/// Calls, mails, visits and the like.
pub mod interactions;
mod parties;
/// Words that records are marked with.
pub mod tags;

pub(crate) use parties::Parties;
