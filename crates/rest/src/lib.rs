//! REST: each operation reads its input, calls one use case and answers.

mod approvals;
mod based;
mod conditions;
mod customers;
mod identity;
mod insight;
mod integration;
mod json;
mod lifecycle;
mod listing;
mod ownership;
mod part;
mod pdf;
mod plays;
mod query;
mod reply;
mod routes;
mod sales;
mod segmentation;
mod selection;
mod service;
mod work;

use rapport_http::problem::ApiError;

use based::Based;
use conditions::IfMatch;
use json::Json;
use listing::{ListQuery, SearchRequest};
use reply::{Created, CreatedSecret, Deleted, File, Listed, Record, Secret};
pub use routes::Routes;

/// What an operation answers.
pub type Reply<T> = Result<T, ApiError>;

/// Every operation. The first that a path fits is asked: `/customers/batch` before `/customers/{id}`.
pub fn routes(to: &mut Routes<'_, '_>) {
    integration::routes(to);
    identity::routes(to);
    customers::routes(to);
    sales::routes(to);
    service::routes(to);
    approvals::routes(to);
    service::routes(to);
    ownership::routes(to);
    work::routes(to);
    insight::routes(to);
    segmentation::routes(to);
    service::routes(to);
    lifecycle::routes(to);
    plays::routes(to);
}
