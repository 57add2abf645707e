//! GraphQL over HTTP and WebSocket: what a request may look like, how much it may ask, and how it is answered.

mod answer;
mod bounds;
mod documents;
mod endpoint;
mod gate;
mod inputs;
mod messages;
mod negotiate;
mod params;
mod persisted;
mod scalars;
mod shapes;
mod socket;
mod text;
mod variables;

pub use endpoint::{get, post, wants_page};
pub use gate::Gate;
