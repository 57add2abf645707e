//! Calls from this program to others, at addresses that users give. A name is resolved, each address it has is checked,
//! and the connection goes to exactly the address that was checked: what is private, and what a name comes to mean a moment
//! later, is out of reach.

mod addresses;
mod client;
mod connector;
mod networks;
mod target;

pub use client::{Answer, Failure, Outbound};
pub use networks::Networks;
pub use target::Target;
