//! Satisfaction: what customers are asked once their requests are closed, and what they say.

mod answering;
mod asking;
mod following;
/// What customers do who have a link to a survey.
pub mod links;
/// What customers have said.
pub mod responses;
/// What customers are asked.
pub mod surveys;

pub use asking::SurveysDue;
pub(super) use asking::follow;
