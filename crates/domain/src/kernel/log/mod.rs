//! The event log. Every write appends to it in its own transaction; everything that wants to know reads from it, in
//! one order that is the same for all and right for each record (ADR 10).

mod announce;
pub mod marks;
mod position;
mod prune;
mod read;
mod readers;
mod windows;

pub(in crate::kernel) use announce::Announcement;
pub use announce::Log;
pub use position::Position;
pub use prune::{raise_floor, remove_some};
pub use read::{Entry, Names, end, floor, goes_on, has_news, read, read_of};
pub use readers::{Place, advance, begin, hold, place, position};
pub use windows::settle;
