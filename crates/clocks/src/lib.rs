//! Service clocks: how long a request has waited, and until when it is to be answered or resolved.
//!
//! Everything here is a pure function of what has happened ([`Story`]), what was promised ([`Terms`]) and when there is
//! somebody ([`Hours`]). Nothing is kept between two reckonings, so that a deadline can be reckoned anew, explained and
//! tested, and is the same on every node and after every restart. There is no database here, and no clock: the moment it
//! is reckoned for is given.
//!
//! # The three clocks
//!
//! * **First response** runs from the opening until an agent's first public reply. A reply before the opening, as
//!   importers bring them, is one at the opening.
//! * **Next response** runs from the customer's first message that nobody has answered, after the first response, until
//!   the next public reply of an agent. Each such cycle has a deadline of its own.
//! * **Resolution** runs from the opening until the request is resolved or closed. Reopening goes on where it stopped: the
//!   time while it was resolved does not count.
//!
//! A clock stands still in the categories of status that the policy names for it. Being resolved is no response: the clocks
//! of responses stand still while a request is resolved, and end without a verdict when it is closed. Where it is reopened
//! the clock of the first response goes on; a next response begins anew with the customer's next message. A request that
//! is cancelled or merged ends all three without a verdict.
//!
//! # Deadlines
//!
//! Only time within business hours counts. The deadline is the earliest moment at which the target is used up; what is
//! done at that very moment is in time. The target is that of the priority as it is now, counted from the clock's start: a
//! priority that is raised can put the deadline into the past, and the breach is then at the moment of the change, not
//! before. What was breached stays so when the priority is lowered again. Where a status and a priority change together, what
//! ends does so under the old priority, and what goes on under the new one. Where the hours do not use the target up within ten years there is no deadline.
//!
//! A calendar or policy that is replaced is simply another argument: whoever calls reckons open clocks anew from the
//! beginning, and keeps what was decided before.
//!
//! # Any order of states
//!
//! Steps and messages are put in order by their moments; of one moment the opening is first, then messages (the
//! customer's before the agent's), then steps as given. States may be repeated, skipped or come in an order that no state
//! machine allows: every history has an answer.

mod calendar;
mod explanation;
mod history;
mod hours;
mod reckoning;
mod story;
mod wall;

#[cfg(test)]
mod tests;

pub use calendar::{
    Calendar, Draft, DraftException, DraftWindow, Fault, MOST_EXCEPTIONS, MOST_WINDOWS,
};
pub use explanation::{Doing, Stretch, explain};
pub use history::{History, Kind, Mark, What};
pub use hours::{FIRST_YEAR, HORIZON_YEARS, Hours, LAST_YEAR};
pub use reckoning::{MOST_WARNINGS, Percent, Reckoned, State, Terms, Warning, reckon};
pub use story::{Categories, Category, Message, Party, Priority, Step, Story};
