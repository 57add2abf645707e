//! What was analysed, drawn: SVG by plotters, as wide as a telephone. Letters are the viewer's own; no font of ours is
//! needed. What there is nothing of is said so.

mod area;
mod bars;
mod bullets;
mod canvas;
mod heat;
mod insight;
mod service;
mod stacked;
mod theme;
mod waterfall;
mod words;

pub use insight::{
    ageing, attainment, comparison, compliance, forecast, funnel, overlap, pipeline, retention,
    revenue, segment_retention, segment_revenue, segment_size, stages, tenure,
};
pub use service::{backlog, complaints, satisfaction, service};
pub use theme::Theme;
#[cfg(test)]
mod tests;
