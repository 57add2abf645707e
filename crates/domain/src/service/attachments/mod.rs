//! Files that belong to service requests and to what is written about them. A file is stored first, and then taken by the
//! message that it is sent with; where none takes it, it goes after a day.

mod attaching;
/// How files are handed out.
pub mod downloads;
mod kinds;
mod names;
mod removing;
mod uploads;

pub use attaching::MOST_OF_A_MESSAGE;
pub(crate) use attaching::{attach, judge};
pub use removing::delete;
pub(crate) use removing::{forget_of_request, keep_of_request, prune};
pub use uploads::{NewAttachment, create, latest_of, list};
pub(crate) use uploads::{Stored, add_to, store};
