//! How service goes: how much comes in and is left, how long it takes, what was not kept, what customers complain of and what they
//! say of us.

mod backlog;
mod comparison;
mod complaints;
mod groups;
mod percentiles;
mod requests;
mod satisfaction;

pub use backlog::{BacklogAnalysis, BacklogMonth, backlog};
pub use comparison::{
    DurationFigures, ServiceAnalysis, ServiceAsked, ServiceFigures, ServiceGroup, comparison,
};
pub use complaints::{
    ComplaintAnalysis, ComplaintFigures, ComplaintGroup, ComplaintsAsked, complaints,
};
pub use requests::ServiceOf;
pub use satisfaction::{
    SatisfactionAnalysis, SatisfactionAsked, SatisfactionFigures, SatisfactionGroup, ScoreCount,
    satisfaction,
};
